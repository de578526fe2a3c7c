"""A conversation without an engine: what one action server sees, and what its answers read like.

Texts are rendered from the project's own domain, so that a test also fails when a response is missing or an
action forgets to fill one of its placeholders.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

PROJECT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def domain() -> DomainDict:
    """The domain folder, merged the way Rasa merges it."""
    merged: dict[str, Any] = {}
    for file in sorted((PROJECT / "domain").glob("*.yml")):
        for key, value in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if isinstance(value, dict):
                merged.setdefault(key, {}).update(value)
            elif isinstance(value, list):
                merged.setdefault(key, []).extend(value)
    return cast("DomainDict", merged)


class Conversation:
    """One person talking to Wayfare; `heard` is what the bot said last, `buttons` what it offered."""

    def __init__(self, sender: str = "anna") -> None:
        self.sender = sender
        self.slots: dict[str, Any] = {**dict.fromkeys(domain()["slots"]), "requested_slot": None}
        self.events: list[dict[str, Any]] = []
        self.message: dict[str, Any] = {}
        self.heard: list[str] = []
        self.buttons: list[dict[str, str]] = []
        self._count = 0

    def says(
        self,
        text: str,
        intent: str = "inform",
        entities: list[dict[str, Any]] | None = None,
        ranking: list[str] | None = None,
    ) -> None:
        """A message arrives."""
        self._count += 1
        self.message = {
            "text": text,
            "intent": {"name": intent, "confidence": 1.0},
            "entities": entities or [],
            "intent_ranking": [{"name": name, "confidence": 0.2} for name in ranking or [intent]],
            "message_id": f"m{self._count}",
        }
        self.events.append({"event": "user", "timestamp": float(self._count), **self.message})

    def knows(self, **slots: Any) -> None:
        """Slots were set earlier."""
        for name, value in slots.items():
            assert name in self.slots, f"no slot {name} in the domain"
            self._apply({"event": "slot", "name": name, "value": value})

    def opens(self, form: str) -> None:
        """A form becomes the active one."""
        self._apply({"event": "active_loop", "name": form})

    def ends(self) -> None:
        """The active form is complete."""
        self._apply({"event": "slot", "name": "requested_slot", "value": None})
        self._apply({"event": "active_loop", "name": None})

    async def runs(self, action: Action) -> list[dict[str, Any]]:
        """An action runs; its events are applied and returned."""
        events = await self.retries(action)
        for event in events:
            self._apply(event)
        return events

    async def retries(self, action: Action) -> list[dict[str, Any]]:
        """An action runs as if its answer had been lost: said and returned, but not applied."""
        dispatcher = CollectingDispatcher()
        events = await action.run(dispatcher, self.tracker(), domain())
        self.heard = [rendered(message) for message in dispatcher.messages]
        self.buttons = [button for message in dispatcher.messages for button in message["buttons"]]
        return list(events)

    async def fills(self, form: Action, **candidates: Any) -> dict[str, Any]:
        """A form checks what was extracted from the message; returns the slots it set."""
        for name, value in candidates.items():
            assert name in self.slots, f"no slot {name} in the domain"
            self._apply({"event": "slot", "name": name, "value": value})
        return {event["name"]: event["value"] for event in await self.runs(form)}

    def tracker(self) -> Tracker:
        """The tracker as the engine would send it."""
        return Tracker(
            self.sender, dict(self.slots), self.message, list(self.events), False, None, {}, "action_listen"
        )

    def _apply(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event["event"] == "slot":
            self.slots[event["name"]] = event["value"]


def rendered(message: dict[str, Any]) -> str:
    """The text of a message; every variation of its response must be filled."""
    if message["response"] is None:
        return str(message["text"])
    variations = domain()["responses"][message["response"]]
    texts = [re.sub(r"\{(\w+)\}", lambda match: str(message[match[1]]), v["text"]) for v in variations]
    return str(texts[0])


def entity(kind: str, value: str, role: str | None = None) -> dict[str, Any]:
    """An entity as it stands in a message."""
    return {"entity": kind, "value": value} | ({"role": role} if role else {})
