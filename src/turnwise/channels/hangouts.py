"""Google Chat, once Hangouts: events come in, answers go out with the response (https://developers.google.com/chat)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, UserMessage
from turnwise.channels.delivery import Service
from turnwise.channels.message_rendering import Button, RenderedOutput
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.vouched import Vouchers
from turnwise.channels.webhook import (
    BAD_MESSAGE,
    NOT_KEPT,
    Refusal,
    channel_routes,
    json_object,
    user_message,
)
from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

ISSUER = "chat@system.gserviceaccount.com"
KEYS = f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{ISSUER}"

USER_ADDED, ROOM_ADDED, REMOVED = "/user_added", "/room_added", "/bot_removed"
"""What is heard when somebody begins to write to the bot, takes it into a room, or sends it away."""


class HangoutsOutput(RenderedOutput):
    """Collects what is answered: texts, or cards as soon as there is one."""

    name: str = "hangouts"
    collects: bool = True

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._widgets: list[list[dict[str, Any]]] = []
        self._custom: dict[str, Any] = {}

    def response(self) -> dict[str, Any]:
        """The answer as Google Chat takes it."""
        if self._custom:
            return self._custom
        if not self._widgets:
            return {"text": " ".join(self._texts)} if self._texts else {}
        texts = [[{"textParagraph": {"text": text}}] for text in self._texts]
        sections = [{"widgets": widgets} for widgets in (*texts, *self._widgets)]
        return {"cards": [{"sections": sections}]}

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        self._texts.append(text)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        shown = [
            {
                "textButton": {
                    "text": button.get("title"),
                    "onClick": {"action": {"actionMethodName": button.get("payload")}},
                }
            }
            for button in buttons
        ]
        self._widgets.append([{"textParagraph": {"text": text or ""}}, {"buttons": shown}])

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        self._widgets.append([{"image": {"imageUrl": image, "onClick": {"openLink": {"url": image}}}}])

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload is the answer."""
        self._custom = dict(custom)


class HangoutsChannel(InputChannel):
    """Google Chat posts events to /webhooks/hangouts/webhook, and reads the answer in the response."""

    def __init__(self, project_id: str | None = None, keys: str = KEYS) -> None:
        """
        Args:
            project_id: Number of the project; where it is given, requests must carry Google's token for it.
        """
        self._service = Service("Google")
        self._vouchers = (
            Vouchers(self._service, keys, issuer=ISSUER, audience=project_id) if project_id else None
        )

    @classmethod
    def name(cls) -> str:
        return "hangouts"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> HangoutsChannel:
        project_id = credentials.get("project_id")
        return cls(str(project_id) if project_id else None)

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers with what the assistant says."""
        from sanic.exceptions import Unauthorized
        from sanic.response import json

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="An event, as Google Chat posts it.", kind=dict[str, Any]),
            answers={
                200: Content(about="The answer, as Google Chat shows it.", kind=dict[str, Any]),
                400: BAD_MESSAGE,
                401: Content(about="Google does not vouch for the request.", kind=Refusal),
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes an event from Google Chat."""
            header = request.headers.get("authorization", "")
            if self._vouchers is not None and await self._vouchers.claims(header) is None:
                raise Unauthorized("Google does not vouch for this request")
            output = HangoutsOutput()
            message = self.message_of(json_object(self.name(), request.body), output)
            if message is None or not await turn_succeeds(on_message, message):
                return json({})
            return json(output.response())

        return routes

    def message_of(self, event: Mapping[str, Any], output: HangoutsOutput) -> UserMessage | None:
        """What a user wrote or chose, or that the bot was added or removed; None for everything else."""
        words = _words(event)
        if words is None:
            return None
        space = event.get("space") or {}
        said = event.get("message") or {}
        return user_message(
            self.name(),
            text=words,
            sender=str((event.get("user") or {}).get("displayName") or ""),
            output=output,
            metadata={"room": space.get("displayName") if space.get("type") == "ROOM" else None},
            message_id=said.get("name") if event.get("type") == "MESSAGE" else None,
        )


def _words(event: Mapping[str, Any]) -> str | None:
    kind = event.get("type")
    said = event.get("message") or {}
    if kind == "MESSAGE":
        # Without the bot's name, where there is more.
        text = said.get("argumentText") or said.get("text")
        return None if text is None else str(text)
    if kind == "CARD_CLICKED":
        return str((event.get("action") or {}).get("actionMethodName") or "")
    if kind == "ADDED_TO_SPACE":
        return ROOM_ADDED if (event.get("space") or {}).get("type") == "ROOM" else USER_ADDED
    return REMOVED if kind == "REMOVED_FROM_SPACE" else None
