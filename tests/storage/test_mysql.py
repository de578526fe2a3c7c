"""The SQL stores keep their contracts on a real MariaDB server, which speaks as MySQL does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from turnwise.dialogue.events import BotUttered, ReminderScheduled
from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.lock_contract import LockStoreContract, OpenLocks
from turnwise.storage.lock_store import LockStore
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_locks import SqlLockStore
from turnwise.storage.sql_outbox import SqlShelf
from turnwise.storage.sql_reminders import SqlReminders
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import TrackerStore


@pytest.fixture
async def store(maria_settings: SqlSettings) -> AsyncIterator[SqlTrackerStore]:
    opened = await SqlTrackerStore.open(maria_settings, fills_outbox=True)
    yield opened
    await opened.close()


class TestMysqlTrackerStore(TrackerStoreContract):
    """MySQL keeps the contract."""

    @pytest.fixture
    def store(self, store: SqlTrackerStore) -> TrackerStore:
        return store


class TestMysqlLockStore(LockStoreContract):
    """MySQL keeps the contract of lock stores."""

    @pytest.fixture
    async def open_locks(self, maria_settings: SqlSettings) -> AsyncIterator[OpenLocks]:
        opened: list[LockStore] = []

        def open_one(lifetime: float) -> LockStore:
            opened.append(SqlLockStore(maria_settings, lifetime=lifetime))
            return opened[-1]

        yield open_one
        for locks in opened:
            await locks.close()


async def test_a_lost_connection_loses_nothing(store: SqlTrackerStore, maria_settings: SqlSettings) -> None:
    """When the server drops every connection, the next turn is written all the same, once."""
    position = await store.append("ada", session_start(1), after=0)
    admin = sa.create_engine(maria_settings.url())
    with admin.connect() as connection:
        own = connection.execute(sa.text("SELECT connection_id()")).scalar()
        for (number,) in connection.execute(
            sa.text("SELECT id FROM information_schema.processlist WHERE db = database()")
        ).all():
            if number != own:
                connection.execute(sa.text(f"KILL {number}"))
    admin.dispose()
    await store.append("ada", turn("hi", 2), after=position)
    assert texts(await store.load_all("ada")) == texts([*session_start(1), *turn("hi", 2)])


async def test_long_texts_and_any_sign(store: SqlTrackerStore) -> None:
    """An event may be longer than 64 kB, and hold signs beyond the basic plane."""
    events = [BotUttered(text="🦜" * 40_000, timestamp=1.0)]
    await store.append("ada 🦜", events, after=0, snapshot=b"x" * 1_000_000)
    assert texts(await store.load_all("ada 🦜")) == texts(events)


async def test_names_are_told_apart_by_every_sign(store: SqlTrackerStore) -> None:
    """Upper case, accents and spaces at the end make other conversations."""
    names = ["ada", "Ada", "ádá", "ada "]
    for number, name in enumerate(names):
        await store.append(name, turn(f"{number}", 1), after=0)
    assert sorted([name async for name in store.sender_ids()]) == sorted(names)
    for number, name in enumerate(names):
        assert texts(await store.load_all(name)) == texts(turn(f"{number}", 1))


async def test_conversations_that_begin_side_by_side_do_not_wait_for_each_other(
    store: SqlTrackerStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is thrown out as a deadlock, to try again."""

    async def talk(name: str) -> None:
        position = await store.append(name, session_start(1), after=0)
        for number in range(5):
            position = await store.append(name, turn("hi", 2 + number), after=position, snapshot=b"state")

    await asyncio.gather(*(talk(f"user {number}") for number in range(40)))
    assert "Deadlock" not in caplog.text
    assert len(await store.load_all("user 7")) == 18


async def test_times_are_exact(store: SqlTrackerStore, maria_settings: SqlSettings) -> None:
    """A time is kept to the millisecond, though MySQL's FLOAT would be a minute off."""
    reminder = ReminderScheduled(intent="wake", name="r", date_time="2023-11-14T22:13:20+00:00")
    table = SqlReminders(store.database, clock=lambda: 1_700_000_000.0)
    await table.add("ada", reminder, 1_700_000_000.125, "rest")
    assert await table.next_due() == 1_700_000_000.125


async def test_the_outbox(store: SqlTrackerStore) -> None:
    """Events wait with their conversation; one worker sends them, in order."""
    await store.append("ada", session_start(1), after=0)
    one, other = SqlShelf(store.database), SqlShelf(store.database)
    waiting = await one.waiting()
    assert [message.sender_id for _, message in waiting] == ["ada"] * 3
    assert not await other.waiting()
    await one.done([number for number, _ in waiting])
    assert not await one.waiting()


async def test_reminders(store: SqlTrackerStore) -> None:
    """Kept once by name, taken once when due."""
    table = SqlReminders(store.database, clock=lambda: 1_700_000_000.0)
    reminder = ReminderScheduled(intent="wake", name="r", date_time="2023-11-14T22:13:20+00:00")
    for _ in range(2):
        await table.add("ada", reminder, 1_700_000_000.0, "rest")
    assert [due.sender_id for due in await table.take_due()] == ["ada"]
    assert not await table.take_due()
