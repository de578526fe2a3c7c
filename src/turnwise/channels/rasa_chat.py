"""The channel of Rasa X's chat: REST, for users whom Rasa X vouches for with signed tokens."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from turnwise.channels.channel import Credentials, OnMessage, OutputChannel, UserMessage
from turnwise.channels.collector import Collector, MessageBody
from turnwise.channels.rest import Incoming, RestChannel, turn_succeeds
from turnwise.channels.webhook import BAD_MESSAGE, NOT_KEPT, Refusal, channel_routes, needed
from turnwise.errors import BadMessage
from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

MAY_SPEAK_FOR_OTHERS = "clientEvents:create"
"""The scope of users who may write in any conversation."""


class _Incoming(Incoming, frozen=True, kw_only=True):
    """As in REST; `conversation_id` takes the place of the sender."""

    conversation_id: str | None = None


class RasaChatChannel(RestChannel):
    """Messages of users that carry `Authorization: Bearer <token>`, signed by the server at `url`."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: Base address of the API that tells the public key under `/version`.
        """
        self._url = url.rstrip("/")
        self._key: str | None = None
        self._algorithm = "RS256"

    @classmethod
    def name(cls) -> str:
        return "rasa"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> RasaChatChannel:
        return cls(*needed(credentials, cls.name(), "url"))

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` takes messages of users with a valid token, others get status 401."""
        from sanic.exceptions import Unauthorized
        from sanic.response import raw

        routes = channel_routes(self.name())

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="The message.", kind=_Incoming),
            answers={
                200: Content(about="The answer.", kind=list[MessageBody]),
                400: BAD_MESSAGE,
                401: Content(about="There is no valid token in `Authorization`.", kind=Refusal),
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes a message of a user whom a signed token vouches for."""
            user = await self._user(request.headers.get("authorization", ""))
            if user is None:
                raise Unauthorized("a valid token is needed")
            collector = Collector()
            message = self.message_of(request.body, user, collector)
            answered = message is not None and await turn_succeeds(on_message, message)
            messages = collector.messages if answered else []
            return raw(msgspec.json.encode(messages), content_type="application/json")

        return routes

    def message_of(self, body: bytes, user: Mapping[str, Any], output: OutputChannel) -> UserMessage | None:
        """The message in a request's body, in the conversation of `user` or in one they may write in.

        Raises:
            BadMessage: the body makes no sense, or names a conversation that `user` may not write in.
        """
        try:
            incoming = msgspec.json.decode(body, type=_Incoming)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadMessage(channel="rasa", problem=str(error)) from error
        if incoming.message is None:
            return None
        username = str(user.get("username") or "")
        wanted = incoming.conversation_id or username
        if wanted != username and MAY_SPEAK_FOR_OTHERS not in (user.get("scopes") or ()):
            raise BadMessage(channel="rasa", problem="this user may not write in that conversation")
        return self.as_message(msgspec.structs.replace(incoming, sender=wanted), output)

    async def _user(self, header: str) -> Mapping[str, Any] | None:
        """The payload of a bearer token; None if it is not valid."""
        import jwt

        scheme, _, token = header.partition(" ")
        key = await self._public_key()
        if scheme.lower() != "bearer" or key is None:
            return None
        try:
            claims: Mapping[str, Any] = jwt.decode(token, key, algorithms=[self._algorithm])
        except jwt.PyJWTError:
            return None
        return claims

    async def _public_key(self) -> str | None:
        """The key that tokens are signed with; asked for once."""
        import aiohttp

        if self._key is None:
            try:
                async with aiohttp.ClientSession() as session, session.get(f"{self._url}/version") as answer:
                    entry = (await answer.json())["keys"][0]
                self._key, self._algorithm = str(entry["key"]), str(entry.get("alg", "RS256"))
            except (aiohttp.ClientError, TimeoutError, KeyError, IndexError, ValueError) as error:
                log.error("channel.no_public_key url=%s error=%r", self._url, error)
        return self._key
