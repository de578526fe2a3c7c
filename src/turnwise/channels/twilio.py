"""Messages through Twilio: SMS and WhatsApp."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.delivery import ATTEMPTS, Service, basic_auth
from turnwise.channels.message_rendering import RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.twilio_signature import NOT_SIGNED, TwilioSignature
from turnwise.channels.webhook import BAD_MESSAGE, FORM, NOT_KEPT, channel_routes, needed, user_message
from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

API = "https://api.twilio.com"


class TwilioOutput(RenderedOutput):
    """Sends messages over Twilio's API."""

    name: str = "twilio"

    def __init__(self, service: Service, account: str, token: str, number: str, api: str = API) -> None:
        """
        Args:
            number: The sender: a number, or `whatsapp:` and a number.
        """
        self._service = service
        self._url = f"{api}/2010-04-01/Accounts/{account}/Messages.json"
        self._login = basic_auth(account, token)
        self._number = number

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self._create({"To": recipient_id, "From": self._number, "Body": part})

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self._create({"To": recipient_id, "From": self._number, "MediaUrl": image})

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are parameters of Twilio's API, spelt as there or as in its Python library."""
        fields = {_api_name(name): value for name, value in dict(custom).items()}
        fields.setdefault("To", recipient_id)
        if "MediaUrl" not in fields:
            fields.setdefault("Body", "")
        if "MessagingServiceSid" not in fields:
            fields.setdefault("From", self._number)
        await self._create(fields)

    async def _create(self, fields: Mapping[str, Any]) -> None:
        await self._service.send("POST", self._url, attempts=ATTEMPTS, data=fields, headers=self._login)


def _api_name(name: str) -> str:
    """`media_url` or `from_` of the Python library as `MediaUrl` and `From` of the API."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


class TwilioChannel(InputChannel):
    """Twilio posts each message to /webhooks/twilio/webhook; answers are sent over its API."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        twilio_number: str,
        *,
        signature: TwilioSignature | None = None,
    ) -> None:
        self._signature = signature
        self._service = Service("Twilio")
        self._output = TwilioOutput(self._service, account_sid, auth_token, twilio_number)

    @classmethod
    def name(cls) -> str:
        return "twilio"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> TwilioChannel:
        account = needed(credentials, cls.name(), "account_sid", "auth_token", "twilio_number")
        return cls(*account, signature=TwilioSignature.of(credentials, cls.name()))

    def get_output_channel(self) -> OutputChannel:
        """Reaches users at any time, by their number."""
        return self._output

    def get_metadata(self, request: Request) -> Mapping[str, Any]:
        return {}

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` takes a message and answers 204 after the turn."""
        from sanic.response import empty

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="The message, as Twilio posts it.", media=(FORM,)),
            answers={
                204: Content(about="It was handled.", media=()),
                400: BAD_MESSAGE,
                403: NOT_SIGNED,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes a message from Twilio."""
            if self._signature is not None:
                self._signature.check(request)
            message = self.message_of(request)
            if message is not None:
                await turn_succeeds(on_message, message)
            return empty()

        return routes

    def message_of(self, request: Request) -> UserMessage | None:
        """The message in Twilio's form; None for what has no sender or no words."""
        form: Any = request.form or {}
        sender, text = form.get("From"), form.get("Body")
        latitude, longitude = form.get("Latitude"), form.get("Longitude")
        if latitude and longitude:
            text = f"/locationData{{'Latitude': {latitude}, 'Longitude': {longitude}}}"
        if not sender or text is None:
            log.debug("twilio.nothing_to_answer")
            return None
        return user_message(
            self.name(),
            text=text,
            sender=sender,
            output=self._output,
            metadata=self.get_metadata(request),
            message_id=form.get("MessageSid"),
        )
