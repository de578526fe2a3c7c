"""What the routes of all channels have in common, and how they are described."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from turnwise.channels.channel import Credentials, OutputChannel, UserMessage
from turnwise.errors import BadMessage, UsageError
from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request


FORM = "application/x-www-form-urlencoded"

MAX_TEXT = 65_536
"""Characters of a message; nobody types more, and each of them costs time in NLU."""
MAX_SENDER = 255
"""Characters of a conversation's id: what Rasa's tables hold."""


class OpenBody(msgspec.Struct, kw_only=True):
    """Somebody is there."""

    status: Literal["ok"]


class Refusal(msgspec.Struct, kw_only=True):
    """Why a request was not taken, in the form of the web framework."""

    description: str
    """The status in words."""
    status: int
    message: str


IS_OPEN = Content(about="It is open.", kind=OpenBody)
BAD_MESSAGE = Content(about="This is no message; nothing has happened.", kind=Refusal)
NOT_KEPT = Content(about="The turn could not be kept, and did not happen: try again.", kind=Refusal)


def channel_routes(name: str, kind: type[Blueprint] | None = None) -> Blueprint:
    """Routes of the channel `name`, so far with the one that tells that it is open."""
    from sanic import Blueprint
    from sanic.response import json

    routes = (kind or Blueprint)(f"channel_{name}")

    @routes.get("/")
    @describe(answers={200: IS_OPEN})
    async def health(request: Request) -> HTTPResponse:
        """That the channel is open."""
        return json({"status": "ok"})

    return routes


def needed(credentials: Credentials, channel: str, *keys: str) -> list[str]:
    """What the credentials of `channel` say under `keys`.

    Raises:
        UsageError: one of them is missing.
    """
    missing = [key for key in keys if not credentials.get(key)]
    if missing:
        raise UsageError(f"the channel '{channel}' needs {', '.join(missing)}")
    return [str(credentials[key]) for key in keys]


def user_message(
    channel: str,
    *,
    text: str,
    sender: str,
    output: OutputChannel,
    metadata: Mapping[str, Any] | None = None,
    message_id: str | None = None,
) -> UserMessage:
    """The message that came in over `channel`.

    Args:
        message_id: What the service calls it: it then is handled once, however often it is delivered.

    Raises:
        BadMessage: it is larger than a message can be.
    """
    if len(text) > MAX_TEXT:
        raise BadMessage(channel=channel, problem=f"a message has at most {MAX_TEXT} characters")
    if len(sender) > MAX_SENDER or "\0" in sender:
        raise BadMessage(channel=channel, problem="this cannot be the name of a sender")
    return UserMessage(
        text=text.strip(),
        sender_id=sender,
        output=output,
        input_channel=channel,
        metadata=metadata or {},
        message_id=message_id or uuid.uuid4().hex,
    )


def json_object(channel: str, body: bytes) -> dict[str, Any]:
    """The JSON object that a service posted to `channel`.

    Raises:
        BadMessage: it is none.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(channel=channel, problem=str(error)) from error
    if not isinstance(found, dict):
        raise BadMessage(channel=channel, problem="the body is no JSON object")
    return found
