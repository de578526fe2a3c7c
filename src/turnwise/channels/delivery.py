"""What channels of other services share: calls to the service, and turns that go on after the request."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from turnwise.errors import TurnwiseError

if TYPE_CHECKING:
    import aiohttp
    from sanic import Blueprint

log = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds a service has to take a message."""
ATTEMPTS = 5
"""How often channels try to send a message."""
PAUSE = 0.05
"""Seconds before the second attempt; each further pause is twice as long."""
LONGEST_PAUSE = 10.0
"""Seconds to wait at most, whatever a service asks for."""


def basic_auth(user: str, password: str) -> dict[str, str]:
    """The header of HTTP basic authentication (RFC 7617)."""
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


class NotDelivered(TurnwiseError):
    """A service could not be reached, or did not take a message."""

    def __init__(self, problem: str, *, is_final: bool = False, pause: float | None = None) -> None:
        """
        Args:
            is_final: Whether the same request would be refused again.
            pause: Seconds that the service wants to be left in peace.
        """
        super().__init__(problem)
        self.is_final = is_final
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    status: int
    body: bytes
    retry_after: str = ""
    """What the service says of when it wants to be asked again."""

    @property
    def pause(self) -> float | None:
        """Seconds that the service wants to be left in peace; None if it does not say."""
        return min(float(self.retry_after), LONGEST_PAUSE) if self.retry_after.isdigit() else None

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            NotDelivered: it is none.
        """
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise NotDelivered(f"the service answers no JSON: {self.body[:200]!r}") from error


class Service:
    """Calls to one service over kept-alive connections, and the turns whose answers it will get."""

    def __init__(self, name: str, *, headers: Mapping[str, str] | None = None) -> None:
        """
        Args:
            name: What logs and errors call the service.
            headers: Sent with every call.
        """
        self.name = name
        self._headers = dict(headers or {})
        self._session: aiohttp.ClientSession | None = None
        self._turns: set[asyncio.Task[None]] = set()

    async def call(self, method: str, url: str, **options: Any) -> Reply:
        """One request; `options` are those of aiohttp: `json`, `data`, `params`, `headers`, `auth`.

        Raises:
            NotDelivered: nobody answers.
        """
        import aiohttp

        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT)
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        try:
            async with self._session.request(method, url, **options) as response:
                later = response.headers.get("Retry-After", "")
                return Reply(response.status, await response.read(), later)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotDelivered(f"{self.name} cannot be reached: {error!r}") from error

    async def send(self, method: str, url: str, *, attempts: int = 1, **options: Any) -> Reply:
        """As `call`, for what the service has to accept.

        Args:
            attempts: How often it is tried, with pauses, while the service may change its mind.

        Raises:
            NotDelivered: nobody answers, or the last answer is an error.
        """
        for attempt in range(1, attempts):
            try:
                return await self._accepted(method, url, **options)
            except NotDelivered as error:
                if error.is_final:
                    raise
                log.warning("channel.not_delivered attempt=%s error=%s", attempt, error)
                await asyncio.sleep(PAUSE * 2 ** (attempt - 1) if error.pause is None else error.pause)
        return await self._accepted(method, url, **options)

    async def _accepted(self, method: str, url: str, **options: Any) -> Reply:
        reply = await self.call(method, url, **options)
        if reply.status >= 400:
            raise NotDelivered(
                f"{self.name} answers {reply.status}: {reply.body[:300]!r}",
                is_final=reply.status < 500 and reply.status not in (408, 429),
                pause=reply.pause,
            )
        return reply

    def go_on(self, turn: Coroutine[Any, Any, object]) -> None:
        """Lets `turn` go on after the request that began it was answered."""
        task = asyncio.get_running_loop().create_task(self._logged(turn))
        self._turns.add(task)  # a task that nobody holds may be collected before it ends
        task.add_done_callback(self._turns.discard)

    async def _logged(self, turn: Coroutine[Any, Any, object]) -> None:
        try:
            await turn
        except Exception:
            log.exception("channel.turn_failed service=%s", self.name)

    def close_with(self, routes: Blueprint) -> None:
        """When the server stops: lets the turns end, then closes the connections."""

        @routes.before_server_stop
        async def finish(*_: object) -> None:
            if self._turns:
                await asyncio.wait(self._turns, timeout=TIMEOUT)

        @routes.after_server_stop
        async def close(*_: object) -> None:
            if self._session is not None:
                await self._session.close()
                self._session = None
