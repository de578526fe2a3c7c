"""Output that is collected and answered with the request: whole, or as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec

from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs

Message = dict[str, Any]
"""One message as REST clients get it, see `MessageBody`."""


class MessageBody(msgspec.Struct, kw_only=True):
    """Something that the assistant says; keys without a value are left out."""

    recipient_id: str
    text: str | msgspec.UnsetType = msgspec.UNSET
    buttons: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    image: str | msgspec.UnsetType = msgspec.UNSET
    attachment: Any = None
    custom: Any = None


class Collector(RenderedOutput):
    """Collects messages in `messages`, in the form in which REST clients get them."""

    name: str = "collector"
    collects: bool = True

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def put(self, recipient_id: str, **parts: Any) -> None:
        """Delivers a message; parts that are None are left out."""
        message = {"recipient_id": recipient_id}
        message.update((key, value) for key, value in parts.items() if value is not None)
        await self.deliver(message)

    async def deliver(self, message: Message) -> None:
        """Takes a finished message; here it is kept."""
        self.messages.append(message)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.put(recipient_id, text=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        await self.put(recipient_id, text=text, buttons=buttons)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.put(recipient_id, image=image)

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        await self.put(recipient_id, attachment=attachment)

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        await self.put(recipient_id, custom=custom)


class Stream(Collector):
    """Hands each message on as soon as the assistant says it."""

    name: str = "queue"
    collects: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()

    async def deliver(self, message: Message) -> None:
        self._queue.put_nowait(message)

    def end(self) -> None:
        """Nothing more will be said."""
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Mapping[str, Any]]:
        while (message := await self._queue.get()) is not None:
            yield message
