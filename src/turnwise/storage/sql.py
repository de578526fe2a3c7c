"""The SQL tracker store: Rasa's `events` table, in SQLite, PostgreSQL, MySQL and their like."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa

from turnwise.dialogue.events import Event, SessionStarted
from turnwise.errors import ConversationMoved, StorageError
from turnwise.storage.event_broker import outgoing
from turnwise.storage.event_text import events_from_texts
from turnwise.storage.sql_database import SqlDatabase, create_database
from turnwise.storage.sql_doors import enter_alone
from turnwise.storage.sql_prepared import Prepared, PreparedInsert
from turnwise.storage.sql_schema import (
    EVENT_COLUMNS,
    EVENTS,
    OUTBOX,
    REMINDERS,
    SNAPSHOTS,
    create_tables,
    event_row,
)
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import Saved

log = logging.getLogger(__name__)

RECONNECT_PAUSE = 5.0
"""Seconds between tries to reach the database when the server starts."""
PAGE = 1000
"""Conversations listed with one query."""

Rows = Sequence[Any]
"""Result rows of (id, data)."""

_sender: sa.BindParameter[str] = sa.bindparam("sender")
_position: sa.BindParameter[int] = sa.bindparam("position")
_OF_SENDER = EVENTS.c.sender_id == _sender

_LAST = sa.select(sa.func.max(EVENTS.c.id)).where(_OF_SENDER)
_SNAPSHOT = sa.select(SNAPSHOTS.c.position, SNAPSHOTS.c.data).where(SNAPSHOTS.c.sender_id == _sender)
_FROM = (
    sa.select(EVENTS.c.id, EVENTS.c.data).where(_OF_SENDER, EVENTS.c.id >= _position).order_by(EVENTS.c.id)
)
_SESSION_START = sa.select(sa.func.max(EVENTS.c.id)).where(
    _OF_SENDER, EVENTS.c.type_name == SessionStarted.kind
)
_INSERT_SNAPSHOT = sa.insert(SNAPSHOTS)
_UPDATE_SNAPSHOT = (
    sa.update(SNAPSHOTS)
    .where(SNAPSHOTS.c.sender_id == _sender)
    .values(position=sa.bindparam("new_position"), data=sa.bindparam("new_data"))
)
_DELETE = sa.delete(EVENTS).where(_OF_SENDER)
_DELETE_UNTIL = sa.delete(EVENTS).where(_OF_SENDER, EVENTS.c.id <= _position)
_DELETE_SNAPSHOT = sa.delete(SNAPSHOTS).where(SNAPSHOTS.c.sender_id == _sender)
_DELETE_OUTGOING = sa.delete(OUTBOX).where(OUTBOX.c.sender_id == _sender)
_DELETE_REMINDERS = sa.delete(REMINDERS).where(REMINDERS.c.sender_id == _sender)
_PAGE = (
    sa.select(EVENTS.c.sender_id, sa.func.max(EVENTS.c.id).label("last"))
    .where(EVENTS.c.sender_id > _sender)
    .group_by(EVENTS.c.sender_id)
    .order_by(EVENTS.c.sender_id)
    .limit(PAGE)
    .subquery()
)
_LAST_TIMES = (
    sa.select(_PAGE.c.sender_id, EVENTS.c.timestamp)
    .join(EVENTS, EVENTS.c.id == _PAGE.c.last)
    .order_by(_PAGE.c.sender_id)
)
_NAMES = (
    sa.select(EVENTS.c.sender_id)
    .where(EVENTS.c.sender_id > _sender)
    .distinct()
    .order_by(EVENTS.c.sender_id)
    .limit(PAGE)
)


class SqlTrackerStore:
    """Keeps conversations in a SQL database; the position of a conversation is the id of its last row."""

    session_includes_action = False
    replays_what_counts = False

    def __init__(self, database: SqlDatabase, *, fills_outbox: bool = False) -> None:
        """Works on a database whose tables exist; see `open`.

        Args:
            fills_outbox: Whether each event also goes, in the same transaction, to the outbox of a broker.
        """
        self.database = database
        dialect = database.engine.dialect
        self._last = Prepared(dialect, _LAST)
        self._from = Prepared(dialect, _FROM)
        self._insert = PreparedInsert(dialect, EVENTS, EVENT_COLUMNS)
        self._insert_outgoing = (
            PreparedInsert(dialect, OUTBOX, ("sender_id", "data")) if fills_outbox else None
        )

    @classmethod
    async def open(cls, settings: SqlSettings, *, fills_outbox: bool = False) -> SqlTrackerStore:
        """Connects and creates missing tables; a database server that is down is waited for.

        Raises:
            StorageError: the settings are wrong, or an SQLite file cannot be opened.
        """
        if settings.login_db:
            await asyncio.to_thread(create_database, settings)
        database = SqlDatabase(settings)
        while True:
            try:
                await database.write(create_tables)
                return cls(database, fills_outbox=fills_outbox)
            except StorageError as error:
                if database.is_sqlite:
                    raise
                log.warning("tracker_store.unreachable retry_in=%s error=%s", RECONNECT_PAUSE, error)
                await asyncio.sleep(RECONNECT_PAUSE)

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the rows after it, else those from the last `session_started` on."""

        def work(connection: sa.Connection) -> Saved | None:
            snapshot = connection.execute(_SNAPSHOT, {"sender": sender_id}).first()
            if snapshot:
                start = snapshot[0]
            else:
                start = connection.execute(_SESSION_START, {"sender": sender_id}).scalar()
            rows = self._from.rows(connection, {"sender": sender_id, "position": start or 0})
            if snapshot and rows and rows[0][0] == snapshot[0]:
                return _saved(rows[1:], snapshot[0], snapshot[1])
            return _saved(rows, 0) if rows else None

        return await self.database.read(work)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The rows behind the one with the id `position`."""
        rows = await self._rows_from(sender_id, position)
        if position == 0:
            return _saved(rows, 0)
        if not rows or rows[0][0] != position:
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        return _saved(rows[1:], position)

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every row of a conversation."""
        return events_from_texts(row[1] for row in await self._rows_from(sender_id, 0))

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Adds one row an event in one transaction, which also checks that nobody came first."""
        rows = [event_row(sender_id, event) for event in events]

        def work(connection: sa.Connection) -> int:
            enter_alone(connection, sender_id)
            last = self._position(connection, sender_id)
            if last != after:
                return self._position_if_ours(connection, sender_id, rows, after)
            position = self._add(connection, sender_id, rows) if rows else last
            if self._insert_outgoing is not None and rows:
                self._insert_outgoing.add(connection, [_outgoing_row(sender_id, event) for event in events])
            if snapshot is not None and position:
                _write_snapshot(connection, sender_id, position, snapshot)
            return position

        return await self.database.write(work)

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Writes `events` anew and deletes the rows before them."""
        rows = [event_row(sender_id, event) for event in events]

        def work(connection: sa.Connection) -> int:
            enter_alone(connection, sender_id)
            last = self._position(connection, sender_id)
            # The new rows come first: their ids must not be those of the rows that go.
            position = self._add(connection, sender_id, rows) if rows else 0
            connection.execute(_DELETE_UNTIL, {"sender": sender_id, "position": last})
            connection.execute(_DELETE_SNAPSHOT, {"sender": sender_id})
            return position

        return await self.database.write(work)

    async def delete(self, sender_id: str) -> bool:
        """Deletes the rows of a conversation, its snapshot, its reminders, and what was to be told of it."""

        def work(connection: sa.Connection) -> bool:
            enter_alone(connection, sender_id)
            connection.execute(_DELETE_SNAPSHOT, {"sender": sender_id})
            connection.execute(_DELETE_OUTGOING, {"sender": sender_id})
            connection.execute(_DELETE_REMINDERS, {"sender": sender_id})
            return connection.execute(_DELETE, {"sender": sender_id}).rowcount > 0

        return await self.database.write(work)

    async def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation, by name."""
        last = ""
        while True:
            after = last  # bound now: the query runs in another thread
            page = await self.database.read(
                lambda connection: connection.execute(_NAMES, {"sender": after}).scalars().all()  # noqa: B023
            )
            for name in page:
                yield name
            if len(page) < PAGE:
                return
            last = page[-1]

    async def idle(self, before: float) -> AsyncIterator[str]:
        """Those whose last row is older, by name; a page at a time, so that no query takes long."""
        last = ""
        while True:
            after = last  # bound now: the query runs in another thread
            page = await self.database.read(
                lambda connection: connection.execute(_LAST_TIMES, {"sender": after}).all()  # noqa: B023
            )
            for name, time in page:
                if time is not None and time < before:
                    yield name
            if len(page) < PAGE:
                return
            last = page[-1][0]

    async def close(self) -> None:
        """Ends work in progress and closes the connections."""
        await self.database.close()

    async def _rows_from(self, sender_id: str, position: int) -> Rows:
        values = {"sender": sender_id, "position": position}
        return await self.database.read(lambda connection: self._from.rows(connection, values))

    def _position(self, connection: sa.Connection, sender_id: str) -> int:
        return self._last.rows(connection, {"sender": sender_id})[0][0] or 0

    def _add(self, connection: sa.Connection, sender_id: str, rows: list[dict[str, Any]]) -> int:
        """Adds rows; returns the id of the last one."""
        self._insert.add(connection, rows)
        return self._position(connection, sender_id)

    def _position_if_ours(
        self, connection: sa.Connection, sender_id: str, rows: list[dict[str, Any]], after: int
    ) -> int:
        """The last id, if exactly `rows` stand behind `after`: they were committed unnoticed."""
        found = self._from.rows(connection, {"sender": sender_id, "position": after + 1})
        if not rows or [row[1] for row in found] != [row["data"] for row in rows]:
            raise ConversationMoved(f"conversation '{sender_id}' is no longer at {after}")
        return int(found[-1][0])


def _saved(rows: Rows, position: int, snapshot: bytes | None = None) -> Saved:
    events = events_from_texts(row[1] for row in rows)
    return Saved(events=events, position=rows[-1][0] if rows else position, snapshot=snapshot)


def _outgoing_row(sender_id: str, event: Event) -> dict[str, Any]:
    return {"sender_id": sender_id, "data": outgoing(sender_id, event).text}


def _write_snapshot(connection: sa.Connection, sender_id: str, position: int, data: bytes) -> None:
    values = {"sender": sender_id, "new_position": position, "new_data": data}
    if connection.execute(_UPDATE_SNAPSHOT, values).rowcount == 0:
        connection.execute(_INSERT_SNAPSHOT, {"sender_id": sender_id, "position": position, "data": data})
