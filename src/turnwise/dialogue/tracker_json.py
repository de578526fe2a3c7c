"""A tracker as JSON: HTTP API, action server and NLG server all read this form."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

import msgspec

from turnwise.dialogue.event_bytes import event_bytes
from turnwise.dialogue.events import Event, Restarted
from turnwise.dialogue.state import Loop
from turnwise.dialogue.tracker import Tracker


class Verbosity(Enum):
    """Which events of a tracker are shown."""

    NONE = "NONE"
    APPLIED = "APPLIED"
    AFTER_RESTART = "AFTER_RESTART"
    ALL = "ALL"


def current_state(tracker: Tracker, verbosity: Verbosity = Verbosity.NONE) -> dict[str, Any]:
    """The tracker under Rasa's names; `events` is null with `Verbosity.NONE`."""
    events = shown_events(tracker, verbosity)
    return _state(tracker, None if events is None else [event.to_json() for event in events])


def encodable_state(tracker: Tracker) -> dict[str, Any]:
    """As `current_state` with all events, for whoever encodes it right away: events are encoded already."""
    return _state(tracker, [msgspec.Raw(event_bytes(event)) for event in tracker.events])


def _state(tracker: Tracker, events: list[Any] | None) -> dict[str, Any]:
    state = tracker.state
    action = {"action_name": state.latest_action} if state.latest_action else {}
    if state.latest_action_text:
        action = {"action_text": state.latest_action_text}
    return {
        "sender_id": tracker.sender_id,
        "slots": dict(state.slots),
        "latest_message": _latest_message(tracker),
        "latest_event_time": tracker.latest_event_time,
        "followup_action": state.followup_action,
        "paused": state.paused,
        "events": events,
        "latest_input_channel": tracker.latest_input_channel,
        "active_loop": _loop(state.loop),
        "latest_action": action,
        "latest_action_name": state.latest_action_label,
    }


def shown_events(tracker: Tracker, verbosity: Verbosity) -> Sequence[Event] | None:
    """The events that `verbosity` asks for, oldest first."""
    if verbosity is Verbosity.NONE:
        return None
    if verbosity is Verbosity.APPLIED:
        return tracker.applied_events()
    if verbosity is Verbosity.ALL:
        return tracker.events
    found: list[Event] = []
    for event in tracker.backwards():
        if isinstance(event, Restarted):
            break
        found.append(event)
    return found[::-1]


def _latest_message(tracker: Tracker) -> dict[str, Any]:
    if tracker.latest_message is not None:
        return tracker.latest_message.full_parse_data()
    return {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}


def _loop(loop: Loop | None) -> dict[str, Any]:
    if loop is None:
        return {}
    return {
        "name": loop.name,
        "is_interrupted": loop.is_interrupted,
        "rejected": loop.rejected,
        "trigger_message": dict(loop.trigger_message),
    }
