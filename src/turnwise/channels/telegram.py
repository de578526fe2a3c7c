"""Telegram: updates come in over a webhook, answers go out over the Bot API (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.delivery import ATTEMPTS, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import (
    BAD_MESSAGE,
    NOT_KEPT,
    Refusal,
    channel_routes,
    json_object,
    needed,
    user_message,
)
from turnwise.errors import UsageError
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

API = "https://api.telegram.org"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
"""Carries what the webhook was registered with: who does not know it is not Telegram."""

CUSTOM: Sequence[tuple[frozenset[str], str]] = tuple(
    (frozenset(keys.split()), method)
    for keys, method in (
        ("title description payload provider_token currency prices", "sendInvoice"),
        ("latitude longitude title address", "sendVenue"),
        ("latitude longitude", "sendLocation"),
        ("phone_number first_name", "sendContact"),
        ("game_short_name", "sendGame"),
        ("action", "sendChatAction"),
        ("media", "sendMediaGroup"),
        ("photo", "sendPhoto"),
        ("audio", "sendAudio"),
        ("document", "sendDocument"),
        ("sticker", "sendSticker"),
        ("video", "sendVideo"),
        ("video_note", "sendVideoNote"),
        ("animation", "sendAnimation"),
        ("voice", "sendVoice"),
        ("text", "sendMessage"),
    )
)
"""Which method of the API takes a custom payload: the first of whose keys none is missing."""


class TelegramOutput(RenderedOutput):
    """Sends messages over the Bot API."""

    name: str = "telegram"

    def __init__(self, service: Service, token: str, api: str = API) -> None:
        self._service = service
        self._url = f"{api}/bot{token}"

    async def call(self, method: str, **arguments: Any) -> Any:
        """What the method of the API returns.

        Raises:
            NotDelivered: Telegram cannot be reached, or refuses.
        """
        reply = await self._service.send("POST", f"{self._url}/{method}", attempts=ATTEMPTS, json=arguments)
        return reply.json().get("result")

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.call("sendMessage", chat_id=recipient_id, text=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        """Sends each paragraph, the last one with the buttons; `button_type` says how they look."""
        *before, last = paragraphs(text or "")
        for part in before:
            await self.call("sendMessage", chat_id=recipient_id, text=part)
        markup = _markup(buttons, extra.get("button_type") or "inline")
        await self.call("sendMessage", chat_id=recipient_id, text=last, reply_markup=markup)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.call("sendPhoto", chat_id=recipient_id, photo=image)

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are arguments of the API, and tell which of its methods takes them."""
        payload = {"chat_id": recipient_id, **dict(custom)}
        for keys, method in CUSTOM:
            if keys <= payload.keys():
                await self.call(method, **payload)
                return
        log.error("telegram.unknown_payload keys=%s", ",".join(sorted(payload)))


def _markup(buttons: Sequence[Button], kind: str) -> dict[str, Any]:
    """Buttons below a message: `inline` in one row, `vertical` below each other; `reply` as a keyboard."""
    if kind == "reply":
        keyboard = [[{"text": str(button.get("title"))}] for button in buttons]
        return {"keyboard": keyboard, "one_time_keyboard": True}
    if kind not in ("inline", "vertical"):
        log.error("telegram.unknown_button_type type=%s", kind)
    keys = [{"text": str(b.get("title")), "callback_data": str(b.get("payload"))} for b in buttons]
    return {"inline_keyboard": [[key] for key in keys] if kind == "vertical" else [keys]}


class TelegramChannel(InputChannel):
    """Telegram posts each update to /webhooks/telegram/webhook, where the server registers itself."""

    def __init__(self, access_token: str, verify: str, webhook_url: str, api: str = API) -> None:
        """
        Args:
            access_token: What the bot is known by to Telegram.
            verify: The bot's user name.
            webhook_url: The public address of this channel's webhook.
        """
        self._service = Service("Telegram")
        self._output = TelegramOutput(self._service, access_token, api)
        self._verify = verify.removeprefix("@")
        self._webhook_url = webhook_url
        self._secret = hmac.new(access_token.encode(), b"webhook", hashlib.sha256).hexdigest()

    @classmethod
    def name(cls) -> str:
        return "telegram"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> TelegramChannel:
        return cls(*needed(credentials, cls.name(), "access_token", "verify", "webhook_url"))

    def get_output_channel(self) -> OutputChannel:
        """Reaches users at any time, by their chat."""
        return self._output

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """The webhook, which is registered when the server starts, and `set_webhook` to do so again."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)
        routes.before_server_start(self._register)

        @describe(answers={200: Content(about="Whether it is registered.", media=(TEXT,))})
        async def set_webhook(request: Request) -> HTTPResponse:
            """Registers the webhook with Telegram once more."""
            await self._register()
            return text("Webhook setup successful")

        @describe(
            body=Content(about="An update, as Telegram posts it.", kind=dict[str, Any]),
            answers={
                200: Content(about="The word `success`.", media=(TEXT,)),
                400: BAD_MESSAGE,
                403: Content(about="This is not from Telegram.", kind=Refusal),
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes an update from Telegram."""
            self._check(request)
            message = self.message_of(json_object(self.name(), request.body))
            if message is not None:
                await turn_succeeds(on_message, message)
                if message.text == "/restart":
                    # A conversation that begins anew begins as every conversation with a bot does.
                    begins = replace(message, text="/start", message_id=f"{message.message_id}-start")
                    await turn_succeeds(on_message, begins)
            return text("success")

        routes.add_route(set_webhook, "/set_webhook", methods=("GET", "POST"))
        routes.add_route(receive, "/webhook", methods=("GET", "POST"), error_format="json")
        return routes

    async def _register(self, *_: object) -> None:
        """
        Raises:
            UsageError: the token is that of another bot.
            NotDelivered: Telegram cannot be reached, or refuses.
        """
        bot = await self._output.call("getMe")
        if bot.get("username") != self._verify:
            whose = bot.get("username")
            raise UsageError(f"the channel 'telegram' has the token of '{whose}', not of '{self._verify}'")
        await self._output.call("setWebhook", url=self._webhook_url, secret_token=self._secret)

    def _check(self, request: Request) -> None:
        """
        Raises:
            Forbidden: the request does not carry what only Telegram was told.
        """
        from sanic.exceptions import Forbidden

        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Forbidden("this is not from Telegram")

    def message_of(self, update: Mapping[str, Any]) -> UserMessage | None:
        """What an update says: a text, a place, or the payload of a button; None for everything else."""
        button = update.get("callback_query")
        said = button.get("message") if button else update.get("message") or update.get("edited_message")
        chat = (said or {}).get("chat") or {}
        words = button.get("data") if button else _words(said or {})
        if words is None or chat.get("id") is None:
            return None
        return user_message(
            self.name(),
            text=words,
            sender=str(chat["id"]),
            output=self._output,
            message_id=f"telegram-{update['update_id']}" if "update_id" in update else None,
        )


def _words(message: Mapping[str, Any]) -> str | None:
    """The text of a message, without the name that commands in groups have; a place as JSON."""
    place = message.get("location")
    if place:
        return json.dumps({"lng": place.get("longitude"), "lat": place.get("latitude")})
    text = message.get("text")
    return None if text is None else str(text).replace("/bot", "")
