"""Work that one of many workers does for all, for as long as it lives."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from turnwise.storage.sql_schema import LEASES

_TAKE = (
    sa.update(LEASES)
    .where(
        LEASES.c.name == sa.bindparam("lease"),
        sa.or_(LEASES.c.holder == sa.bindparam("me"), LEASES.c.expires < sa.bindparam("now")),
    )
    .values(holder=sa.bindparam("me"), expires=sa.bindparam("until"))
)


class Lease:
    """One kind of work; whoever takes the lease does it until the lease runs out or is taken again."""

    def __init__(
        self,
        name: str,
        *,
        seconds: float,
        holder: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            seconds: How long a worker that has died keeps the others waiting.
            holder: What tells this worker from others; None: something new.
        """
        self._name = name
        self._seconds = seconds
        self._clock = clock
        self._me = holder or uuid.uuid4().hex

    def take(self, connection: sa.Connection) -> bool:
        """Whether the work is this worker's now; to be asked in the transaction that begins the work."""
        now = self._clock()
        values = {"lease": self._name, "me": self._me, "now": now, "until": now + self._seconds}
        if connection.execute(_TAKE, values).rowcount:
            return True
        try:
            with connection.begin_nested():
                row = {"name": self._name, "holder": self._me, "expires": now + self._seconds}
                connection.execute(sa.insert(LEASES), row)
        except sa.exc.IntegrityError:
            return False  # another worker has it
        return True
