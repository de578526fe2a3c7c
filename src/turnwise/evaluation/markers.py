"""Markers: points in conversations that a team wants to count, described by conditions and operators.

A marker says of each event of a session whether it applies there. Rasa documents the tags at
https://rasa.com/docs/rasa/markers; negated ones mean the opposite of their positive form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import or_

from turnwise.dialogue.domain import ACTION_SESSION_START
from turnwise.dialogue.events import ActionExecuted, Event, SlotSet, UserUttered
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT

CONDITIONS: Mapping[str, str] = {
    "not_action": "action",
    "not_intent": "intent",
    "slot_was_not_set": "slot_was_set",
}
"""Negated tags of conditions, with the positive ones."""
OPERATORS: Mapping[str, str] = {"at_least_one_not": "and", "never": "at_least_once"}
"""Negated tags of operators, with the positive ones."""
CONDITION_TAGS = frozenset({*CONDITIONS, *CONDITIONS.values()})
OPERATOR_TAGS = frozenset({"and", "or", "not", "seq", "at_least_once", *OPERATORS})
SINGLE = frozenset({"not", "at_least_once", "never"})
"""Operators on exactly one part."""

Applies = list[bool]
"""For each event of a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Whether something is the case."""

    tag: str
    name: str
    """Of the action, intent or slot."""

    def applies(self, events: Sequence[Event]) -> Applies:
        """Where in a session it holds."""
        found = _CONDITIONS[CONDITIONS.get(self.tag, self.tag)](self.name, events)
        return [not holds for holds in found] if self.tag in CONDITIONS else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Several rules as one."""

    tag: str
    parts: tuple[Rule, ...]

    def applies(self, events: Sequence[Event]) -> Applies:
        """Where in a session it holds."""
        parts = [part.applies(events) for part in self.parts]
        found = _OPERATORS[OPERATORS.get(self.tag, self.tag)](parts)
        return [not holds for holds in found] if self.tag in OPERATORS else found


Rule = Condition | Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A rule with a name."""

    name: str
    rule: Rule
    description: str = ""

    def relevant(self, events: Sequence[Event]) -> list[int]:
        """Indices of the events of a session at which the marker is counted."""
        found = [index for index, holds in enumerate(self.rule.applies(events)) if holds]
        # What has once been the case stays so: only the first time tells something.
        once = OPERATORS.get(self.rule.tag, self.rule.tag) == "at_least_once"
        return found[:1] if once else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A marker applied at an event."""

    event: int
    """Index among all events of the conversation."""
    user_turns: int
    """How many messages of the user came before it in the session."""


SessionMarkers = Mapping[str, Sequence[Occurrence]]
"""By the name of the marker."""


def evaluate_markers(markers: Sequence[Marker], events: Sequence[Event]) -> list[SessionMarkers]:
    """Where each marker applies in each session of a conversation."""
    sessions: list[SessionMarkers] = []
    for start, session in _sessions(events):
        turns = [0, *accumulate(int(isinstance(event, UserUttered)) for event in session)]
        found = {
            marker.name: [
                Occurrence(event=start + index, user_turns=turns[index]) for index in marker.relevant(session)
            ]
            for marker in markers
        }
        sessions.append(found)
    return sessions


def _sessions(events: Sequence[Event]) -> list[tuple[int, Sequence[Event]]]:
    """Where each session starts, and its events; what came before the first one is left out."""
    starts = [
        index
        for index, event in enumerate(events)
        if isinstance(event, ActionExecuted) and event.name == ACTION_SESSION_START
    ]
    if not starts:
        return [(0, events)]
    ends = [*starts[1:], len(events)]
    return [(start, events[start:end]) for start, end in zip(starts, ends, strict=True)]


# -- what the tags mean -------------------------------------------------------------------------------


def _action(name: str, events: Sequence[Event]) -> Applies:
    return [isinstance(event, ActionExecuted) and event.name == name for event in events]


def _intent(name: str, events: Sequence[Event]) -> Applies:
    return [
        isinstance(event, UserUttered)
        and name in (event.intent_name, event.intent.get(FULL_RETRIEVAL_INTENT))
        for event in events
    ]


def _slot_was_set(name: str, events: Sequence[Event]) -> Applies:
    """From the event that sets the slot to the one that empties it."""
    is_set, found = False, []
    for event in events:
        if isinstance(event, SlotSet) and event.name == name:
            is_set = event.value is not None
        found.append(is_set)
    return found


def _sequence(parts: Sequence[Applies]) -> Applies:
    """Where the last part applies after all others did, in order; then it begins anew."""
    done, found = 0, []
    for holds in zip(*parts, strict=True):
        done += holds[done]
        found.append(done == len(parts))
        done %= len(parts)
    return found


_CONDITIONS = {"action": _action, "intent": _intent, "slot_was_set": _slot_was_set}
_OPERATORS: Mapping[str, Callable[[Sequence[Applies]], Applies]] = {
    "and": lambda parts: [all(holds) for holds in zip(*parts, strict=True)],
    "or": lambda parts: [any(holds) for holds in zip(*parts, strict=True)],
    "not": lambda parts: [not holds for holds in parts[0]],
    "seq": _sequence,
    "at_least_once": lambda parts: list(accumulate(parts[0], or_)),
}
