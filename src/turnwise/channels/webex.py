"""Webex Teams: news of messages come in, messages are fetched and sent over the API (https://developer.webex.com)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.delivery import ATTEMPTS, Service
from turnwise.channels.message_rendering import RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, channel_routes, json_object, needed, user_message
from turnwise.errors import BadMessage
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

API = "https://webexapis.com/v1"


class WebexOutput(RenderedOutput):
    """Posts messages to a room."""

    name: str = "webexteams"

    def __init__(self, service: Service, room: str | None = None, api: str = API) -> None:
        """
        Args:
            room: Where everything goes; None: where the user wrote.
        """
        self._service = service
        self._room = room
        self._url = f"{api}/messages"

    async def post(self, recipient_id: str, **message: Any) -> None:
        """
        Raises:
            NotDelivered: Webex cannot be reached, or refuses.
        """
        if "toPersonId" not in message and "toPersonEmail" not in message:
            message.setdefault("roomId", self._room or recipient_id)
        await self._service.send("POST", self._url, attempts=ATTEMPTS, json=message)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.post(recipient_id, text=part)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.post(recipient_id, files=[image])

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are those of a message."""
        await self.post(recipient_id, **dict(custom))


class WebexChannel(InputChannel):
    """Webex tells of messages at /webhooks/webexteams/webhook; its API has them, and takes the answers."""

    def __init__(self, access_token: str, room: str | None = None, secret: str = "", api: str = API) -> None:
        """
        Args:
            room: Where all answers go; None: where the user wrote.
            secret: That of the webhook; where it is given, requests must be signed with it.
        """
        self._service = Service("Webex", headers={"Authorization": f"Bearer {access_token}"})
        self._output = WebexOutput(self._service, room, api)
        self._secret = secret
        self._api = api
        self._own_id: str | None = None

    @classmethod
    def name(cls) -> str:
        return "webexteams"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> WebexChannel:
        (token,) = needed(credentials, cls.name(), "access_token")
        room, secret = credentials.get("room"), credentials.get("secret")
        return cls(token, str(room) if room else None, str(secret or ""))

    def get_output_channel(self) -> OutputChannel:
        """Reaches every room that the bot is in."""
        return self._output

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` fetches the message that it is told of."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="News of a message, as Webex posts them.", kind=dict[str, Any]),
            answers={
                200: Content(about="The word `success`.", media=(TEXT,)),
                400: BAD_MESSAGE,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes news of a message from Webex."""
            self._check(request)
            message = await self.fetch(json_object(self.name(), request.body))
            if message is not None:
                await turn_succeeds(on_message, message)
            return text("success")

        return routes

    def _check(self, request: Request) -> None:
        """
        Raises:
            BadMessage: the webhook has a secret, and the request is not signed with it.
        """
        right = hmac.new(self._secret.encode(), request.body, hashlib.sha1).hexdigest()
        given = request.headers.get("x-spark-signature", "")
        if self._secret and not hmac.compare_digest(given.encode(), right.encode()):
            raise BadMessage(channel=self.name(), problem="this is not signed by Webex")

    async def fetch(self, news: Mapping[str, Any]) -> UserMessage | None:
        """The message that `news` are about; None if it is the bot's own, or has no text.

        Raises:
            NotDelivered: Webex cannot be reached.
        """
        number = (news.get("data") or {}).get("id")
        if not number:
            return None
        if self._own_id is None:
            self._own_id = str((await self._get("people/me")).get("id"))
        found = await self._get(f"messages/{number}")
        if found.get("personId") == self._own_id or not found.get("text"):
            return None
        sender, text = str(found.get("roomId")), str(found["text"])
        return user_message(
            self.name(), text=text, sender=sender, output=self._output, message_id=str(number)
        )

    async def _get(self, path: str) -> Mapping[str, Any]:
        reply = await self._service.send("GET", f"{self._api}/{path}", attempts=ATTEMPTS)
        found: Mapping[str, Any] = reply.json()
        return found
