"""A server of the project that Turnwise calls: action server, NLG server, remote NLU."""

from __future__ import annotations

import asyncio
import base64
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from turnwise.errors import ActionError
from turnwise.tracing import CLIENT, note, span
from turnwise.tracing import headers as trace_headers

if TYPE_CHECKING:
    import aiohttp


class EndpointUnreachable(ActionError):
    """Nobody answers at the address."""


class EndpointTimeout(ActionError):
    """No answer came in time."""


class BadAnswer(ActionError):
    """The answer came, but it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON; null if its content type says that it is none.

        Raises:
            BadAnswer: the body is not JSON.
        """
        if "json" not in self.content_type:
            return None
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise BadAnswer(f"the answer is not JSON: {error}") from error


@dataclass(slots=True, kw_only=True)
class HttpEndpoint:
    """An address, and one pool of kept-alive connections to it."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    basic_auth: tuple[str, str] | None = None
    """User name and password."""
    cafile: str | None = None
    timeout: float = 300.0
    """Seconds for a whole call."""
    compress: bool = False
    """Whether request bodies are deflated."""
    _session: aiohttp.ClientSession | None = None

    async def post(self, body: Any, *, path: str = "") -> Answer:
        """Posts `body` as JSON to the address, `path` appended.

        Raises:
            EndpointUnreachable, EndpointTimeout: there is no answer.
        """
        data = body if isinstance(body, bytes) else msgspec.json.encode(body, enc_hook=str)
        with span("call", CLIENT, url=self.url):
            return await self._post(data, path)

    async def _post(self, data: bytes, path: str) -> Answer:
        import aiohttp

        headers = {"Content-Type": "application/json", **trace_headers()}
        if self.compress:
            data = zlib.compress(data)
            headers["Content-Encoding"] = "deflate"
        url = self.url.rstrip("/") + path if path else self.url
        try:
            async with self._client().post(url, data=data, headers=headers, params=self.params) as answer:
                note(status=answer.status)
                return Answer(answer.status, answer.content_type, await answer.read())
        except TimeoutError as error:
            raise EndpointTimeout(f"no answer from {url} within {self.timeout:g} s") from error
        except aiohttp.ClientError as error:
            raise EndpointUnreachable(f"cannot reach {url}: {error}") from error

    def _client(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={**self._authorization(), **self.headers},
                timeout=aiohttp.ClientTimeout(total=self.timeout),
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls()),
                loop=asyncio.get_running_loop(),
            )
        return self._session

    def _authorization(self) -> dict[str, str]:
        if self.basic_auth is None:
            return {}
        words = base64.b64encode(":".join(self.basic_auth).encode()).decode()
        return {"Authorization": f"Basic {words}"}

    def _tls(self) -> ssl.SSLContext | bool:
        return ssl.create_default_context(cafile=self.cafile) if self.cafile else True

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
