"""What Slack is told: messages of the assistant as calls of the Web API (https://api.slack.com/methods)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from turnwise.channels.delivery import ATTEMPTS, NotDelivered, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs

log = logging.getLogger(__name__)

API = "https://slack.com/api"
MOST_BUTTONS = 5
"""Slack shows no more in a row."""


class SlackSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand under `slack` in credentials.yml."""

    slack_token: str
    slack_signing_secret: str
    slack_channel: str | None = None
    """Where the bot writes, and listens besides direct messages and mentions."""
    proxy: str | None = None
    slack_retry_reason_header: str = "x-slack-retry-reason"
    slack_retry_number_header: str = "x-slack-retry-num"
    errors_ignore_retry: tuple[str, ...] = ("http_timeout",)
    """Reasons for which Slack delivers again what is being handled already."""
    use_threads: bool = False
    """Whether answers go into the thread of what they answer."""
    conversation_granularity: Literal["sender", "channel", "thread"] = "sender"
    """What a conversation is: a user's, a user's in a channel, or a user's in a thread."""


class SlackOutput(RenderedOutput):
    """Posts messages to a channel, or to a user."""

    name: str = "slack"

    def __init__(
        self,
        service: Service,
        settings: SlackSettings,
        *,
        to: str | None,
        thread: str | None = None,
        api: str = API,
    ) -> None:
        """
        Args:
            to: Where the user wrote; None: where the settings say.
            thread: The thread to answer in.
        """
        self._service = service
        self._url = f"{api}/chat.postMessage"
        self._options = {"proxy": settings.proxy} if settings.proxy else {}
        self._to = settings.slack_channel or to
        self._thread = thread

    async def post(self, recipient_id: str, **message: Any) -> None:
        """
        Raises:
            NotDelivered: Slack cannot be reached, or refuses.
        """
        body = {"channel": self._to or recipient_id, "as_user": True, **message}
        if self._thread:
            body.setdefault("thread_ts", self._thread)
        reply = await self._service.send("POST", self._url, attempts=ATTEMPTS, json=body, **self._options)
        said = reply.json()
        if not said.get("ok", False):
            raise NotDelivered(f"Slack refuses: {said.get('error')}", is_final=True)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.post(recipient_id, text=part, type="mrkdwn")

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        if len(buttons) > MOST_BUTTONS:
            log.warning("slack.buttons_left_out most=%s", MOST_BUTTONS)
            await self.send_text_message(recipient_id, text or "")
            return
        shown = [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": str(button.get("title"))},
                "value": button.get("payload"),
            }
            for button in buttons
        ]
        blocks = [
            {"type": "section", "text": {"type": "plain_text", "text": text}},
            {"type": "actions", "elements": shown},
        ]
        await self.post(recipient_id, text=text, blocks=blocks)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.post(
            recipient_id, text=image, blocks=[{"type": "image", "image_url": image, "alt_text": image}]
        )

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        await self.post(recipient_id, attachments=[attachment])

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are arguments of `chat.postMessage`."""
        await self.post(recipient_id, **dict(custom))
