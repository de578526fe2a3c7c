"""The SQL lock store: several workers share their locks through a database they have anyway."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from types import TracebackType

import sqlalchemy as sa

from turnwise.errors import LockError, StorageError
from turnwise.storage.lock_store import lock_lifetime
from turnwise.storage.locks import MemoryLockStore
from turnwise.storage.sql_database import SqlDatabase
from turnwise.storage.sql_doors import build_doors, enter_alone
from turnwise.storage.sql_leases import Lease
from turnwise.storage.sql_schema import LEASES
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.sql_types import Name, Seconds

log = logging.getLogger(__name__)

PAUSES = (0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds between looks at whose turn it is; the last one ever after. Databases do not call."""
DEFAULT_DB = "locks.db"
"""The database when none is named: not that of the conversations, whose writers would have to wait."""

METADATA = sa.MetaData()
LOCKS = sa.Table(
    "turnwise_locks",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", Name(255), nullable=False, index=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("expires", Seconds, nullable=False),
)
"""Tickets: of one conversation, the smallest id that has not expired holds the lock."""

LEASES.to_metadata(METADATA)

_line = LOCKS.c.conversation_id == sa.bindparam("line")
_mine = LOCKS.c.holder == sa.bindparam("me")
_DROP_EXPIRED = sa.delete(LOCKS).where(_line, LOCKS.c.expires < sa.bindparam("now"), ~_mine)
_FIRST = sa.select(LOCKS.c.holder).where(_line).order_by(LOCKS.c.id).limit(1)
_RENEW = sa.update(LOCKS).where(_mine).values(expires=sa.bindparam("until"))
_LEAVE = sa.delete(LOCKS).where(_mine)


class SqlLockStore:
    """Keeps tickets in a table. Workers of one machine, or of several whose clocks agree, share it."""

    is_shared = True

    def __init__(
        self,
        settings: SqlSettings,
        *,
        lifetime: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            lifetime: Seconds after which a holder loses its lock; None takes TICKET_LOCK_LIFETIME.

        Raises:
            StorageError: there is no such dialect, or its driver is not installed.
        """
        self.lifetime = lock_lifetime() if lifetime is None else lifetime
        self._clock = clock
        self._database = SqlDatabase(
            settings if settings.db != SqlSettings().db else replace(settings, db=DEFAULT_DB)
        )
        self._in_this_process = MemoryLockStore(lifetime=self.lifetime)
        self._has_tables = False
        self._me = uuid.uuid4().hex

    def hold(self, conversation_id: str) -> _Ticket:
        """A ticket; entering it waits for its turn, first among those of this process."""
        return _Ticket(self, self._in_this_process.hold(conversation_id), conversation_id)

    async def lease(self, name: str, seconds: float) -> bool:
        """Takes the row of `name`, unless it is another worker's."""
        lease = Lease(name, seconds=seconds, holder=self._me, clock=self._clock)

        def work(connection: sa.Connection) -> bool:
            self._create_tables(connection)
            return lease.take(connection)

        try:
            return await self._database.write(work)
        except StorageError as error:
            raise LockError(str(error)) from error

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()

    async def enter(self, conversation_id: str, me: str) -> None:
        """Puts `me` in line, and returns when its turn has come.

        Raises:
            LockError: the database cannot be used.
        """
        try:
            if await self._database.write(lambda connection: self._join(connection, conversation_id, me)):
                return
            looks = 0
            while not await self._database.write(lambda c: self._is_first(c, conversation_id, me)):
                await asyncio.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
                looks += 1
        except StorageError as error:
            raise LockError(str(error)) from error
        except asyncio.CancelledError:
            await asyncio.shield(self.leave(me))
            raise

    async def leave(self, me: str) -> None:
        """Gives the ticket back; if that fails it expires by itself."""
        try:
            await self._database.write(lambda connection: connection.execute(_LEAVE, {"me": me}).rowcount)
        except StorageError as error:
            log.warning("lock.not_given_back error=%s", error)

    def _join(self, connection: sa.Connection, line: str, me: str) -> bool:
        self._create_tables(connection)
        # Without it, a ticket with a smaller number might be in a transaction that is not over yet.
        enter_alone(connection, f"line {line}")
        row = {"conversation_id": line, "holder": me, "expires": self._clock() + self.lifetime}
        connection.execute(sa.insert(LOCKS), row)
        return self._is_first(connection, line, me)

    def _create_tables(self, connection: sa.Connection) -> None:
        if not self._has_tables:
            build_doors(connection)
            enter_alone(connection, LOCKS.name)
            METADATA.create_all(connection)
            self._has_tables = True

    def _is_first(self, connection: sa.Connection, line: str, me: str) -> bool:
        """Whether it is the turn of `me`; either way its ticket lives on."""
        now = self._clock()
        connection.execute(_DROP_EXPIRED, {"line": line, "now": now, "me": me})
        connection.execute(_RENEW, {"me": me, "until": now + self.lifetime})
        return connection.execute(_FIRST, {"line": line}).scalar() == me


class _Ticket:
    """One place in the line of a conversation."""

    __slots__ = ("_conversation_id", "_local", "_me", "_store")

    def __init__(
        self, store: SqlLockStore, local: AbstractAsyncContextManager[None], conversation_id: str
    ) -> None:
        self._store = store
        self._local = local
        self._conversation_id = conversation_id
        self._me = uuid.uuid4().hex

    async def __aenter__(self) -> None:
        await self._local.__aenter__()
        try:
            await self._store.enter(self._conversation_id, self._me)
        except BaseException:
            await self._local.__aexit__(None, None, None)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._store.leave(self._me)
        await self._local.__aexit__(kind, error, trace)
