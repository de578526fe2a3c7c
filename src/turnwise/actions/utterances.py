"""Actions that only speak."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from turnwise.actions.action import ActionContext, spoken
from turnwise.dialogue.events import BotUttered, Event
from turnwise.dialogue.tracker import Tracker
from turnwise.responses.templates import fill

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Says a response of the domain."""

    name: str
    silent_if_missing: bool = False

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        events = await context.say(self.name, tracker)
        if not events and not self.silent_if_missing:
            log.error("response.missing name=%s: nothing is said", self.name)
        return events


@dataclass(frozen=True, slots=True)
class EndToEndUtterance:
    """Says the text by which it was predicted."""

    name: str

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return [BotUttered(text=self.name)]


@dataclass(frozen=True, slots=True)
class RetrievalUtterance:
    """Says the response that the response selector chose, `utter_faq` for the intent `faq`."""

    name: str
    intent: str

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        selected = self._selected(tracker)
        response = selected.get("utter_action") if selected else None
        if not response:
            log.error("response_selector.silent action=%s: no selector answers for it", self.name)
            return []
        message = await context.nlg.generate(response, tracker, context.channel, {})
        if message is None:
            return []
        return [spoken(fill(message, tracker.slots), response)]

    def _selected(self, tracker: Tracker) -> Mapping[str, Any] | None:
        message = tracker.latest_message
        selectors = (message.parse_data.get("response_selector") or {}) if message else {}
        chosen = selectors.get(self.intent) or selectors.get("default") or {}
        return chosen.get("response")
