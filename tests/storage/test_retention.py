"""Conversations that nobody goes on with are erased: in every store, with all that belongs to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.server.bot import small_agent, small_assistant
from turnwise import interventions, retention
from turnwise.agent import Agent
from turnwise.channels.collector import Collector
from turnwise.dialogue.events import Event, ReminderScheduled
from turnwise.retention import DAY, Retention
from turnwise.storage.contract import session_start, turn
from turnwise.storage.dynamo import DynamoSettings, DynamoTrackerStore
from turnwise.storage.lock_store import LockStore
from turnwise.storage.locks import MemoryLockStore
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.mongo import MongoTrackerStore
from turnwise.storage.redis_client import RedisSettings
from turnwise.storage.redis_locks import RedisLockStore
from turnwise.storage.redis_tracker import RedisTrackerStore
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_locks import SqlLockStore
from turnwise.storage.sql_reminders import SqlReminders
from turnwise.storage.sql_schema import EVENTS, OUTBOX, REMINDERS, SNAPSHOTS
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import FindsIdle, TrackerStore

NOW = 1_700_000_000.0


class AllAlike:
    """A store of a project's own, which does not know what is idle."""

    def __init__(self) -> None:
        self._store = MemoryTrackerStore()

    def __getattr__(self, name: str) -> Any:
        if name == "idle":
            raise AttributeError(name)
        return getattr(self._store, name)


async def store_of(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> TrackerStore:
    """An empty store of that kind."""
    match kind:
        case "memory":
            return MemoryTrackerStore()
        case "own":
            own: Any = AllAlike()
            assert not isinstance(own, FindsIdle)
            store: TrackerStore = own
            return store
        case "sqlite":
            return await SqlTrackerStore.open(SqlSettings(db=str(tmp_path / "t.db")), fills_outbox=True)
        case "postgres":
            url = request.getfixturevalue("postgres_url")
            return await SqlTrackerStore.open(SqlSettings(host=url), fills_outbox=True)
        case "redis":
            return RedisTrackerStore(request.getfixturevalue("redis_settings"))
        case "mongo":
            return MongoTrackerStore(pytest.importorskip("mongomock").MongoClient().rasa.conversations)
        case _:
            request.getfixturevalue("amazon")
            return DynamoTrackerStore(DynamoSettings())


@pytest.fixture(params=["memory", "own", "sqlite", "postgres", "redis", "mongo", "dynamo"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TrackerStore]:
    opened = await store_of(request.param, request, tmp_path)
    yield opened
    await opened.close()


def agent_of(store: TrackerStore, locks: LockStore | None = None, *, now: float = NOW) -> Agent:
    return Agent(tracker_store=store, lock_store=locks or MemoryLockStore(), clock=lambda: now)


async def keep(store: TrackerStore, sender: str, *events: Event) -> None:
    await store.append(sender, events, after=0, snapshot=None)


async def left(store: TrackerStore) -> list[str]:
    return sorted([name async for name in store.sender_ids()])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_old_conversations_go_and_others_stay(store: TrackerStore) -> None:
    """Age is counted from the latest event."""
    await keep(store, "old", *session_start(NOW - 91 * DAY))
    await keep(store, "goes on", *session_start(NOW - 91 * DAY), *turn("hi", NOW - 5 * DAY))
    await keep(store, "new", *session_start(NOW - 89 * DAY))
    job = Retention(agent_of(store), days=90)

    assert await job.erase(dry_run=True) == 1
    assert await left(store) == ["goes on", "new", "old"]
    assert await job.erase() == 1
    assert await left(store) == ["goes on", "new"]
    assert await store.load("old") is None
    assert await store.load_all("old") == []


async def test_whoever_comes_back_in_time_is_not_erased() -> None:
    """A conversation that goes on after it was listed is looked at once more, under its lock."""
    store = MemoryTrackerStore()
    await keep(store, "ada", *session_start(NOW - 91 * DAY))
    locks = MemoryLockStore()
    agent = agent_of(store, locks)
    async with locks.hold("ada"):
        erasing = asyncio.create_task(Retention(agent, days=90).erase())
        await asyncio.sleep(0)
        await store.append("ada", turn("back", NOW), after=3)
    assert await erasing == 0
    assert await left(store) == ["ada"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_nothing_is_left_in_any_table(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Events, snapshot, reminders, what a broker was to be told, and lock tickets."""
    store = await store_of(kind, request, tmp_path)
    assert isinstance(store, SqlTrackerStore)
    locks = SqlLockStore(store.database.settings)
    await store.append("ada", session_start(1), after=0, snapshot=b'{"past": []}')
    reminder = ReminderScheduled(intent="wake", name="r", date_time="2100-01-01T00:00:00+00:00")
    await SqlReminders(store.database).add("ada", reminder, NOW * 2, "rest")
    await keep(store, "bob", *session_start(NOW))

    assert await Retention(agent_of(store, locks), days=1).erase() == 1

    def senders(connection: sa.Connection) -> Sequence[set[str]]:
        tables = (EVENTS, SNAPSHOTS, OUTBOX, REMINDERS)
        return [set(connection.execute(sa.select(table.c.sender_id)).scalars()) for table in tables]

    assert await store.database.read(senders) == [{"bob"}, set(), {"bob"}, set()]
    tickets = sa.text("SELECT count(*) FROM turnwise_locks")
    assert await locks._database.read(lambda connection: connection.execute(tickets).scalar()) == 0
    await locks.close()
    await store.close()


async def test_a_reminder_of_the_memory_goes_too() -> None:
    """Else it would begin the conversation anew."""
    store = MemoryTrackerStore()
    agent = agent_of(store)
    await keep(store, "ada", *session_start(1))
    agent.reminders.schedule(
        "ada",
        ReminderScheduled(intent="wake", name="r", date_time="2100-01-01T00:00:00+00:00"),
        Collector(),
    )
    assert await interventions.erase(agent, "ada")
    assert not agent.reminders._waiting
    assert not await interventions.erase(agent, "ada")


async def test_a_reminder_does_not_bring_back_who_was_erased() -> None:
    """Another worker may have taken it just before."""
    agent = small_agent(small_assistant())
    late = ReminderScheduled(intent="external", name="r", date_time="2020-01-01T00:00:00+00:00")
    await agent.reminders.fire("ada", late, Collector())
    assert await agent.conversations.store.load_all("ada") == []


async def test_one_of_many_workers_erases(
    redis_settings: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them watch; one has the work."""
    monkeypatch.setattr(retention, "LOOK_AGAIN", 0.01)
    async with AsyncExitStack() as closing:
        agents = []
        for _ in range(3):
            locks = RedisLockStore(redis_settings)
            agents.append(agent_of(RedisTrackerStore(redis_settings), locks))
            closing.push_async_callback(agents[-1].close)
        worked: list[int] = []

        class Counted(Retention):
            async def erase(self, **kwargs: bool) -> int:
                worked.append(id(self))
                return await super().erase(**kwargs)

        await keep(agents[0].tracker_store, "ada", *session_start(1))
        watching = [asyncio.create_task(Counted(agent, days=1).watch()) for agent in agents]
        async with asyncio.timeout(5):
            while await left(agents[0].tracker_store):
                pass
        await asyncio.wait(watching, timeout=0.1)
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
        assert len(worked) == 1
