"""Two-stage fallback: ask whether the guess is right, then ask to say it differently, then give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from turnwise.actions.action import ActionContext
from turnwise.actions.default_actions import listen_and_hear, with_full_confidence
from turnwise.actions.loop import run_loop
from turnwise.dialogue.domain import (
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_TWO_STAGE_FALLBACK,
    INTENT_FALLBACK,
    INTENT_OUT_OF_SCOPE,
)
from turnwise.dialogue.events import Event, Restarted, UserUtteranceReverted, UserUttered
from turnwise.dialogue.tracker import Tracker


@dataclass(frozen=True, slots=True)
class TwoStageFallback:
    """A loop that ends once the user's wish is clear, or after two misunderstandings."""

    name: str = ACTION_TWO_STAGE_FALLBACK

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return await run_loop(self, tracker, context)

    async def activate(self, tracker: Tracker, context: ActionContext) -> tuple[Tracker, list[Event]]:
        return tracker, []

    async def step(self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]) -> list[Event]:
        denied = tracker.latest_intent == INTENT_OUT_OF_SCOPE
        asks = ACTION_DEFAULT_ASK_REPHRASE if denied else ACTION_DEFAULT_ASK_AFFIRMATION
        return await context.find(asks).run(tracker, context)

    def is_done(self, tracker: Tracker, so_far: Sequence[Event]) -> bool:
        # Begun by an intent that is clear, stock Rasa ends the loop and begins it again without end.
        has_asked = tracker.active_loop == self.name
        return _is_given_up(tracker) or (has_asked and _is_understood(tracker))

    async def deactivate(
        self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]
    ) -> list[Event]:
        if _is_given_up(tracker):
            return await context.find(ACTION_DEFAULT_FALLBACK).run(tracker, context)
        message = tracker.latest_message
        assert message is not None  # a loop goes on only after a message
        return [UserUtteranceReverted(), *listen_and_hear(with_full_confidence(message))]


def _is_understood(tracker: Tracker) -> bool:
    return tracker.latest_intent not in (INTENT_FALLBACK, INTENT_OUT_OF_SCOPE)


def _is_given_up(tracker: Tracker) -> bool:
    return _last_intents(tracker, 2) == [INTENT_FALLBACK] * 2 or _last_intents(tracker, 3) == [
        INTENT_OUT_OF_SCOPE,
        INTENT_FALLBACK,
        INTENT_OUT_OF_SCOPE,
    ]


def _last_intents(tracker: Tracker, count: int) -> list[str | None]:
    """Intents of the last user turns, latest first; a turn that was taken back stands without its intent."""
    intents: list[str | None] = []
    turns = 0
    for event in tracker.backwards():
        if turns == count or isinstance(event, Restarted):
            break
        turns += isinstance(event, UserUttered | UserUtteranceReverted)
        if isinstance(event, UserUttered):
            intents.append(event.intent_name)
    return intents
