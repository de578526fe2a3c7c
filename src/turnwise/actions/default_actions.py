"""The actions that every assistant has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from turnwise.actions.action import ActionContext
from turnwise.dialogue import domain as names
from turnwise.dialogue import events as ev
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.responses.response import bot_event


@dataclass(frozen=True, slots=True)
class Nothing:
    """Does nothing: listening, and `action_unlikely_intent`, which only rules and stories react to."""

    name: str

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return []


@dataclass(frozen=True, slots=True)
class SayThen:
    """Says a response, if the domain has it, and returns fixed events."""

    name: str
    response: str
    events: tuple[Event, ...] = ()

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return [*await context.say(self.response, tracker), *self.events]


@dataclass(frozen=True, slots=True)
class SessionStart:
    """Begins a session, with the slots of the last one if the domain says so."""

    name: str = names.ACTION_SESSION_START

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        events: list[Event] = [ev.SessionStarted()]
        if context.domain.session.carry_over_slots:
            slots = (event for event in tracker.applied_events() if isinstance(event, ev.SlotSet))
            events += [ev.SlotSet(name=slot.name, value=slot.value) for slot in slots]
        return [*events, ev.ActionExecuted(name=names.ACTION_LISTEN)]


@dataclass(frozen=True, slots=True)
class DeactivateLoop:
    """Ends the active loop and forgets its question."""

    name: str = names.ACTION_DEACTIVATE_LOOP

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return [ev.ActiveLoop(name=None), ev.SlotSet(name=names.REQUESTED_SLOT, value=None)]


@dataclass(frozen=True, slots=True)
class AskAffirmation:
    """Asks whether the most likely intent is what the user meant."""

    name: str = names.ACTION_DEFAULT_ASK_AFFIRMATION

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        intent = _most_likely_intent(tracker)
        message = {
            "text": f"Did you mean '{intent}'?",
            "buttons": [
                {"title": "Yes", "payload": f"/{intent}"},
                {"title": "No", "payload": f"/{names.INTENT_OUT_OF_SCOPE}"},
            ],
            "utter_action": self.name,
        }
        return [bot_event(message)]


def _most_likely_intent(tracker: Tracker) -> str | None:
    message = tracker.latest_message
    ranking: Sequence[Any] = (message.parse_data.get("intent_ranking") or ()) if message else ()
    intent = tracker.latest_intent
    if intent == names.INTENT_FALLBACK and len(ranking) > 1:
        second: str | None = ranking[1].get("name")
        return second
    return intent


@dataclass(frozen=True, slots=True)
class RevertFallbackEvents:
    """Takes back the turns of a two-stage fallback of the old kind, which was no loop."""

    name: str = names.ACTION_REVERT_FALLBACK_EVENTS

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        events: list[Event] = []
        message = tracker.latest_message
        if message is None:
            return events
        if _has_rephrased(tracker):
            events += [ev.UserUtteranceReverted()] * 3
            return [*events, *listen_and_hear(message)]
        if _has_affirmed(tracker):
            events += [ev.UserUtteranceReverted()] * 2
            if _last_action_before(tracker, names.ACTION_DEFAULT_ASK_REPHRASE, skip=1):
                events += [ev.UserUtteranceReverted()]
            return [*events, *listen_and_hear(with_full_confidence(message))]
        return events


def _has_rephrased(tracker: Tracker) -> bool:
    return (
        _last_action_before(tracker, names.ACTION_DEFAULT_ASK_REPHRASE)
        and tracker.latest_intent != names.INTENT_FALLBACK
    )


def _has_affirmed(tracker: Tracker) -> bool:
    return _last_action_before(tracker, names.ACTION_DEFAULT_ASK_AFFIRMATION)


def _last_action_before(tracker: Tracker, action: str, *, skip: int = 0) -> bool:
    """Whether the last action but listens, `skip` left out, was `action`."""
    for event in tracker.backwards():
        if isinstance(event, ev.ActionExecuted) and event.name not in (
            names.ACTION_LISTEN,
            names.ACTION_REVERT_FALLBACK_EVENTS,
        ):
            if skip == 0:
                return event.name == action
            skip -= 1
    return False


def listen_and_hear(message: ev.UserUttered) -> list[Event]:
    """The user says `message` as if nothing had come between."""
    return [ev.ActionExecuted(name=names.ACTION_LISTEN), message]


def with_full_confidence(message: ev.UserUttered) -> ev.UserUttered:
    """`message` with the intent beyond doubt."""
    intent = {**message.intent, "confidence": 1.0}
    return replace(message, parse_data={**message.parse_data, "intent": intent})
