"""What every channel has in common: messages in, messages out."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sanic import Blueprint, Request

BotMessage = Mapping[str, Any]
"""What the assistant says, channel-independent: `text`, `buttons`, `quick_replies`, `image`,
`attachment`, `elements`, `custom`, and the response's metadata flat beside them."""

Credentials = Mapping[str, Any]
"""What `credentials.yml` says below a channel's name; empty where it says nothing."""


class OutputChannel(Protocol):
    """Carries the assistant's messages to one channel."""

    name: str
    """The name that channel-specific response variations refer to."""
    collects: bool
    """Whether messages are only collected, and delivered by whoever made the channel after the turn."""

    async def send(self, recipient_id: str, message: BotMessage) -> None:
        """Delivers `message`; raises what the transport raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """What a user said, and where."""

    text: str | None
    sender_id: str = "default"
    output: OutputChannel
    input_channel: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    parse_data: Mapping[str, Any] | None = None
    """Given when the message was understood elsewhere; then NLU does not run."""


OnMessage = Callable[[UserMessage], Awaitable[None]]
"""Takes one message through a whole turn; what the assistant says goes to `message.output`."""


class InputChannel:
    """Receives messages over HTTP: the base class of every connector, a project's own included.

    A project's connector stands in `credentials.yml` under its dotted path; its routes are served
    below `/webhooks/<name>`.
    """

    @classmethod
    def name(cls) -> str:
        """The channel's name: in URLs, and in user events as `input_channel`."""
        return cls.__name__

    @classmethod
    def url_prefix(cls) -> str:
        """Where below `/webhooks/` the channel's routes are."""
        return cls.name()

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> InputChannel:
        """The channel as `credentials.yml` sets it up.

        Raises:
            UsageError: a setting is missing or makes no sense.
        """
        return cls()

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """The channel's routes; each message that comes in is given to `on_message`."""
        raise NotImplementedError(f"{type(self).__name__} has no routes")

    def get_output_channel(self) -> OutputChannel | None:
        """A way to reach users of this channel without a request of theirs; None where there is none."""
        return None

    def get_metadata(self, request: Request) -> Mapping[str, Any]:
        """What is kept beside the message: the events of the turn carry it."""
        return {}
