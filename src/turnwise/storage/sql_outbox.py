"""Outgoing events in the tracker store's own database: neither a crash nor an absent broker loses one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from turnwise.storage.event_broker import Outgoing
from turnwise.storage.outbox import BATCH
from turnwise.storage.sql_database import SqlDatabase
from turnwise.storage.sql_leases import Lease
from turnwise.storage.sql_schema import OUTBOX

LEASE_SECONDS = 60.0
"""Longer than a broker may take for a batch; else another worker would send it too."""

_OLDEST = sa.select(OUTBOX.c.id, OUTBOX.c.sender_id, OUTBOX.c.data).order_by(OUTBOX.c.id).limit(BATCH)
_DELETE = sa.delete(OUTBOX).where(OUTBOX.c.id.in_(sa.bindparam("ids", expanding=True)))


class SqlShelf:
    """The rows of `turnwise_outbox`; one worker at a time sends them, which keeps them in order."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._lease = Lease("outbox", seconds=LEASE_SECONDS)

    async def waiting(self) -> Sequence[tuple[int, Outgoing]]:
        """The oldest rows, if they are this worker's to send."""
        if not await self._database.read(lambda connection: connection.execute(_OLDEST.limit(1)).first()):
            return ()

        def work(connection: sa.Connection) -> list[tuple[int, Outgoing]]:
            if not self._lease.take(connection):
                return []
            rows = connection.execute(_OLDEST).all()
            return [(row[0], Outgoing(row[1], row[2])) for row in rows]

        return await self._database.write(work)

    async def done(self, numbers: Sequence[int]) -> None:
        """Deletes rows. By their ids: one with a smaller id may have been committed meanwhile."""
        values = {"ids": list(numbers)}
        await self._database.write(lambda connection: connection.execute(_DELETE, values).rowcount)
