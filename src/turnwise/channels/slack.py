"""Slack: events and clicks come in over a webhook, answers go out over the Web API (https://api.slack.com)."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.delivery import Service
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.slack_events import bots_of, chosen_in, cleaned
from turnwise.channels.slack_messages import API, SlackOutput, SlackSettings
from turnwise.channels.webhook import (
    BAD_MESSAGE,
    FORM,
    channel_routes,
    json_object,
    needed,
    user_message,
)
from turnwise.errors import BadMessage, UsageError
from turnwise.openapi import JSON, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

OLDEST = 300
"""Seconds after which a signed request is no longer taken: somebody may have kept it."""


class SlackChannel(InputChannel):
    """Slack posts events and clicks to /webhooks/slack/webhook, and gets its answers later."""

    def __init__(
        self, settings: SlackSettings, api: str = API, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._service = Service("Slack", headers={"Authorization": f"Bearer {settings.slack_token}"})
        self._api = api
        self._clock = clock

    @classmethod
    def name(cls) -> str:
        return "slack"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> SlackChannel:
        needed(credentials, cls.name(), "slack_token", "slack_signing_secret")
        try:
            return cls(msgspec.convert(credentials, SlackSettings, strict=False))
        except msgspec.ValidationError as error:
            raise UsageError(f"the channel 'slack': {error}") from error

    def get_output_channel(self) -> OutputChannel | None:
        """Writes to the channel of the settings; None without one."""
        if self._settings.slack_channel is None:
            return None
        return SlackOutput(self._service, self._settings, to=None, api=self._api)

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers at once; the turn goes on."""
        from sanic.response import empty, json

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook")
        @describe(
            body=Content(about="An event or a click, as Slack posts it.", media=(JSON, FORM)),
            answers={
                200: Content(about="It was taken; to a challenge: the challenge.", kind=str),
                201: Content(about="It is being handled already.", media=()),
                400: BAD_MESSAGE,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes an event or a click from Slack."""
            self._check(request)
            envelope = self._envelope(request)
            if "challenge" in envelope:
                return json(envelope["challenge"])
            if self._is_being_handled(request):
                return empty(201, headers={"X-Slack-No-Retry": "1"})
            message = self.message_of(envelope)
            if message is not None:
                self._service.go_on(turn_succeeds(on_message, message))
            return empty(200)

        return routes

    def _check(self, request: Request) -> None:
        """
        Raises:
            BadMessage: Slack did not sign the request, or did long ago.
        """
        written = request.headers.get("x-slack-request-timestamp", "")
        signed = b"v0:" + written.encode() + b":" + request.body
        secret = self._settings.slack_signing_secret.encode()
        signature = "v0=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
        given = request.headers.get("x-slack-signature", "")
        is_recent = written.isdigit() and abs(self._clock() - int(written)) <= OLDEST
        if not (is_recent and hmac.compare_digest(given.encode(), signature.encode())):
            raise BadMessage(channel=self.name(), problem="this is not signed by Slack")

    def _envelope(self, request: Request) -> Mapping[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0] == FORM:
            form: Any = request.form or {}
            return json_object(self.name(), str(form.get("payload", "")).encode())
        return json_object(self.name(), request.body)

    def _is_being_handled(self, request: Request) -> bool:
        number = request.headers.get(self._settings.slack_retry_number_header)
        reason = request.headers.get(self._settings.slack_retry_reason_header)
        return number is not None and reason in self._settings.errors_ignore_retry

    def message_of(self, envelope: Mapping[str, Any]) -> UserMessage | None:
        """What an envelope says: the text of an event, or the value of a click; None for everything else."""
        if envelope.get("actions"):
            return self._click(envelope)
        event = envelope.get("event") or {}
        if not self._is_for_us(event, envelope):
            return None
        bots = bots_of(envelope)
        return self._message(
            cleaned(str(event["text"]), bots),
            user=str(event.get("user") or ""),
            channel=event.get("channel"),
            thread=event.get("thread_ts") or event.get("ts"),
            users=bots,
            # A mention comes as an event of two kinds, with ids of their own.
            message_id=f"{event.get('channel')}-{event.get('ts')}",
        )

    def _click(self, envelope: Mapping[str, Any]) -> UserMessage | None:
        action = envelope["actions"][0]
        chosen = chosen_in(action)
        if chosen is None:
            log.warning("slack.unknown_action type=%s", action.get("type"))
            return None
        container, said = envelope.get("container") or {}, envelope.get("message") or {}
        return self._message(
            chosen,
            user=str((envelope.get("user") or {}).get("id") or ""),
            channel=(envelope.get("channel") or {}).get("id"),
            thread=container.get("thread_ts") or said.get("thread_ts") or said.get("ts"),
            users=[],
            message_id=envelope.get("trigger_id"),
        )

    def _message(
        self,
        text: str,
        *,
        user: str,
        channel: str | None,
        thread: str | None,
        users: Sequence[str],
        message_id: str | None,
    ) -> UserMessage:
        fineness = ("sender", "channel", "thread").index(self._settings.conversation_granularity)
        sender = "_".join(part for part in (user, channel, thread)[: fineness + 1] if part)
        answers_in = thread if self._settings.use_threads else None
        return user_message(
            self.name(),
            text=text,
            sender=sender,
            output=SlackOutput(self._service, self._settings, to=channel, thread=answers_in, api=self._api),
            metadata={"out_channel": channel, "thread_id": thread, "users": list(users)},
            message_id=message_id,
        )

    def _is_for_us(self, event: Mapping[str, Any], envelope: Mapping[str, Any]) -> bool:
        """Whether a user said something to the bot: directly, by its name, or where it listens."""
        kind, text = event.get("type"), event.get("text")
        if kind not in ("message", "app_mention") or not text or event.get("bot_id") or event.get("subtype"):
            return False
        is_direct = event.get("channel_type") == "im" or str(event.get("channel") or "").startswith("D")
        is_mention = kind == "app_mention" or any(f"<@{bot}>" in text for bot in bots_of(envelope))
        return is_direct or is_mention or event.get("channel") == self._settings.slack_channel
