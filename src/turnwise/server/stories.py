"""Conversations as test stories: what `GET /conversations/{id}/story` answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from turnwise.dialogue.domain import ACTION_SESSION_START
from turnwise.dialogue.events import ActionExecuted, Event
from turnwise.dialogue.tracker import Tracker
from turnwise.project.story_steps import StoryGraph, StoryStep
from turnwise.project.story_writer import stories_yaml


def conversation_story(tracker: Tracker, *, all_sessions: bool) -> str:
    """The YAML of a conversation: its latest session, or a story for each; what was undone is left out."""
    sessions = list(_sessions(tracker.events))
    chosen = sessions if all_sessions else sessions[-1:]
    several = len(chosen) > 1
    steps = [
        StoryStep(
            name=f"{tracker.sender_id}, story {number}" if several else tracker.sender_id,
            events=tuple(_applied(tracker, events)),
            is_test=True,
        )
        for number, events in enumerate(chosen, 1)
    ]
    return stories_yaml(StoryGraph(steps=tuple(steps)), is_test=True)


def _sessions(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    starts = [index for index, event in enumerate(events) if _starts_session(event)]
    bounds = [0, *(start for start in starts if start > 0), len(events)]
    for begin, end in pairwise(bounds):
        yield events[begin:end]


def _starts_session(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == ACTION_SESSION_START


def _applied(tracker: Tracker, events: Sequence[Event]) -> list[Event]:
    return Tracker.start(tracker.domain, tracker.sender_id).after_all(events).applied_events()
