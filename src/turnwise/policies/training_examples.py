"""From training conversations to what policies learn: a window of states, and the action that follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_UNLIKELY_INTENT, Domain
from turnwise.dialogue.events import ActionExecuted, Event
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import NOWHERE, Place


class TrainingConversation(Protocol):
    """A story or rule as a conversation."""

    @property
    def name(self) -> str: ...
    @property
    def tracker(self) -> Tracker: ...
    @property
    def is_rule(self) -> bool: ...
    @property
    def is_augmented(self) -> bool: ...
    @property
    def places(self) -> Sequence[Place]:
        """Where each of the tracker's events comes from."""


def place_of(conversation: TrainingConversation) -> Place:
    """Where a story or rule begins."""
    known = (place for place in conversation.places if place.line)
    return next(known, NOWHERE)


class TrainingExample(NamedTuple):
    """One decision of a training conversation."""

    states: Sequence[DialogueState]
    """What was the case, oldest first; the last one is the current state."""
    action: str
    """What was done."""
    conversation: str
    """Name of the story or rule."""


def examples(
    conversations: Iterable[TrainingConversation],
    domain: Domain,
    *,
    max_history: int | None = None,
    omit_unset_slots: bool = False,
    keep_unlikely_intent: bool = False,
) -> Iterator[TrainingExample]:
    """Every decision once, in order; equal windows with equal actions are given only the first time.

    Args:
        max_history: States in a window at most; None for all.
        omit_unset_slots: Hide initial values of slots, as rules need it.
        keep_unlikely_intent: Whether `action_unlikely_intent` counts as an action.
    """
    seen: set[tuple[tuple[DialogueState, ...], str]] = set()
    for conversation in conversations:
        tracker = conversation.tracker
        if omit_unset_slots:
            tracker = replayed_without_initial_slots(tracker)
        states = tracker.states()
        actions = [event for event in tracker.applied_events() if isinstance(event, ActionExecuted)]
        decided = list(zip(states, actions, strict=False))
        if not keep_unlikely_intent:
            kept = [state for state in states if state.prev_action != ACTION_UNLIKELY_INTENT]
            actions = [action for action in actions if action.name != ACTION_UNLIKELY_INTENT]
            decided = list(zip(kept, actions, strict=False))
        past = [state for state, _ in decided]
        for index, (_, action) in enumerate(decided):
            if action.unpredictable or action.label is None:
                continue
            start = 0 if max_history is None else max(0, index + 1 - max_history)
            window = tuple(past[start : index + 1])
            key = (window, action.label)
            if key not in seen:
                seen.add(key)
                yield TrainingExample(window, action.label, conversation.name)


def replayed_without_initial_slots(tracker: Tracker) -> Tracker:
    """The same conversation, in which slots count as unset until an event sets them."""
    events: Sequence[Event] = tracker.events
    return Tracker.start(tracker.domain, tracker.sender_id, omit_unset_slots=True).after_all(events)
