"""One at a time: whoever enters a name waits for the transaction that is in it to end."""

from __future__ import annotations

import zlib

import sqlalchemy as sa

DOORS = 512
"""Rows to lock, in databases that can lock nothing else; names that share one wait for each other."""

METADATA = sa.MetaData()
_DOORS = sa.Table(
    "turnwise_doors", METADATA, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
)

_ADVISORY_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_ROW_LOCK = sa.select(_DOORS.c.id).where(_DOORS.c.id == sa.bindparam("door")).with_for_update()


def enter_alone(connection: sa.Connection, name: str) -> None:
    """Until the transaction ends, whoever else enters `name` waits."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(_ADVISORY_LOCK, {"name": name})
    elif dialect != "sqlite":  # SQLite's writers exclude each other as they are
        # Not the rows of the name itself: there may be none, and MySQL would lock the gap where they would
        # be, for those of other names as well; two who begin side by side then wait for each other.
        door = zlib.crc32(name.encode("utf-8", "surrogatepass")) % DOORS
        connection.execute(_ROW_LOCK, {"door": door})


def build_doors(connection: sa.Connection) -> None:
    """Makes what `enter_alone` needs; for databases that need nothing, nothing."""
    if connection.dialect.name in ("postgresql", "sqlite"):
        return
    METADATA.create_all(connection)
    if connection.execute(sa.select(sa.func.count()).select_from(_DOORS)).scalar():
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(_DOORS), [{"id": door} for door in range(DOORS)])
    except sa.exc.IntegrityError:
        return  # another worker was quicker
