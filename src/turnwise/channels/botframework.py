"""Microsoft Bot Framework: activities in, activities out
(https://learn.microsoft.com/azure/bot-service/rest-api)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, UserMessage
from turnwise.channels.delivery import ATTEMPTS, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.vouched import Vouchers
from turnwise.channels.webhook import (
    BAD_MESSAGE,
    NOT_KEPT,
    Refusal,
    channel_routes,
    json_object,
    needed,
    user_message,
)
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

ISSUER = "https://api.botframework.com"
KEYS = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN = "https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token"
SCOPE = "https://api.botframework.com/.default"
HERO = "application/vnd.microsoft.card.hero"
EARLY = 60.0
"""Seconds before its end at which a token is renewed."""


class Connector:
    """Sends activities as one app, which logs in when that is needed."""

    def __init__(
        self,
        service: Service,
        app_id: str,
        password: str,
        login: str = LOGIN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._service = service
        self._login = login
        self._app = {"client_id": app_id, "client_secret": password}
        self._clock = clock
        self._token = ""
        self._ends = 0.0

    async def send(self, url: str, activity: Mapping[str, Any]) -> None:
        """
        Raises:
            NotDelivered: the connector cannot be reached, or refuses.
        """
        if self._clock() > self._ends - EARLY:
            await self._log_in()
        headers = {"Authorization": f"Bearer {self._token}"}
        await self._service.send("POST", url, attempts=ATTEMPTS, json=activity, headers=headers)

    async def _log_in(self) -> None:
        form = {"grant_type": "client_credentials", "scope": SCOPE, **self._app}
        reply = await self._service.send("POST", self._login, attempts=ATTEMPTS, data=form)
        found = reply.json()
        self._token = str(found.get("access_token"))
        self._ends = self._clock() + float(found.get("expires_in") or 0)


class BotFrameworkOutput(RenderedOutput):
    """Sends activities into the conversation that a user's came from."""

    name: str = "botframework"

    def __init__(self, connector: Connector, activity: Mapping[str, Any]) -> None:
        """
        Args:
            activity: The user's, which says where answers go, and who gives them.
        """
        self._connector = connector
        conversation = (activity.get("conversation") or {}).get("id")
        base = str(activity.get("serviceUrl") or "").rstrip("/")
        self._url = f"{base}/v3/conversations/{conversation}/activities"
        self._bot = activity.get("recipient")

    async def post(self, recipient_id: str, **activity: Any) -> None:
        """
        Raises:
            NotDelivered: the connector cannot be reached, or refuses.
        """
        common = {
            "type": "message",
            "recipient": {"id": recipient_id},
            "from": self._bot,
            "channelData": {"notification": {"alert": "true"}},
            "text": "",
        }
        await self._connector.send(self._url, {**common, **activity})

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.post(recipient_id, text=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        shown = [
            {"type": "postBack", "value": button.get("payload"), **_without_payload(button)}
            for button in buttons
        ]
        await self._card(recipient_id, {"subtitle": text, "buttons": shown})

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self._card(recipient_id, {"images": [{"url": image}]})

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are those of an activity."""
        await self.post(recipient_id, **dict(custom))

    async def _card(self, recipient_id: str, content: Mapping[str, Any]) -> None:
        await self.post(recipient_id, attachments=[{"contentType": HERO, "content": content}])


def _without_payload(button: Button) -> dict[str, Any]:
    return {key: value for key, value in button.items() if key != "payload"}


class BotFrameworkChannel(InputChannel):
    """Bot Framework posts activities to /webhooks/botframework/webhook; answers are activities, too."""

    def __init__(self, app_id: str, app_password: str, *, keys: str = KEYS, login: str = LOGIN) -> None:
        self._service = Service("Bot Framework")
        self._connector = Connector(self._service, app_id, app_password, login)
        self._vouchers = Vouchers(self._service, keys, issuer=ISSUER, audience=app_id)

    @classmethod
    def name(cls) -> str:
        return "botframework"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> BotFrameworkChannel:
        return cls(*needed(credentials, cls.name(), "app_id", "app_password"))

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers after the turn."""
        from sanic.exceptions import Unauthorized
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="An activity, as Bot Framework posts it.", kind=dict[str, Any]),
            answers={
                200: Content(about="The word `success`.", media=(TEXT,)),
                400: BAD_MESSAGE,
                401: Content(about="Microsoft does not vouch for the request.", kind=Refusal),
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes an activity from Bot Framework."""
            claims = await self._vouchers.claims(request.headers.get("authorization", ""))
            activity = json_object(self.name(), request.body)
            # Answers go where the activity says: that, too, Microsoft has to vouch for.
            if claims is None or claims.get("serviceurl", activity.get("serviceUrl")) != activity.get(
                "serviceUrl"
            ):
                raise Unauthorized("Microsoft does not vouch for this request")
            message = self.message_of(activity)
            if message is not None:
                await turn_succeeds(on_message, message)
            return text("success")

        return routes

    def message_of(self, activity: Mapping[str, Any]) -> UserMessage | None:
        """What a user wrote; None for activities of other kinds."""
        sender = (activity.get("from") or {}).get("id")
        if activity.get("type") != "message" or not sender:
            return None
        files = activity.get("attachments")
        return user_message(
            self.name(),
            text=str(activity.get("text") or ""),
            sender=str(sender),
            output=BotFrameworkOutput(self._connector, activity),
            metadata={"attachments": files} if files else {},
            message_id=activity.get("id"),
        )
