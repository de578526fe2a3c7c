"""Reminders as rows: any worker fires one when it is due, and one worker only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from turnwise.dialogue.events import ReminderCancelled, ReminderScheduled
from turnwise.storage.event_text import event_text, events_from_texts
from turnwise.storage.sql_database import SqlDatabase
from turnwise.storage.sql_doors import enter_alone
from turnwise.storage.sql_schema import REMINDERS

LEASE_SECONDS = 120.0
"""How long a worker may take to fire a reminder; if it has died, another one fires it after that time."""
BATCH = 50
"""Reminders that a worker takes at a time."""


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder that this worker has to fire."""

    number: int
    sender_id: str
    channel: str | None
    """Name of the output channel of the turn that scheduled it."""
    reminder: ReminderScheduled


class SqlReminders:
    """The table of reminders, beside the conversations that they belong to."""

    def __init__(self, database: SqlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add(self, sender_id: str, reminder: ReminderScheduled, due: float, channel: str | None) -> None:
        """Keeps a reminder; one of the same name in the same conversation is replaced."""
        row = {
            "sender_id": sender_id,
            "name": reminder.name[:255],
            "due": due,
            "channel": channel,
            "data": event_text(reminder.to_json()),
            "leased_until": 0.0,
        }
        same = sa.and_(REMINDERS.c.sender_id == sender_id, REMINDERS.c.name == row["name"])

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(REMINDERS).where(same))
            connection.execute(sa.insert(REMINDERS), row)

        await self._database.write(work)

    async def cancel(self, sender_id: str, cancelled: ReminderCancelled) -> None:
        """Drops the reminders of a conversation that match every field that `cancelled` gives."""
        # Not its JSON: as in Rasa, that leaves these fields out.
        fields = {name: getattr(cancelled, name) for name in ("name", "intent", "entities")}
        wanted = {name: value for name, value in fields.items() if value is not None}
        of_sender = REMINDERS.c.sender_id == sender_id

        def work(connection: sa.Connection) -> None:
            rows = connection.execute(sa.select(REMINDERS.c.id, REMINDERS.c.data).where(of_sender)).all()
            matching = [row[0] for row in rows if _matches(_reminder(row[1]), wanted)]
            connection.execute(sa.delete(REMINDERS).where(REMINDERS.c.id.in_(matching)))

        await self._database.write(work)

    async def take_due(self) -> Sequence[DueReminder]:
        """Reminders that are due and nobody else fires; they are this worker's for LEASE_SECONDS."""
        now = self._clock()
        free = sa.and_(REMINDERS.c.due <= now, REMINDERS.c.leased_until <= now)
        columns = (REMINDERS.c.id, REMINDERS.c.sender_id, REMINDERS.c.channel, REMINDERS.c.data)
        oldest = sa.select(*columns).where(free).order_by(REMINDERS.c.due).limit(BATCH)

        def work(connection: sa.Connection) -> list[DueReminder]:
            enter_alone(connection, REMINDERS.name)
            rows: Sequence[Any] = connection.execute(oldest).all()
            taken = sa.update(REMINDERS).where(REMINDERS.c.id.in_([row[0] for row in rows]))
            connection.execute(taken.values(leased_until=now + LEASE_SECONDS))
            return [DueReminder(row[0], row[1], row[2], _reminder(row[3])) for row in rows]

        if not await self._database.read(lambda connection: connection.execute(oldest.limit(1)).first()):
            return ()
        return await self._database.write(work)

    async def next_due(self) -> float | None:
        """When the next reminder that nobody fires is due; None if there is none."""
        first = sa.select(sa.func.min(REMINDERS.c.due)).where(REMINDERS.c.leased_until <= self._clock())
        found: float | None = await self._database.read(lambda connection: connection.execute(first).scalar())
        return found

    async def done(self, number: int) -> None:
        """A reminder has fired."""
        gone = sa.delete(REMINDERS).where(REMINDERS.c.id == number)
        await self._database.write(lambda connection: connection.execute(gone).rowcount)


def _reminder(text: str) -> ReminderScheduled:
    (event,) = events_from_texts([text])
    assert isinstance(event, ReminderScheduled)
    return event


def _matches(reminder: ReminderScheduled, wanted: dict[str, Any]) -> bool:
    return all(getattr(reminder, field) == value for field, value in wanted.items())
