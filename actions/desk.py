"""What the actions and forms of all desks share."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.exc import SQLAlchemyError

from actions.turn import Event, Turn

log = logging.getLogger(__name__)

Values = dict[str, Any]


class DeskAction(Action, ABC):
    """An action that answers from Wayfare's records and says so when it cannot reach them."""

    @abstractmethod
    def name(self) -> str:
        """The name in the domain."""

    @abstractmethod
    def act(self, turn: Turn) -> list[Event]:
        """Does the work in one database session and returns the events."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """Called by Rasa; the work is done in a thread, so that other conversations need not wait for it."""
        try:
            return await asyncio.to_thread(self.act, Turn(dispatcher, tracker))
        except SQLAlchemyError:
            log.exception("action.records_unreachable action=%s", self.name())
            dispatcher.utter_message(response="utter_desk_trouble")
            return []


class DeskForm(FormValidationAction, ABC):
    """A form that checks what it hears."""

    @abstractmethod
    def name(self) -> str:
        """`validate_` and the name of the form."""

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """The slots to ask for in this conversation; a form narrows them in `needed`."""
        return self.needed(list(domain_slots), Turn(dispatcher, tracker))

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """Which of the form's slots matter here; all of them unless a form knows better."""
        return slots


def is_whole_message(turn: Turn, value: Any) -> bool:
    """Whether a candidate is the message itself, not an entity found in it."""
    return isinstance(value, str) and value == turn.text


def complain_about(turn: Turn, value: Any, response: str, **values: str) -> None:
    """Says why a value does not do; keeps quiet if the message was about something else.

    A form offers the whole message as the answer to its question. When the same message filled another slot
    ("no, to Porto" while the date is asked for), its not being a date is no mistake.
    """
    if is_whole_message(turn, value):
        if len(turn.tracker.slots_to_validate()) > 1:
            return
        if turn.intent in {"affirm", "deny"}:
            turn.say("utter_need_answer")
            return
    turn.say(response, values)


def read_yes_or_no(turn: Turn, slot: str, value: Any) -> Values:
    """A boolean slot: set by the intents affirm and deny, refused for any other words."""
    if isinstance(value, bool):
        return {slot: value}
    turn.say("utter_yes_or_no")
    return {slot: None}
