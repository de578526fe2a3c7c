"""One call from Rasa, as an action sees it: what was said, what is known, and how to answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.services import customers

Event = dict[str, Any]

DEMO_CUSTOMER = "alex.morgan@example.com"


@dataclass(frozen=True, slots=True)
class Turn:
    """A tracker to read from and a dispatcher to speak through."""

    dispatcher: CollectingDispatcher
    tracker: Tracker

    @property
    def sender(self) -> str:
        """The conversation."""
        return str(self.tracker.sender_id)

    @property
    def text(self) -> str:
        """What the person wrote last."""
        return str(self.tracker.latest_message.get("text") or "")

    @property
    def intent(self) -> str | None:
        """The intent of the last message."""
        name: str | None = (self.tracker.latest_message.get("intent") or {}).get("name")
        return name

    @property
    def requested(self) -> str | None:
        """The slot the form has asked for."""
        name: str | None = self.tracker.get_slot("requested_slot")
        return name

    def slot(self, name: str) -> Any:
        """The value of a slot."""
        return self.tracker.get_slot(name)

    def entity(self, kind: str, role: str | None = None) -> str | None:
        """The first entity of this kind in the last message."""
        found = next(self.tracker.get_latest_entity_values(kind, role), None)
        return None if found is None else str(found)

    def say(
        self,
        response: str,
        facts: Mapping[str, str] | None = None,
        *,
        buttons: list[dict[str, str]] | None = None,
        **more: str,
    ) -> None:
        """Answers with a response of the domain, filled with `facts` and `more`."""
        values: dict[str, Any] = {**(facts or {}), **more}
        self.dispatcher.utter_message(response=response, buttons=buttons, **values)

    def key(self, purpose: str) -> str:
        """What makes a change the same change when the call is repeated: conversation, message, purpose."""
        message = self.tracker.latest_message.get("message_id") or self._position_of_message()
        return f"{self.sender}:{message}:{purpose}"

    def customer(self, session: Session) -> m.Customer | None:
        """Whose account this conversation is about.

        A channel that knows its user says so in the session's metadata; else an address given in the
        conversation counts; else the demo customer, unless `WAYFARE_DEMO_CUSTOMER` is set to nothing.
        """
        metadata = self.slot("session_started_metadata")
        known = metadata.get("customer_email") if isinstance(metadata, Mapping) else None
        demo = os.environ.get("WAYFARE_DEMO_CUSTOMER", DEMO_CUSTOMER)
        email = known or self.slot("customer_email") or demo
        return customers.by_email(session, str(email)) if email else None

    def before_message(self, slot: str) -> Any:
        """The value a slot had before the last message."""
        value = None
        for event in self.tracker.events[: self._index_of_message()]:
            if event["event"] == "slot" and event["name"] == slot:
                value = event["value"]
        return value

    def open_forms(self) -> list[str]:
        """Forms that were begun and neither finished nor stopped, the latest last."""
        forms: list[str] = []
        for event in self.tracker.events:
            if event["event"] in {"restart", "session_started"}:
                forms.clear()
            elif event["event"] == "active_loop":
                name = event["name"]
                if name is None:
                    del forms[-1:]
                else:
                    forms = [form for form in forms if form != name] + [name]
        return forms

    def resume(self) -> list[Event]:
        """Back to the form that the finished one had interrupted, if any."""
        forms = self.open_forms()
        if not forms:
            return []
        self.say("utter_back_to_task")
        return [FollowupAction(forms[-1])]

    def close_forms(self) -> list[Event]:
        """Ends every open form, without its action."""
        forms = self.open_forms()
        return [*(ActiveLoop(None) for _ in forms), SlotSet("requested_slot", None)] if forms else []

    def _index_of_message(self) -> int:
        events = self.tracker.events
        return next((i for i in range(len(events) - 1, -1, -1) if events[i]["event"] == "user"), 0)

    def _position_of_message(self) -> str:
        index = self._index_of_message()
        timestamp = self.tracker.events[index].get("timestamp") if self.tracker.events else None
        return f"{index}@{timestamp}"


def forget(*slots: str) -> list[Event]:
    """Empties slots."""
    return [SlotSet(slot, None) for slot in slots]
