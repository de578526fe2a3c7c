"""What the query of a request about a conversation asks for, and whom the answer goes to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sanic import Request

from turnwise.channels.channel import InputChannel, OutputChannel
from turnwise.channels.collector import Collector
from turnwise.channels.rest import MAX_SENDER
from turnwise.dialogue.event_json import BadEvent, event_from_json
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity
from turnwise.server.answers import bad_request

log = logging.getLogger(__name__)

LATEST = "latest"
"""As `output_channel`: the channel of the user's last message."""


def conversation(encoded: str) -> str:
    """The conversation's id, as it stands percent-encoded in a path.

    Raises:
        ApiError: no conversation can have this id.
    """
    sender_id = unquote(encoded)
    if len(sender_id) > MAX_SENDER or "\0" in sender_id or "�" in sender_id:
        raise bad_request(
            "this cannot be the id of a conversation", parameter="conversation_id", where="path"
        )
    return sender_id


def verbosity(request: Request) -> Verbosity:
    """Which events are shown; those after the last restart unless the query says otherwise.

    Raises:
        ApiError: `include_events` names no such choice.
    """
    word = request.args.get("include_events", Verbosity.AFTER_RESTART.value)
    try:
        return Verbosity(word.upper())
    except ValueError:
        choices = ", ".join(choice.value for choice in Verbosity)
        raise bad_request(
            f"'{word}' is no choice of events; there are {choices}", parameter="include_events", where="query"
        ) from None


def time_limit(request: Request) -> float | None:
    """`until` of the query, in seconds since 1970; None if there is none that makes sense."""
    word = request.args.get("until")
    try:
        return float(word) if word is not None else None
    except ValueError:
        log.warning("api.bad_until value=%r", word)
        return None


def until(tracker: Tracker, limit: float | None) -> Tracker:
    """`tracker` as it was at the time `limit`."""
    if limit is None:
        return tracker
    start = Tracker.start(tracker.domain, tracker.sender_id)
    return start.after_all(event for event in tracker.events if event.timestamp <= limit)


async def output_for(request: Request, sender_id: str) -> OutputChannel:
    """Where messages go: the channel that `output_channel` names, if it can be reached without a request of
    the user's; else they are collected, and returned."""
    name = request.args.get("output_channel")
    if name == LATEST:
        tracker = await request.app.ctx.agent.full_tracker(sender_id)
        name = tracker.latest_input_channel if tracker else None
    channels: list[InputChannel] = request.app.ctx.channels
    for channel in channels:
        if channel.name() == name:
            return channel.get_output_channel() or Collector()
    return Collector()


def collected(output: OutputChannel) -> list[dict[str, Any]]:
    """The messages that go into the answer."""
    return output.messages if isinstance(output, Collector) else []


def events_in(items: Sequence[Any]) -> list[Event]:
    """The events that a client sent.

    Raises:
        ApiError: one of them is no event.
    """
    try:
        found = [event_from_json(_checked(item)) for item in items]
    except BadEvent as error:
        raise bad_request(f"this is no event: {error}") from error
    return [event for event in found if event is not None]


def _checked(item: Any) -> Mapping[str, Any]:
    """`item`, if what all events have, and what is read of user events, has the right type."""
    if not isinstance(item, dict):
        raise BadEvent("an event is a JSON object")
    for key, kinds in _TYPES.items():
        if item.get(key) is not None and not isinstance(item[key], kinds):
            raise BadEvent(f"'{key}' has the wrong type")
    return item


_TYPES: Mapping[str, tuple[type, ...]] = {
    "timestamp": (int, float),
    "metadata": (dict,),
    "parse_data": (dict,),
    "text": (str,),
    "name": (str,),
}
"""What may stand under a key of any event, besides null."""
