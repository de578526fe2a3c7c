"""WhatsApp over Meta's Cloud API.

In `credentials.yml`:

    channels.whatsapp.WhatsAppChannel:
      access_token: ${WHATSAPP_ACCESS_TOKEN}
      phone_number_id: ${WHATSAPP_PHONE_NUMBER_ID}
      app_secret: ${WHATSAPP_APP_SECRET}
      verify_token: ${WHATSAPP_VERIFY_TOKEN}

Meta is given the address `https://<host>/webhooks/whatsapp/webhook` and the same `verify_token`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sanic import Blueprint, Forbidden, Request, empty, text
from sanic.response import HTTPResponse

from channels.whatsapp_messages import WhatsAppOutput
from turnwise.channels.channel import Credentials, InputChannel, OnMessage, UserMessage
from turnwise.channels.delivery import Service
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import channel_routes, needed, user_message
from turnwise.errors import BadMessage

SILENT = ("reaction", "system", "unsupported")
"""Types of messages that want no answer."""
API = "https://graph.facebook.com/v21.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppSettings:
    """What `credentials.yml` says."""

    access_token: str
    """Of the business, to send."""
    phone_number_id: str
    """Meta's number for the sending phone number."""
    app_secret: str
    """Signs what Meta posts."""
    verify_token: str
    """What Meta shows when the address is registered."""
    api: str = API

    @classmethod
    def read(cls, credentials: Credentials) -> WhatsAppSettings:
        """
        Raises:
            UsageError: something is missing.
        """
        keys = ("access_token", "phone_number_id", "app_secret", "verify_token")
        given = dict(zip(keys, needed(credentials, "whatsapp", *keys), strict=True))
        return cls(**given, api=str(credentials.get("api") or API))


class WhatsAppChannel(InputChannel):
    """Takes what Meta posts; answers are sent over its API."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self._service = Service("WhatsApp", headers={"Authorization": f"Bearer {settings.access_token}"})
        self._output = WhatsAppOutput(self._service, f"{settings.api}/{settings.phone_number_id}/messages")

    @classmethod
    def name(cls) -> str:
        return "whatsapp"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> WhatsAppChannel:
        return cls(WhatsAppSettings.read(credentials))

    def get_output_channel(self) -> WhatsAppOutput:
        """Reaches users by their number, as Meta allows it for a day after their last message."""
        return self._output

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`GET /webhook` is Meta's test of the address; `POST /webhook` takes messages.

        A post is answered once all its messages are kept, so that Meta sends it again if they are not; those
        that were kept by then are known by their ids, and not handled twice.
        """
        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.get("/webhook", error_format="json")
        async def verify(request: Request) -> HTTPResponse:
            shown = request.args.get("hub.verify_token", "")
            if not hmac.compare_digest(shown.encode(), self._settings.verify_token.encode()):
                raise Forbidden("hub.verify_token is not that of credentials.yml")
            return text(request.args.get("hub.challenge", ""))

        @routes.post("/webhook", error_format="json")
        async def receive(request: Request) -> HTTPResponse:
            if not self._is_signed(request):
                raise Forbidden("X-Hub-Signature-256 does not fit app_secret")
            for message in self._messages(request):
                await turn_succeeds(on_message, message)
            return empty(200)

        return routes

    def _is_signed(self, request: Request) -> bool:
        expected = hmac.new(self._settings.app_secret.encode(), request.body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        return hmac.compare_digest(given.encode(), f"sha256={expected}".encode())

    def _messages(self, request: Request) -> Iterator[UserMessage]:
        try:
            posted = msgspec.json.decode(request.body, type=Posted)
        except msgspec.DecodeError as error:
            raise BadMessage(channel=self.name(), problem=str(error)) from error
        for change in (change for entry in posted.entry for change in entry.changes):
            names = {contact.wa_id: contact.profile.get("name") for contact in change.value.contacts}
            for message in change.value.messages:
                if message.type in SILENT:
                    continue
                yield user_message(
                    self.name(),
                    text=said(message),
                    sender=message.sender,
                    output=self._output,
                    message_id=message.id,
                    metadata=_metadata(message, names.get(message.sender)),
                )


class Message(msgspec.Struct, kw_only=True):
    """One message of a user; what it holds stands under the name of its type."""

    id: str
    sender: str = msgspec.field(name="from")
    """The user's number, digits only."""
    type: str
    text: Mapping[str, Any] = {}
    interactive: Mapping[str, Any] = {}
    """A button or a row of a list that was chosen."""
    button: Mapping[str, Any] = {}
    """A button of a template that was chosen."""
    location: Mapping[str, Any] = {}
    image: Mapping[str, Any] = {}
    video: Mapping[str, Any] = {}
    audio: Mapping[str, Any] = {}
    document: Mapping[str, Any] = {}
    sticker: Mapping[str, Any] = {}
    context: Mapping[str, Any] = {}
    """The message that this one answers."""

    @property
    def media(self) -> Mapping[str, Any]:
        return self.image or self.video or self.audio or self.document or self.sticker


class Contact(msgspec.Struct, kw_only=True):
    """Who wrote."""

    wa_id: str = ""
    profile: Mapping[str, str] = {}


class Value(msgspec.Struct, kw_only=True):
    """What changed: messages came in; reports on those that went out are left aside."""

    contacts: list[Contact] = []
    messages: list[Message] = []


class Change(msgspec.Struct, kw_only=True):
    """One change of the account."""

    value: Value


class Entry(msgspec.Struct, kw_only=True):
    """The changes of one account."""

    changes: list[Change] = []


class Posted(msgspec.Struct, kw_only=True):
    """What Meta posts."""

    entry: list[Entry] = []


def said(message: Message) -> str:
    """The words of a message; the payload of what was chosen; for media their caption, else their type."""
    if message.text:
        return str(message.text.get("body", ""))
    if message.interactive:
        chosen = message.interactive.get(message.interactive.get("type", "")) or {}
        return str(chosen.get("id", ""))
    if message.button:
        return str(message.button.get("payload") or message.button.get("text", ""))
    if message.location:
        return f"{message.location.get('latitude')}, {message.location.get('longitude')}"
    return str(message.media.get("caption") or f"[{message.type}]")


def _metadata(message: Message, name: str | None) -> dict[str, Any]:
    """What a policy or an action may want to know: the user's name, the media, what is answered."""
    found = {"name": name, "media": dict(message.media), "answers": message.context.get("id")}
    return {key: value for key, value in found.items() if value}
