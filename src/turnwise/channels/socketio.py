"""The Socket.IO channel: a web page's chat window over WebSocket or long polling."""

from __future__ import annotations

import importlib
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from turnwise.channels.channel import Credentials, InputChannel, OnMessage, OutputChannel, UserMessage
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.webhook import channel_routes, user_message
from turnwise.errors import BadMessage, UsageError

if TYPE_CHECKING:
    from sanic import Blueprint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketIoSettings:
    """What may stand under `socketio` in credentials.yml."""

    user_message_evt: str = "user_uttered"
    """Event that carries a user's message."""
    bot_message_evt: str = "bot_uttered"
    """Event that carries an answer."""
    namespace: str | None = None
    session_persistence: bool = False
    """Whether a conversation outlives its connection: the page then keeps and sends a session id."""
    socketio_path: str = "/socket.io"
    jwt_key: str | None = None
    """Connections without a token signed with this key are refused."""
    jwt_method: str = "HS256"
    metadata_key: str = "metadata"


class SocketIoOutput(RenderedOutput):
    """Emits messages to everyone in the room of a conversation."""

    name: str = "socketio"

    def __init__(self, server: Any, settings: SocketIoSettings) -> None:
        self._server = server
        self._event = settings.bot_message_evt
        self._namespace = settings.namespace

    async def emit(self, recipient_id: str, message: Any) -> None:
        """Sends one message to a conversation."""
        await self._server.emit(self._event, message, room=recipient_id, namespace=self._namespace)

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        for part in paragraphs(text):
            await self.emit(recipient_id, {"text": part})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        """Sends each paragraph; what can be chosen goes with the last one."""
        parts = paragraphs(text or "")
        choices = [
            {"content_type": "text", "title": button.get("title"), "payload": button.get("payload")}
            for button in buttons
        ]
        for number, part in enumerate(parts, 1):
            replies = choices if number == len(parts) else []
            await self.emit(recipient_id, {"text": part, "quick_replies": replies})

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        await self.emit(recipient_id, {"attachment": {"type": "image", "payload": {"src": image}}})

    async def send_elements(
        self, recipient_id: str, elements: Sequence[Mapping[str, Any]], **extra: Any
    ) -> None:
        for element in elements:
            payload = {"template_type": "generic", "elements": element}
            await self.emit(recipient_id, {"attachment": {"type": "template", "payload": payload}})

    async def send_attachment(self, recipient_id: str, attachment: Any, **extra: Any) -> None:
        await self.emit(recipient_id, {"attachment": attachment})

    async def send_custom_json(self, recipient_id: str, custom: Any, **extra: Any) -> None:
        """The payload's keys are the arguments of Socket.IO's `emit`."""
        options = dict(custom)
        data = options.pop("data", None)
        options.setdefault("room", recipient_id)
        options.setdefault("namespace", self._namespace)
        await self._server.emit(self._event, data, **options)


class SocketIoChannel(InputChannel):
    """Messages over Socket.IO; the routes below /webhooks/socketio only tell that it is there."""

    def __init__(self, settings: SocketIoSettings) -> None:
        """
        Raises:
            UsageError: python-socketio, or PyJWT for `jwt_key`, is not installed.
        """
        try:
            socketio: Any = importlib.import_module("socketio")
        except ModuleNotFoundError as error:
            raise UsageError("python-socketio is not installed: pip install turnwise[socketio]") from error
        self._settings = settings
        # Which pages may connect is decided where it is for all routes: --cors.
        self._server: Any = socketio.AsyncServer(async_mode="sanic", cors_allowed_origins=[])

    @classmethod
    def name(cls) -> str:
        return "socketio"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> SocketIoChannel:
        try:
            return cls(msgspec.convert(credentials, SocketIoSettings, strict=False))
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from error

    def get_output_channel(self) -> OutputChannel:
        """Reaches everyone who is connected at the time."""
        return SocketIoOutput(self._server, self._settings)

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """A health route; the handlers of Socket.IO are attached to the application itself."""
        from sanic import Blueprint

        server, path = self._server, self._settings.socketio_path

        class SocketIoRoutes(Blueprint):
            def register(self, app: Any, options: Any) -> None:
                server.attach(app, path.strip("/"))
                super().register(app, options)  # type: ignore[no-untyped-call]

        routes = channel_routes(self.name(), SocketIoRoutes)
        self._add_handlers(on_message)

        @routes.before_server_stop
        async def hang_up(*_: object) -> None:
            await server.shutdown()

        return routes

    def _add_handlers(self, on_message: OnMessage) -> None:
        namespace = self._settings.namespace

        async def connect(sid: str, environ: object, auth: Any = None) -> bool:
            return self.may_connect(auth)

        async def session_request(sid: str, data: Any = None) -> None:
            session_id = (data or {}).get("session_id") or uuid.uuid4().hex
            if self._settings.session_persistence:
                await self._server.enter_room(sid, session_id, namespace=namespace)
            await self._server.emit("session_confirm", session_id, room=sid, namespace=namespace)

        async def user_message(sid: str, data: Any) -> None:
            message = self.message_of(sid, data)
            if message is not None:
                await on_message(message)

        self._server.on("connect", connect, namespace=namespace)
        self._server.on("session_request", session_request, namespace=namespace)
        self._server.on(self._settings.user_message_evt, user_message, namespace=namespace)

    def may_connect(self, auth: Any) -> bool:
        """Whether the handshake brings a valid token, where one is asked for."""
        if not self._settings.jwt_key:
            return True
        import jwt

        token = str(auth.get("token") or "") if isinstance(auth, Mapping) else ""
        try:
            jwt.decode(
                token.removeprefix("Bearer "), self._settings.jwt_key, algorithms=[self._settings.jwt_method]
            )
        except jwt.PyJWTError:
            log.error("socketio.refused reason=token")
            return False
        return True

    def message_of(self, sid: str, data: Any) -> UserMessage | None:
        """The message that a page sent over the connection `sid`; None where it is none."""
        if not isinstance(data, Mapping) or not isinstance(data.get("message"), str):
            log.warning("socketio.no_message")
            return None
        sender = data.get("session_id") if self._settings.session_persistence else sid
        if not isinstance(sender, str) or not sender:
            log.warning("socketio.no_session reason=session_persistence needs a session_id")
            return None
        try:
            return user_message(
                self.name(),
                text=data["message"],
                sender=sender,
                output=self.get_output_channel(),
                metadata=self._metadata(data),
                message_id=str(data.get("message_id") or "") or None,
            )
        except BadMessage as error:
            log.warning("socketio.refused reason=%s", error.problem)
            return None

    def _metadata(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        given = data.get(self._settings.metadata_key)
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except ValueError:
                log.warning("socketio.bad_metadata")
                return {}
        return given or {}
