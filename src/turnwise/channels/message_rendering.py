"""One message of the assistant, part by part; what a channel cannot show becomes text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from turnwise.channels.channel import BotMessage

Button = Mapping[str, Any]

PARTS = ("quick_replies", "buttons", "text", "custom", "image", "attachment", "elements")
"""What a message is made of; everything else in it is handed to each part as `extra`."""


class RenderedOutput:
    """Base class of output channels: `send` calls one method for each part, in Rasa's order.

    A channel overrides `send_text_message`, and every other method it has something better for than text.
    """

    name: str = "output"
    collects: bool = False

    async def send(self, recipient_id: str, message: BotMessage) -> None:
        """Delivers the parts of `message`: its text with what can be chosen, then everything else."""
        extra = {key: value for key, value in message.items() if key not in PARTS}
        text = message.get("text")
        if message.get("quick_replies"):
            await self.send_quick_replies(recipient_id, text, message["quick_replies"], **extra)
        elif message.get("buttons"):
            await self.send_text_with_buttons(recipient_id, text, message["buttons"], **extra)
        elif text:
            await self.send_text_message(recipient_id, text, **extra)
        if message.get("custom"):
            await self.send_custom_json(recipient_id, message["custom"], **extra)
        if message.get("image"):
            await self.send_image_url(recipient_id, message["image"], **extra)
        if message.get("attachment"):
            await self.send_attachment(recipient_id, message["attachment"], **extra)
        if message.get("elements"):
            await self.send_elements(recipient_id, message["elements"], **extra)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        """Delivers plain text; every channel can."""
        raise NotImplementedError

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        """Delivers text with buttons; here the text, and one numbered line a button."""
        if text:
            await self.send_text_message(recipient_id, text)
        for number, button in enumerate(buttons, 1):
            await self.send_text_message(recipient_id, button_line(number, button))

    async def send_quick_replies(
        self, recipient_id: str, text: str | None, quick_replies: Sequence[Button], **extra: Any
    ) -> None:
        """Delivers text with suggested answers; here as buttons."""
        await self.send_text_with_buttons(recipient_id, text, quick_replies, **extra)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        """Delivers an image; here its address."""
        await self.send_text_message(recipient_id, f"Image: {image}")

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        """Delivers a file or the like; here what is written of it."""
        await self.send_text_message(recipient_id, f"Attachment: {attachment}")

    async def send_elements(
        self, recipient_id: str, elements: Sequence[Mapping[str, Any]], **extra: Any
    ) -> None:
        """Delivers a row of cards; here one text with buttons a card."""
        for element in elements:
            line = f"{element.get('title', '')} : {element.get('subtitle', '')}"
            await self.send_text_with_buttons(recipient_id, line, element.get("buttons") or [])

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """Delivers a payload meant for this channel; here its JSON."""
        await self.send_text_message(recipient_id, json.dumps(custom))


def button_line(number: int, button: Button) -> str:
    """A button where none can be shown: `1: Title (/payload) - {"other": "keys"}`."""
    line = f"{number}: {button.get('title', '')}"
    if button.get("payload"):
        line += f" ({button['payload']})"
    others = {key: value for key, value in button.items() if key not in ("title", "payload")}
    return f"{line} - {json.dumps(others)}" if others else line


def paragraphs(text: str) -> list[str]:
    """The messages that `text` is sent as: blank lines divide it."""
    return text.strip().split("\n\n")
