"""The REST channel: a message in one request, the whole answer (or a stream of it) in its response."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from turnwise.channels.channel import InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.collector import Collector, MessageBody, Stream
from turnwise.channels.webhook import BAD_MESSAGE, MAX_TEXT, NOT_KEPT, channel_routes, user_message
from turnwise.errors import BadMessage, LockError, StorageError
from turnwise.openapi import JSON, Content, Parameter, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)


STREAM = Parameter(
    name="stream",
    about="Whether each message is sent when the assistant says it, as a line of JSON.",
    kind=bool,
)
EVENT_STREAM = "text/event-stream"

Name = str | int | float | bool
"""What programs have names for; kept as text."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What a client posts."""

    message: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None = None
    """What the user says; without it nothing happens."""
    sender: Name | None = None
    """Names the conversation; `default` if nothing is said."""
    input_channel: Name | None = None
    """Kept with the message, in place of the channel's name."""
    metadata: Any = None
    """Kept with the message."""
    message_id: Name | None = None
    """A message that comes again under the same name is not handled again."""


_decoder = msgspec.json.Decoder(Incoming)


class RestChannel(InputChannel):
    """Messages from programs: POST {"sender": "anna", "message": "Hi"} to /webhooks/rest/webhook."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`GET /` tells that the channel is open, `POST /webhook` takes messages."""
        from sanic.response import raw

        routes = channel_routes(self.name())

        @routes.post("/webhook")
        @describe(
            query=(STREAM,),
            body=Content(about="The message.", kind=Incoming),
            answers={
                200: Content(about="The answer.", kind=list[MessageBody], media=(JSON, EVENT_STREAM)),
                400: BAD_MESSAGE,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse | None:
            """Takes a user's message, and answers with what the assistant says."""
            if (STREAM.of(request) or "").lower() == "true":
                await self._stream(request, on_message)
                return None
            collector = Collector()
            message = self.decode(request.body, collector)
            answered = message is not None and await turn_succeeds(on_message, message)
            messages = collector.messages if answered else []
            return raw(msgspec.json.encode(messages), content_type="application/json")

        return routes

    def decode(self, body: bytes, output: OutputChannel) -> UserMessage | None:
        """The message in a request's body; None when the body holds none.

        Raises:
            BadMessage: the body makes no sense, or is larger than a message can be.
        """
        try:
            incoming = _decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadMessage(channel=self.name(), problem=str(error)) from error
        if incoming.message is None:
            log.error("channel.no_message channel=%s", self.name())
            return None
        return self.as_message(incoming, output)

    def as_message(self, incoming: Incoming, output: OutputChannel) -> UserMessage:
        """The message that `incoming` is.

        Raises:
            BadMessage: it is larger than a message can be.
        """
        sender = "default" if incoming.sender in (None, "") else str(incoming.sender)
        message = user_message(
            self.name(),
            text=incoming.message or "",
            sender=sender,
            output=output,
            metadata=incoming.metadata,
            message_id=str(incoming.message_id or "") or None,
        )
        return replace(message, input_channel=str(incoming.input_channel or self.name()))

    async def _stream(self, request: Request, on_message: OnMessage) -> None:
        """Answers with one line of JSON a message, each sent when the assistant says it."""
        stream = Stream()
        message = self.decode(request.body, stream)
        response: Any = await request.respond(content_type=EVENT_STREAM)
        if message is not None:
            turn = asyncio.create_task(_until_end(on_message, message, stream))
            async for part in stream:
                await response.send(msgspec.json.encode(part) + b"\n")
            await turn
        await response.eof()


async def turn_succeeds(on_message: OnMessage, message: UserMessage) -> bool:
    """Takes `message` through its turn; of most errors the client is not told, as in Rasa, but the log is.

    Raises:
        StorageError, LockError: the turn did not happen as far as anybody will know; a client may try again.
    """
    try:
        await on_message(message)
    except (StorageError, LockError):
        raise
    except Exception:
        log.exception("channel.turn_failed channel=%s sender_id=%s", message.input_channel, message.sender_id)
        return False
    return True


async def _until_end(on_message: OnMessage, message: UserMessage, stream: Stream) -> None:
    try:
        await turn_succeeds(on_message, message)
    finally:
        stream.end()


class CommandLineChannel(RestChannel):
    """The channel behind `rasa shell`: the routes are those of REST."""

    @classmethod
    def name(cls) -> str:
        return "cmdline"

    @classmethod
    def url_prefix(cls) -> str:
        return "rest"
