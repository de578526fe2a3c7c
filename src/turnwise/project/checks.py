"""What checks of a project find, and how they look through its stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from turnwise.dialogue.events import ActionExecuted, Event, UserUttered
from turnwise.errors import Place
from turnwise.project.findings import Notice
from turnwise.project.story_steps import StoryGraph

E = TypeVar("E", bound=Event)


class Severity(Enum):
    """What a finding does to the verdict."""

    ERROR = "error"
    """The project is not valid."""
    WARNING = "warning"
    """The project is not valid when warnings count."""
    DOUBT = "doubt"
    """Probably a slip. The project is valid, and learns something else than its author thinks."""
    HINT = "hint"
    """Something to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found."""

    severity: Severity
    notice: Notice

    def __str__(self) -> str:
        return str(self.notice)


def found(severity: Severity, place: Place, text: str, *, fix: str) -> Finding:
    """What a check found."""
    return Finding(severity=severity, notice=Notice(place, text, fix))


def events_of(graph: StoryGraph, kind: type[E]) -> Iterator[tuple[E, Place]]:
    """Events of one kind in stories and rules, with their places."""
    for step in graph.steps:
        for event, place in zip(step.events, step.places, strict=True):
            if isinstance(event, kind):
                yield event, place


def once(named: Iterable[tuple[str, Place]]) -> Iterator[tuple[str, Place]]:
    """Each name with the first place it stands at."""
    first: dict[str, Place] = {}
    for name, place in named:
        first.setdefault(name, place)
    return iter(first.items())


def used_actions(graph: StoryGraph) -> list[tuple[str, Place]]:
    """Names of actions in stories and rules."""
    return [(event.name, place) for event, place in events_of(graph, ActionExecuted) if event.name]


def used_intents(graph: StoryGraph) -> list[tuple[str, Place]]:
    """Names of intents in stories and rules."""
    turns = events_of(graph, UserUttered)
    return [(turn.intent_name, place) for turn, place in turns if turn.intent_name is not None]
