"""Where the latest session of a conversation begins, by the two rules that Rasa's stores follow."""

from __future__ import annotations

from collections.abc import Sequence

from turnwise.dialogue.domain import ACTION_SESSION_START
from turnwise.dialogue.events import ActionExecuted, Event, SessionStarted


def session_action(events: Sequence[Event]) -> int | None:
    """Index of the last `action_session_start`: a session begins there in memory and in Redis."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, ActionExecuted) and event.name == ACTION_SESSION_START:
            return index
    return None


def session_started(events: Sequence[Event]) -> int | None:
    """Index of the last `session_started`: a session begins there in SQL and Mongo databases."""
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], SessionStarted):
            return index
    return None
