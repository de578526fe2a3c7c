"""Events in a table of their own, for other programs to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from turnwise.storage.event_broker import Outgoing
from turnwise.storage.sql_database import SqlDatabase
from turnwise.storage.sql_settings import SqlSettings

METADATA = sa.MetaData()

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255)),
    sa.Column("data", sa.Text),
)

DEFAULT_DB = "events.db"
"""The database when none is named."""


class SqlBroker:
    """Adds a row a message."""

    def __init__(self, settings: SqlSettings) -> None:
        """
        Raises:
            StorageError: there is no such dialect, or its driver is not installed.
        """
        named = settings if settings.db != SqlSettings().db else replace(settings, db=DEFAULT_DB)
        self._database = SqlDatabase(named)
        self._has_table = False

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Adds the rows in one transaction."""
        rows = [{"sender_id": message.sender_id, "data": message.text} for message in messages]

        def work(connection: sa.Connection) -> None:
            if not self._has_table:
                METADATA.create_all(connection)
            if rows:
                connection.execute(sa.insert(EVENTS), rows)

        await self._database.write(work)
        self._has_table = True

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()
