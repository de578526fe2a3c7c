"""What the query of a request about a conversation asks for, and whom the answer goes to."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import msgspec
from sanic import Request

from turnwise.channels.channel import InputChannel, OutputChannel
from turnwise.channels.collector import Collector
from turnwise.channels.webhook import MAX_SENDER
from turnwise.dialogue.event_json import BadEvent, event_from_json
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity
from turnwise.interventions import full_tracker
from turnwise.openapi import Parameter
from turnwise.server.answers import DOCS, ApiError, bad_request, checked
from turnwise.server.event_bodies import EventList

log = logging.getLogger(__name__)

EXPLAIN = Parameter(
    name="explain", about="Whether the answer says what decided, under `explanation`.", kind=bool
)
INCLUDE_EVENTS = Parameter(
    name="include_events",
    about="Which events are shown; those after the last restart if it is missing. In any case of letters.",
    kind=Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"],
)
UNTIL = Parameter(name="until", about="The conversation as it was then, in seconds since 1970.", kind=float)
OUTPUT_CHANNEL = Parameter(
    name="output_channel",
    about="The channel that takes what the assistant says; `latest`: that of the user's last message. "
    "Without one that reaches users by itself, messages are returned.",
)

Natural = Annotated[int, msgspec.Meta(ge=0)]
"""What `whole_number` takes."""

LATEST = "latest"
"""As `output_channel`: the channel of the user's last message."""


def conversation(encoded: str) -> str:
    """The conversation's id, as it stands percent-encoded in a path; nothing stands for the default one.

    Raises:
        ApiError: no conversation can have this id.
    """
    sender_id = unquote(encoded) or "default"
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
    word = INCLUDE_EVENTS.of(request) or Verbosity.AFTER_RESTART.value
    try:
        return Verbosity(word.upper())
    except ValueError:
        choices = ", ".join(choice.value for choice in Verbosity)
        raise bad_request(
            f"'{word}' is no choice of events; there are {choices}", parameter="include_events", where="query"
        ) from None


def time_limit(request: Request) -> float | None:
    """`until` of the query, in seconds since 1970; None if there is none that makes sense."""
    word = UNTIL.of(request)
    try:
        return float(word) if word is not None else None
    except ValueError:
        log.warning("api.bad_until value=%r", word)
        return None


def whole_number(request: Request, parameter: Parameter, *, default: int) -> int:
    """A number that is not below 0.

    Raises:
        ApiError: the query has something else there.
    """
    word = parameter.of(request)
    if word is None:
        return default
    if not (word.isascii() and word.isdigit()):
        raise bad_request(f"'{word}' is no number", parameter=parameter.name, where="query")
    return int(word)


def until(tracker: Tracker, limit: float | None) -> Tracker:
    """`tracker` as it was at the time `limit`."""
    if limit is None:
        return tracker
    start = Tracker.start(tracker.domain, tracker.sender_id)
    return start.after_all(event for event in tracker.events if event.timestamp <= limit)


async def output_for(request: Request, sender_id: str) -> OutputChannel:
    """Where messages go: the channel that `output_channel` names, if it can be reached without a request of
    the user's; else they are collected, and returned."""
    name = OUTPUT_CHANNEL.of(request)
    if name == LATEST:
        tracker = await full_tracker(request.app.ctx.agent, sender_id)
        name = tracker.latest_input_channel if tracker else None
    channels: list[InputChannel] = request.app.ctx.channels
    for channel in channels:
        if channel.name() == name:
            return channel.get_output_channel() or Collector()
    return Collector()


def collected(output: OutputChannel) -> list[dict[str, Any]]:
    """The messages that go into the answer."""
    return output.messages if isinstance(output, Collector) else []


def events_in(items: Any) -> list[Event]:
    """The events that a client sent.

    Raises:
        ApiError: one of them is no event.
    """
    try:
        checked(items, EventList)
        found = [event_from_json(item) for item in items]
    except (ApiError, BadEvent) as error:
        raise bad_request(f"these are no events: {error}", help_url=f"{DOCS}/pages/http-api") from error
    return [event for event in found if event is not None]
