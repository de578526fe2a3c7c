"""The assistant's messages as WhatsApp shows them: texts, buttons, lists, media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from turnwise.channels.delivery import Service
from turnwise.channels.message_rendering import Button, RenderedOutput

ATTEMPTS = 3
"""How often a message is tried to be sent."""
LONGEST_TEXT = 4096
LONGEST_BODY = 1024
"""Characters above buttons or a list."""
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID = 10, 24, 72, 200
"""Limits of the Cloud API: how many, and characters of each."""
MEDIA = ("image", "video", "audio")


class WhatsAppOutput(RenderedOutput):
    """Sends messages over the Cloud API."""

    name: str = "whatsapp"

    def __init__(self, service: Service, url: str) -> None:
        self._service = service
        self._url = url

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for start in range(0, len(text), LONGEST_TEXT):
            part = text[start : start + LONGEST_TEXT]
            await self._create(recipient_id, type="text", text={"body": part})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        """Up to three short buttons as such, up to ten as a list, any others as numbered lines of text."""
        shown = as_buttons(buttons) or as_list(buttons)
        if shown is None or not text or len(text) > LONGEST_BODY:
            await super().send_text_with_buttons(recipient_id, text, buttons)
        else:
            await self._create(
                recipient_id, type="interactive", interactive={**shown, "body": {"text": text}}
            )

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self._create(recipient_id, type="image", image={"link": image})

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        """A file by its address: `{"type": "file", "payload": {"src": "https://…"}}`."""
        payload = attachment.get("payload", {}) if isinstance(attachment, Mapping) else {}
        link = payload.get("src") or payload.get("url")
        if not link:
            await super().send_attachment(recipient_id, attachment)
            return
        kind = attachment.get("type") if attachment.get("type") in MEDIA else "document"
        media = {"link": link}
        if kind == "document" and payload.get("title"):
            media["filename"] = payload["title"]
        await self._create(recipient_id, **{"type": kind, kind: media})

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """A message in the words of the Cloud API, a template for example."""
        await self._create(recipient_id, **dict(custom))

    async def _create(self, recipient_id: str, **message: Any) -> None:
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": recipient_id,
            **message,
        }
        await self._service.send("POST", self._url, attempts=ATTEMPTS, json=body)


def as_buttons(buttons: Sequence[Button]) -> dict[str, Any] | None:
    """Up to three buttons; None if they do not fit."""
    replies = [{"id": _payload(button), "title": str(button.get("title", ""))} for button in buttons]
    fit = all(len(one["title"]) <= BUTTON_TITLE and len(one["id"]) <= BUTTON_ID for one in replies)
    if not fit or not 1 <= len(replies) <= BUTTONS:
        return None
    return {"type": "button", "action": {"buttons": [{"type": "reply", "reply": one} for one in replies]}}


def as_list(buttons: Sequence[Button]) -> dict[str, Any] | None:
    """Up to ten rows behind a button; None if they do not fit. A long title continues below itself."""
    rows = [_row(button) for button in buttons]
    fit = all(len(row["id"]) <= ROW_ID and len(row.get("description", "")) <= ROW_DESCRIPTION for row in rows)
    if not fit or not 1 <= len(rows) <= ROWS:
        return None
    return {"type": "list", "action": {"button": "Choose", "sections": [{"title": "Choose", "rows": rows}]}}


def _row(button: Button) -> dict[str, str]:
    title = str(button.get("title", ""))
    if len(title) <= ROW_TITLE:
        return {"id": _payload(button), "title": title}
    return {"id": _payload(button), "title": f"{title[: ROW_TITLE - 1]}…", "description": title}


def _payload(button: Button) -> str:
    return str(button.get("payload") or button.get("title", ""))
