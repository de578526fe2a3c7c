"""A message of the assistant before it is sent: from template or action server to bot event and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from turnwise.dialogue.events import BotUttered
from turnwise.dialogue.tracker import Tracker

Message = dict[str, Any]
"""`text`, `buttons`, `image`, …; every other key is metadata of the bot event."""

_DATA_KEYS = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")


class Nlg(Protocol):
    """Turns the name of a response into a message."""

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> Message | None:
        """The message for response `name`; None if there is nothing to say.

        Args:
            channel: Name of the output channel.
            arguments: Values for placeholders; they come before slots.

        Raises:
            ActionError: a remote generator does not answer, or not with a message.
            BadTemplate: the response has a brace without a partner.
        """


def bot_event(message: Mapping[str, Any]) -> BotUttered:
    """The event that records `message`."""
    data = {key: message.get(key) for key in _DATA_KEYS}
    # An image doubles as attachment, for channels which know only those.
    data["attachment"] = data["attachment"] or data["image"]
    metadata = {key: value for key, value in message.items() if key not in _DATA_KEYS and key != "text"}
    return BotUttered(text=message.get("text"), data=data, metadata=metadata)


def message_of(event: BotUttered) -> Message:
    """The message that a bot event records, as channels send it."""
    message: Message = {**event.data, "text": event.text, **event.metadata}
    if message.get("image") == message.get("attachment"):
        message["attachment"] = None
    return message
