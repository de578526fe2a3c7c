"""The lock store of one process: tickets in memory, served in order, nobody polls."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType

from turnwise.storage.lock_store import lock_lifetime


@dataclass(slots=True, kw_only=True)
class _Line:
    """Those who want one conversation."""

    holder: _Ticket
    expires: float
    """Loop time at which the holder loses its lock to the next in line."""
    waiting: deque[_Ticket] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None
    """Set while somebody waits."""


class MemoryLockStore:
    """Keeps the locks of the conversations of this process."""

    is_shared = False

    def __init__(self, *, lifetime: float | None = None) -> None:
        """
        Args:
            lifetime: Seconds after which a holder loses its lock; None takes TICKET_LOCK_LIFETIME.
        """
        self.lifetime = lock_lifetime() if lifetime is None else lifetime
        self._lines: dict[str, _Line] = {}

    def hold(self, conversation_id: str) -> _Ticket:
        """A ticket; entering it waits for its turn."""
        return _Ticket(self, conversation_id)

    async def lease(self, name: str, seconds: float) -> bool:
        """Always: there is no other worker."""
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def enter(self, ticket: _Ticket) -> asyncio.Future[None] | None:
        """Puts `ticket` in line; None when it is its turn already, else what to wait for."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(ticket.conversation_id)
        if line is None:
            self._lines[ticket.conversation_id] = _Line(holder=ticket, expires=loop.time() + self.lifetime)
            return None
        ticket.called = loop.create_future()
        line.waiting.append(ticket)
        if line.timer is None:
            line.timer = loop.call_at(line.expires, self._call_next, ticket.conversation_id)
        return ticket.called

    def leave(self, ticket: _Ticket) -> None:
        """Takes `ticket` out of the line, wherever in it it stands; one that expired is gone already."""
        line = self._lines.get(ticket.conversation_id)
        if line is None:
            return
        if line.holder is ticket:
            self._call_next(ticket.conversation_id)
        elif ticket in line.waiting:
            line.waiting.remove(ticket)

    def _call_next(self, conversation_id: str) -> None:
        line = self._lines[conversation_id]
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None
        if not line.waiting:
            del self._lines[conversation_id]
            return
        loop = asyncio.get_running_loop()
        line.holder = line.waiting.popleft()
        line.expires = loop.time() + self.lifetime
        if line.waiting:
            line.timer = loop.call_at(line.expires, self._call_next, conversation_id)
        assert line.holder.called is not None
        if not line.holder.called.done():
            line.holder.called.set_result(None)


class _Ticket:
    """One place in the line of a conversation."""

    __slots__ = ("_store", "called", "conversation_id")

    def __init__(self, store: MemoryLockStore, conversation_id: str) -> None:
        self._store = store
        self.conversation_id = conversation_id
        self.called: asyncio.Future[None] | None = None

    async def __aenter__(self) -> None:
        called = self._store.enter(self)
        if called is None:
            return
        try:
            await called
        except asyncio.CancelledError:
            self._store.leave(self)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.leave(self)
