"""What every channel has in common: messages in, messages out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

BotMessage = Mapping[str, Any]
"""What the assistant says, channel-independent: `text`, `buttons`, `quick_replies`, `image`,
`attachment`, `elements`, `custom`, and the response's metadata flat beside them."""


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
