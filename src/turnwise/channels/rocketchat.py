"""Rocket.Chat: outgoing webhooks and livechat come in, messages go out over its API (https://developer.rocket.chat)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.delivery import ATTEMPTS, NotDelivered, Reply, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, channel_routes, json_object, needed, user_message
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request


class RocketChatOutput(RenderedOutput):
    """Posts messages to rooms, as a user who logs in when that is needed."""

    name: str = "rocketchat"

    def __init__(self, service: Service, user: str, password: str, server_url: str) -> None:
        self._service = service
        self._login = {"user": user, "password": password}
        self._api = f"{server_url.rstrip('/')}/api/v1"
        self._headers: dict[str, str] | None = None

    async def post(self, recipient_id: str, **message: Any) -> None:
        """
        Raises:
            NotDelivered: Rocket.Chat cannot be reached, or refuses.
        """
        body = {"roomId": recipient_id, **message}
        try:
            await self._post(body)
        except NotDelivered as error:
            if not error.is_final:
                raise
            self._headers = None  # a session ends some time; the second one says what is really wrong
            await self._post(body)

    async def _post(self, body: Mapping[str, Any]) -> Reply:
        headers = self._headers = self._headers or await self._log_in()
        url = f"{self._api}/chat.postMessage"
        return await self._service.send("POST", url, attempts=ATTEMPTS, json=body, headers=headers)

    async def _log_in(self) -> dict[str, str]:
        reply = await self._service.send("POST", f"{self._api}/login", attempts=ATTEMPTS, json=self._login)
        session = reply.json().get("data") or {}
        return {"X-Auth-Token": str(session.get("authToken")), "X-User-Id": str(session.get("userId"))}

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.post(recipient_id, text=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        actions = [
            {
                "text": button.get("title"),
                "msg": button.get("payload"),
                "type": "button",
                "msg_in_chat_window": True,
            }
            for button in buttons
        ]
        await self.post(recipient_id, text=text, attachments=[{"actions": actions}])

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.post(recipient_id, attachments=[{"image_url": image, "collapsed": False}])

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        await self.post(recipient_id, attachments=[attachment])

    async def send_elements(
        self, recipient_id: str, elements: Sequence[Mapping[str, Any]], **extra: Any
    ) -> None:
        await self.post(recipient_id, attachments=list(elements))

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are those of a message."""
        await self.post(recipient_id, **dict(custom))


class RocketChatChannel(InputChannel):
    """Rocket.Chat posts to /webhooks/rocketchat/webhook; answers are posted over its API."""

    def __init__(self, user: str, password: str, server_url: str) -> None:
        self._user = user
        self._service = Service("Rocket.Chat")
        self._output = RocketChatOutput(self._service, user, password, server_url)

    @classmethod
    def name(cls) -> str:
        return "rocketchat"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> RocketChatChannel:
        return cls(*needed(credentials, cls.name(), "user", "password", "server_url"))

    def get_output_channel(self) -> OutputChannel:
        """Reaches every room that the user is in."""
        return self._output

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`GET` and `POST /webhook` answer after the turn."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @describe(
            body=Content(about="A message, as Rocket.Chat posts it.", kind=dict[str, Any]),
            answers={200: Content(about="It was taken.", media=(TEXT,)), 400: BAD_MESSAGE, 503: NOT_KEPT},
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes a message from Rocket.Chat."""
            message = self.message_of(json_object(self.name(), request.body)) if request.body else None
            if message is not None:
                await turn_succeeds(on_message, message)
            return text("")

        routes.add_route(receive, "/webhook", methods=("GET", "POST"), error_format="json")
        return routes

    def message_of(self, body: Mapping[str, Any]) -> UserMessage | None:
        """What a user wrote in a room, or a visitor in a livechat; None for what the bot itself wrote."""
        if "visitor" in body:
            latest = (body.get("messages") or [{}])[0]
            who = (body["visitor"] or {}).get("username")
            text, room, number = latest.get("msg"), body.get("_id"), latest.get("_id")
        else:
            who, text, room = body.get("user_name"), body.get("text"), body.get("channel_id")
            number = body.get("message_id")
        if text is None or not room or who == self._user:
            return None
        return user_message(
            self.name(), text=str(text), sender=str(room), output=self._output, message_id=number
        )
