"""Stories that contradict each other: after the same past, another action."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_LISTEN
from turnwise.dialogue.events import ActionExecuted
from turnwise.errors import Place
from turnwise.training.stories import TrainingTracker


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An action that a story takes."""

    action: str
    story: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Different actions of stories that look alike up to there."""

    after: str
    """What came last: "intent 'greet'" or "action 'utter_greet'"."""
    decisions: tuple[Decision, ...]
    """At least two with different actions; one for each action and story."""

    @property
    def place(self) -> Place:
        return self.decisions[0].place

    def __str__(self) -> str:
        lines = [f"Story structure conflict after {self.after}:"]
        lines += (f"  {d.action} in '{d.story}' ({d.place.file}:{d.place.line})" for d in self.decisions)
        return "\n".join((*lines, "  fix: let the stories differ before, or agree on the action"))


def story_conflicts(trackers: Iterable[TrainingTracker], *, max_history: int | None = None) -> list[Conflict]:
    """Contradictions among stories as written; rules and augmented stories are left aside.

    Args:
        max_history: How many states tell two pasts apart; None: all of them.
    """
    found: dict[Hashable, tuple[DialogueState, list[Decision]]] = {}
    numbers: dict[Hashable, int] = {}
    for item in trackers:
        if item.is_rule or item.is_augmented:
            continue
        for past, state, decision in _decisions(item, max_history, numbers):
            found.setdefault(past, (state, []))[1].append(decision)
    conflicts = []
    for state, decisions in found.values():
        if len({decision.action for decision in decisions}) > 1:
            conflicts.append(Conflict(after=_after(state), decisions=tuple(dict.fromkeys(decisions))))
    return sorted(conflicts, key=lambda conflict: conflict.place)


def _decisions(
    item: TrainingTracker, max_history: int | None, numbers: dict[Hashable, int]
) -> Iterator[tuple[Hashable, DialogueState, Decision]]:
    """Each action of a conversation, with what was before: an identity of the past, and the last state."""
    pasts: list[int] = []
    past = 0
    states = item.tracker.states()
    for state in states:
        number = numbers.setdefault(state, len(numbers) + 1)
        # A whole past is known by the number of the past before it and of its last state.
        past = numbers.setdefault((past, number), len(numbers) + 1)
        pasts.append(number if max_history else past)
    actions = list(_placed_actions(item))
    for index, ((event, place), state) in enumerate(zip(actions, states, strict=False)):
        if event.unpredictable or event.label is None:
            continue
        identity = tuple(pasts[max(0, index + 1 - max_history) : index + 1]) if max_history else pasts[index]
        yield identity, state, Decision(action=event.label, story=item.name, place=place)


def _placed_actions(item: TrainingTracker) -> Iterator[tuple[ActionExecuted, Place]]:
    """The actions that count, with their places: those undone or folded into a loop's run are left out."""
    raw = zip(item.tracker.events, item.places, strict=True)
    for event in item.tracker.applied_events():
        place = next((place for other, place in raw if other is event), None)
        if place is None:
            return
        if isinstance(event, ActionExecuted):
            yield event, place


def _after(state: DialogueState) -> str:
    user = state.user
    if user is not None and state.prev_action == ACTION_LISTEN:
        return f"intent '{user.intent}'" if user.intent else f"the words '{user.text}'"
    return f"action '{state.prev_action or state.prev_action_text}'" if state.has_prev_action else "the start"
