"""Reminders in the database: they fire once, whoever is there when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from turnwise.channels.channel import OutputChannel
from turnwise.channels.collector import Collector
from turnwise.dialogue.events import ReminderCancelled, ReminderScheduled
from turnwise.server import reminders as module
from turnwise.server.reminders import StoredReminders
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_reminders import LEASE_SECONDS, SqlReminders
from turnwise.storage.sql_settings import SqlSettings


class Clock:
    """A clock that the test sets."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def reminder(name: str, at: float, *, intent: str = "wake") -> ReminderScheduled:
    return ReminderScheduled(intent=intent, name=name, date_time=datetime.fromtimestamp(at, UTC).isoformat())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Sequence[SqlTrackerStore]]:
    """Two workers' connections to one database."""
    settings = SqlSettings(db=str(tmp_path / "t.db"))
    opened = [await SqlTrackerStore.open(settings) for _ in range(2)]
    yield opened
    for store in opened:
        await store.close()


@pytest.fixture
def tables(stores: Sequence[SqlTrackerStore], clock: Clock) -> Sequence[SqlReminders]:
    return [SqlReminders(store.database, clock) for store in stores]


async def test_a_reminder_is_taken_once_when_it_is_due(tables: Sequence[SqlReminders], clock: Clock) -> None:
    """Not before its time, and by one worker only."""
    one, other = tables
    await one.add("ada", reminder("r", clock.now + 10), clock.now + 10, "callback")
    assert not await other.take_due()
    assert await other.next_due() == clock.now + 10

    clock.now += 10
    taken = [*await one.take_due(), *await other.take_due()]
    assert [(due.sender_id, due.channel, due.reminder.name) for due in taken] == [("ada", "callback", "r")]
    await one.done(taken[0].number)
    clock.now += 2 * LEASE_SECONDS
    assert not await other.take_due()


async def test_what_a_dead_worker_took_is_taken_again(tables: Sequence[SqlReminders], clock: Clock) -> None:
    """When the lease of a worker that never finished has run out."""
    one, other = tables
    await one.add("ada", reminder("r", clock.now), clock.now, None)
    assert len(await one.take_due()) == 1
    clock.now += LEASE_SECONDS + 1
    assert len(await other.take_due()) == 1


async def test_names_belong_to_conversations(tables: Sequence[SqlReminders], clock: Clock) -> None:
    """The later reminder of a name replaces the earlier one of the same conversation, and no other."""
    table = tables[0]
    for sender, intent in [("ada", "first"), ("bob", "other"), ("ada", "second")]:
        await table.add(sender, reminder("r", clock.now, intent=intent), clock.now, None)
    taken = await table.take_due()
    assert sorted((due.sender_id, due.reminder.intent) for due in taken) == [
        ("ada", "second"),
        ("bob", "other"),
    ]


@pytest.mark.parametrize(
    ("cancelled", "left"),
    [
        (ReminderCancelled(), []),
        (ReminderCancelled(name="a"), ["b"]),
        (ReminderCancelled(intent="wake"), []),
        (ReminderCancelled(name="a", intent="other"), ["a", "b"]),
    ],
)
async def test_cancelling(
    tables: Sequence[SqlReminders], clock: Clock, cancelled: ReminderCancelled, left: list[str]
) -> None:
    """Reminders that match every given field go."""
    table = tables[0]
    for name in ("a", "b"):
        await table.add("ada", reminder(name, clock.now), clock.now, None)
    await table.cancel("ada", cancelled)
    assert sorted(due.reminder.name for due in await table.take_due()) == left


async def test_workers_fire_what_is_due(
    tables: Sequence[SqlReminders], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two workers that watch, one fires; what was scheduled before a restart fires after it."""
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.01)
    await tables[0].add("ada", reminder("from before", clock.now), clock.now, None)
    fired: asyncio.Queue[str] = asyncio.Queue()

    async def fire(sender_id: str, due: ReminderScheduled, output: OutputChannel) -> None:
        await fired.put(due.name)

    workers = [StoredReminders(fire, table, [], clock) for table in tables]
    async with asyncio.timeout(5):
        assert await fired.get() == "from before"
        workers[0].schedule("ada", reminder("now", clock.now), Collector())
        assert await fired.get() == "now"
    await asyncio.wait([asyncio.create_task(fired.get())], timeout=0.1)
    assert fired.empty()
    for worker in workers:
        worker.close()
    while any(worker._running for worker in workers):
        await asyncio.gather(*(task for worker in workers for task in worker._running))
