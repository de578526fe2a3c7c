"""The callback channel: messages come in as with REST, answers go to an address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials, OnMessage, OutputChannel
from turnwise.channels.collector import Collector, Message
from turnwise.channels.delivery import Service, basic_auth
from turnwise.channels.rest import Incoming, RestChannel
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, Refusal, channel_routes, needed
from turnwise.openapi import TEXT, Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)


class CallbackOutput(Collector):
    """Posts each message as JSON, in the form in which REST clients get it."""

    name: str = "callback"
    collects: bool = False

    def __init__(self, service: Service, url: str, options: dict[str, Any]) -> None:
        super().__init__()
        self._service = service
        self._url = url
        self._options = options

    async def deliver(self, message: Message) -> None:
        """Posts one message; an answer that is an error is only logged, as in Rasa.

        Raises:
            NotDelivered: nobody answers.
        """
        reply = await self._service.call("POST", self._url, json=message, **self._options)
        if reply.status >= 400:
            log.error("callback.refused url=%s status=%s", self._url, reply.status)


class CallbackChannel(RestChannel):
    """POST {"sender": "anna", "message": "Hi"} to /webhooks/callback/webhook; answers go to `url`."""

    def __init__(self, credentials: Credentials) -> None:
        """
        Args:
            credentials: `url`, and what else endpoints may have: `headers`, `params`, `basic_auth`, `token`.
        """
        self._url = str(credentials["url"])
        headers = dict(credentials.get("headers") or {})
        if credentials.get("basic_auth"):
            login = credentials["basic_auth"]
            headers |= basic_auth(login.get("username", ""), login.get("password", ""))
        self._service = Service("callback", headers=headers)
        self._options: dict[str, Any] = {"params": _params(credentials)}

    @classmethod
    def name(cls) -> str:
        return "callback"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> CallbackChannel:
        needed(credentials, cls.name(), "url")
        return cls(credentials)

    def get_output_channel(self) -> OutputChannel:
        """Reaches users at any time: the address does not depend on a request."""
        return CallbackOutput(self._service, self._url, self._options)

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers "success" after the turn."""
        from sanic.response import text

        routes = channel_routes(self.name())
        self._service.close_with(routes)

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="The message.", kind=Incoming),
            answers={
                200: Content(about="The word `success`.", media=(TEXT,)),
                400: BAD_MESSAGE,
                500: Content(about="Nobody is at the address for answers.", kind=Refusal),
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes a user's message; what the assistant says is posted to the channel's address."""
            message = self.decode(request.body, self.get_output_channel())
            if message is not None:
                await on_message(message)
            return text("success")

        return routes


def _params(credentials: Credentials) -> dict[str, str]:
    params = {str(name): str(value) for name, value in (credentials.get("params") or {}).items()}
    if credentials.get("token"):
        params[str(credentials.get("token_name") or "token")] = str(credentials["token"])
    return params
