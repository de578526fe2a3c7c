"""Facebook Messenger: events come in over a webhook, answers go out over the Send API
(https://developers.facebook.com/docs/messenger-platform)."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import (
    BotMessage,
    Credentials,
    InputChannel,
    OnMessage,
    OutputChannel,
    UserMessage,
)
from turnwise.channels.delivery import ATTEMPTS, NotDelivered, Service
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, channel_routes, json_object, needed, user_message
from turnwise.openapi import TEXT, Content, Parameter, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

API = "https://graph.facebook.com/v21.0"
MOST_BUTTONS = 3
"""Messenger shows no more below a text."""
FILES = ("audio", "image", "video", "file")
"""Attachments whose address is taken for what the user says."""

VERIFY_TOKEN = Parameter(name="hub.verify_token", about="What the webhook was set up with.")
CHALLENGE = Parameter(name="hub.challenge", about="What to answer.")


class FacebookOutput(RenderedOutput):
    """Sends messages over the Send API."""

    name: str = "facebook"

    def __init__(self, service: Service, token: str, api: str = API) -> None:
        self._service = service
        self._url = f"{api}/me/messages"
        self._params = {"access_token": token}

    async def post(self, recipient_id: str, **body: Any) -> None:
        """
        Raises:
            NotDelivered: Facebook cannot be reached, or refuses.
        """
        body = {"recipient": {"id": recipient_id}, **body}
        await self._service.send("POST", self._url, attempts=ATTEMPTS, params=self._params, json=body)

    async def message(self, recipient_id: str, **message: Any) -> None:
        """Sends `message` as the answer to what the user said."""
        await self.post(recipient_id, messaging_type="RESPONSE", message=message)

    async def do(self, recipient_id: str, *actions: str) -> None:
        """Shows that the message was read, or that something is written; of no consequence if it fails."""
        for action in actions:
            try:
                await self.post(recipient_id, sender_action=action)
            except NotDelivered as error:
                log.warning("facebook.action_failed action=%s error=%s", action, error)

    async def send(self, recipient_id: str, message: BotMessage) -> None:
        """As for every channel; the user sees that something is being written."""
        await self.do(recipient_id, "typing_on")
        await super().send(recipient_id, message)
        await self.do(recipient_id, "typing_off")

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.message(recipient_id, text=part)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        if len(buttons) > MOST_BUTTONS:
            log.warning("facebook.buttons_left_out most=%s", MOST_BUTTONS)
            await self.send_text_message(recipient_id, text or "")
            return
        await self._template(recipient_id, template_type="button", text=text, buttons=_typed(buttons))

    async def send_quick_replies(
        self, recipient_id: str, text: str | None, quick_replies: Sequence[Button], **extra: Any
    ) -> None:
        replies = [{"content_type": "text", **reply} for reply in quick_replies]
        await self.message(recipient_id, text=text, quick_replies=replies)

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.message(recipient_id, attachment={"type": "image", "payload": {"url": image}})

    async def send_elements(
        self, recipient_id: str, elements: Sequence[Mapping[str, Any]], **extra: Any
    ) -> None:
        cards = [
            {**card, "buttons": _typed(card["buttons"])} if card.get("buttons") else dict(card)
            for card in elements
        ]
        await self._template(recipient_id, template_type="generic", elements=cards)

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload is the message; `sender: {id}` in it says to whom else it goes."""
        payload = dict(custom)
        other = (payload.pop("sender", None) or {}).get("id")
        await self.message(str(other or recipient_id), **payload)

    async def _template(self, recipient_id: str, **payload: Any) -> None:
        await self.message(recipient_id, attachment={"type": "template", "payload": payload})


def _typed(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """Buttons as Messenger wants them: those of no kind send their payload back."""
    return [{"type": "postback", **button} for button in buttons]


class FacebookChannel(InputChannel):
    """Facebook posts events to /webhooks/facebook/webhook; answers are sent over its API."""

    def __init__(self, verify: str, secret: str, token: str, api: str = API) -> None:
        """
        Args:
            verify: What Facebook says when the webhook is set up.
            secret: The app's, which requests are signed with.
            token: The page's, which answers are sent with.
        """
        self._verify = verify
        self._secret = secret
        self._service = Service("Facebook")
        self._output = FacebookOutput(self._service, token, api)

    @classmethod
    def name(cls) -> str:
        return "facebook"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> FacebookChannel:
        return cls(*needed(credentials, cls.name(), "verify", "secret", "page-access-token"))

    def get_output_channel(self) -> OutputChannel:
        """Reaches users who have written to the page."""
        return self._output

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`GET /webhook` proves whose it is, `POST /webhook` takes events."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.get("/webhook")
        @describe(
            query=(VERIFY_TOKEN, CHALLENGE),
            answers={200: Content(about="The challenge, if the token is right.", media=(TEXT,))},
        )
        async def verify(request: Request) -> HTTPResponse:
            """Proves to Facebook that the webhook is ours."""
            given = VERIFY_TOKEN.of(request) or ""
            if hmac.compare_digest(given.encode(), self._verify.encode()):
                return text(CHALLENGE.of(request) or "")
            log.warning("facebook.wrong_verify_token")
            return text("failure, invalid token")

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="Events, as Facebook posts them.", kind=dict[str, Any]),
            answers={
                200: Content(
                    about="`success`; or `not validated`, if Facebook did not sign it.", media=(TEXT,)
                ),
                400: BAD_MESSAGE,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes events from Facebook."""
            if not self._is_signed(request):
                log.warning("facebook.not_signed")
                return text("not validated")
            for message in self.messages_in(json_object(self.name(), request.body)):
                await self._output.do(message.sender_id, "mark_seen")
                await turn_succeeds(on_message, message)
            return text("success")

        return routes

    def _is_signed(self, request: Request) -> bool:
        """Whether the header that Facebook signs with is right; the newer one, if it is there."""
        for header, method in (("x-hub-signature-256", hashlib.sha256), ("x-hub-signature", hashlib.sha1)):
            given = request.headers.get(header)
            if given:
                right = hmac.new(self._secret.encode(), request.body, method).hexdigest()
                return hmac.compare_digest(given.partition("=")[2].encode(), right.encode())
        return False

    def messages_in(self, body: Mapping[str, Any]) -> Iterator[UserMessage]:
        """What users said, in order; other events say nothing."""
        for entry in body.get("entry") or ():
            for event in entry.get("messaging") or ():
                words, sender = _words(event), (event.get("sender") or {}).get("id")
                if words is None or sender is None:
                    continue
                said = event.get("message") or event.get("postback") or {}
                yield user_message(
                    self.name(),
                    text=words,
                    sender=str(sender),
                    output=self._output,
                    message_id=said.get("mid"),
                )


def _words(event: Mapping[str, Any]) -> str | None:
    """The payload of what was chosen, a text, or the address of a file; None for everything else."""
    message, chosen = event.get("message") or {}, event.get("postback") or {}
    if chosen.get("payload"):
        return str(chosen["payload"])
    if message.get("is_echo"):
        return None
    if message.get("quick_reply"):
        return str(message["quick_reply"].get("payload") or "")
    if message.get("text"):
        return str(message["text"])
    files = [file for file in message.get("attachments") or () if file.get("type") in FILES]
    return str(files[0].get("payload", {}).get("url")) if files else None
