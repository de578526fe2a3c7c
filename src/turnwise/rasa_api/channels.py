"""Channels, as connectors written for Rasa see them, and what lets them serve here."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from turnwise.channels import channel as ours
from turnwise.channels.collector import Collector, Message
from turnwise.channels.message_rendering import RenderedOutput
from turnwise.errors import UsageError

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request


class OutputChannel(RenderedOutput):
    """Says what the assistant says: a subclass has `send_text_message`, and more where it can show more."""

    @classmethod
    def name(cls) -> str:  # type: ignore[override]  # Rasa asks the class for it
        return cls.__name__

    async def send_response(self, recipient_id: str, message: Mapping[str, Any]) -> None:
        """Says one message in all its parts."""
        await RenderedOutput.send(self, recipient_id, message)


class CollectingOutputChannel(Collector, OutputChannel):
    """Keeps in `messages` what the assistant says, to be answered with the request."""

    @classmethod
    def name(cls) -> str:  # type: ignore[override]  # Rasa asks the class for it
        return "collector"

    def latest_output(self) -> Message | None:
        return self.messages[-1] if self.messages else None


class UserMessage:
    """What a user said, and where the answer goes."""

    def __init__(
        self,
        text: str | None = None,
        output_channel: OutputChannel | None = None,
        sender_id: str | None = None,
        parse_data: dict[str, Any] | None = None,
        input_channel: str | None = None,
        message_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.text = text.strip() if text else text
        self.output_channel = output_channel or CollectingOutputChannel()
        self.sender_id = "default" if sender_id is None else str(sender_id)
        self.parse_data = parse_data
        self.input_channel = input_channel
        self.message_id = message_id or uuid.uuid4().hex
        self.metadata = metadata
        self.headers = settings.get("headers")

    def as_ours(self) -> ours.UserMessage:
        """The message as our agent takes it."""
        return ours.UserMessage(
            text=self.text,
            sender_id=self.sender_id,
            output=Output(self.output_channel),
            input_channel=self.input_channel,
            metadata=self.metadata or {},
            message_id=self.message_id,
            parse_data=self.parse_data,
        )


OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class InputChannel:
    """Receives messages over HTTP: a subclass has `name` and `blueprint`."""

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """The channel as `credentials.yml` sets it up."""
        return cls()

    @classmethod
    def raise_missing_credentials_exception(cls) -> NoReturn:
        raise UsageError(f"the channel '{cls.name()}' needs settings\n  fix: write them below its name")

    def url_prefix(self) -> str:
        """Where below `/webhooks/` its routes are."""
        return self.name()

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Its routes; each message that comes in is given to `on_new_message`."""
        raise NotImplementedError(f"{type(self).__name__} has no 'blueprint'")

    def get_output_channel(self) -> OutputChannel | None:
        """A way to reach users without a request of theirs; None where there is none."""
        return None

    def get_metadata(self, request: Request) -> dict[str, Any] | None:
        """What is kept beside the message."""
        return None

    def as_channel(self) -> ours.InputChannel:
        """The channel as our server serves it."""
        return Channel(self)


class RestInput(InputChannel):
    """Takes `{"sender": …, "message": …}` at `/webhook`, and answers with all that the assistant says."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    async def _extract_sender(self, request: Request) -> str | None:
        return (request.json or {}).get("sender")

    def _extract_message(self, request: Request) -> str | None:
        return (request.json or {}).get("message")

    def _extract_input_channel(self, request: Request) -> str:
        return (request.json or {}).get("input_channel") or self.name()

    def get_metadata(self, request: Request) -> dict[str, Any] | None:
        return (request.json or {}).get("metadata")

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        from sanic import Blueprint, response

        routes = Blueprint(f"webhook_{self.name()}")

        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        async def receive(request: Request) -> HTTPResponse:
            collector = CollectingOutputChannel()
            message = UserMessage(
                self._extract_message(request),
                collector,
                await self._extract_sender(request),
                input_channel=self._extract_input_channel(request),
                metadata=self.get_metadata(request),
            )
            await on_new_message(message)
            return response.json(collector.messages)

        routes.add_route(health, "/", methods=["GET"])
        routes.add_route(receive, "/webhook", methods=["POST"])
        return routes


class Output:
    """What the assistant says, handed to an output channel written for Rasa."""

    def __init__(self, channel: OutputChannel) -> None:
        self.name = channel.name()
        self.collects = isinstance(channel, CollectingOutputChannel)
        self._channel = channel

    async def send(self, recipient_id: str, message: ours.BotMessage) -> None:
        await self._channel.send_response(recipient_id, message)


class Channel(ours.InputChannel):
    """A connector written for Rasa, as our server serves it."""

    def __init__(self, channel: InputChannel) -> None:
        self._channel = channel

    def name(self) -> str:  # type: ignore[override]  # the connector's own
        return self._channel.name()

    def url_prefix(self) -> str:  # type: ignore[override]  # the connector's own
        return self._channel.url_prefix()

    def blueprint(self, on_message: ours.OnMessage) -> Blueprint:
        async def on_new_message(message: UserMessage) -> None:
            await on_message(message.as_ours())

        return self._channel.blueprint(on_new_message)

    def get_output_channel(self) -> ours.OutputChannel | None:
        output = self._channel.get_output_channel()
        return None if output is None else Output(output)

    def get_metadata(self, request: Request) -> Mapping[str, Any]:
        return self._channel.get_metadata(request) or {}
