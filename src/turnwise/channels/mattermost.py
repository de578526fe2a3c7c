"""Mattermost: outgoing webhooks and buttons come in, posts go out over its API (https://api.mattermost.com)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, UserMessage
from turnwise.channels.delivery import ATTEMPTS, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, channel_routes, json_object, needed, user_message
from turnwise.errors import BadMessage
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request


class MattermostOutput(RenderedOutput):
    """Posts messages to the channel that the user wrote in."""

    name: str = "mattermost"

    def __init__(self, service: Service, url: str, channel_id: str, webhook_url: str) -> None:
        """
        Args:
            url: Base address of the API.
            webhook_url: Where Mattermost sends clicks to.
        """
        self._service = service
        self._url = f"{url}/posts"
        self._channel_id = channel_id
        self._webhook_url = webhook_url

    async def post(self, **message: Any) -> None:
        """
        Raises:
            NotDelivered: Mattermost cannot be reached, or refuses.
        """
        body = {"channel_id": self._channel_id, "message": "", **message}
        await self._service.send("POST", self._url, attempts=ATTEMPTS, json=body)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.post(message=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        actions = [
            {
                "name": button.get("title"),
                "integration": {"url": self._webhook_url, "context": {"action": button.get("payload")}},
            }
            for button in buttons
        ]
        await self.post(message=text or "", props={"attachments": [{"actions": actions}]})

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.post(props={"attachments": [{"image_url": image}]})

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are those of a post."""
        await self.post(**dict(custom))


class MattermostChannel(InputChannel):
    """Mattermost posts to /webhooks/mattermost/webhook; answers are posted over its API."""

    def __init__(self, url: str, token: str, webhook_url: str, webhook_token: str = "") -> None:
        """
        Args:
            url: Base address of the API, `https://…/api/v4`.
            token: The bot's.
            webhook_url: The public address of this channel's webhook.
            webhook_token: That of Mattermost's outgoing webhook; where it is given, messages must have it.
        """
        self._url = url.rstrip("/")
        self._webhook_url = webhook_url
        self._webhook_token = webhook_token
        self._service = Service("Mattermost", headers={"Authorization": f"Bearer {token}"})

    @classmethod
    def name(cls) -> str:
        return "mattermost"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> MattermostChannel:
        url, token, webhook = needed(credentials, cls.name(), "url", "token", "webhook_url")
        return cls(url, token, webhook, str(credentials.get("webhook_token") or ""))

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers "success" after the turn."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="A message or a click, as Mattermost posts it.", kind=dict[str, Any]),
            answers={
                200: Content(about="The word `success`.", media=(TEXT,)),
                400: BAD_MESSAGE,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes a message or a click from Mattermost."""
            message = self.message_of(json_object(self.name(), request.body))
            if message is not None:
                await turn_succeeds(on_message, message)
            return text("success")

        return routes

    def message_of(self, body: Mapping[str, Any]) -> UserMessage | None:
        """What a user wrote behind the trigger word, or the payload of a button; None for everything else.

        Raises:
            BadMessage: it lacks the token of the outgoing webhook.
        """
        said = self._words(body)
        user, channel = body.get("user_id"), body.get("channel_id")
        if said is None or not user or not channel:
            return None
        return user_message(
            self.name(),
            text=said,
            sender=str(user),
            output=MattermostOutput(self._service, self._url, str(channel), self._webhook_url),
            message_id=None if "context" in body else body.get("post_id"),
        )

    def _words(self, body: Mapping[str, Any]) -> str | None:
        if "context" in body:
            action = (body["context"] or {}).get("action")
            return None if action is None else str(action)
        if self._webhook_token and not hmac.compare_digest(
            str(body.get("token") or "").encode(), self._webhook_token.encode()
        ):
            raise BadMessage(channel=self.name(), problem="this is not from Mattermost")
        text = body.get("text")
        if text is None:
            return None
        if body.get("trigger_word"):
            return str(text).partition(" ")[2]
        return str(text)
