"""Tracker and lock store on a real Redis server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from turnwise.errors import LockError, StorageError
from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.lock_contract import LockStoreContract, OpenLocks
from turnwise.storage.lock_store import LockStore
from turnwise.storage.redis_client import RedisSettings
from turnwise.storage.redis_locks import RedisLockStore
from turnwise.storage.redis_tracker import RedisTrackerStore
from turnwise.storage.tracker_store import TrackerStore


@pytest.fixture
async def store(redis_settings: RedisSettings) -> AsyncIterator[TrackerStore]:
    store = RedisTrackerStore(redis_settings)
    yield store
    await store.close()


@pytest.fixture
async def redis(redis_settings: RedisSettings) -> AsyncIterator[Redis]:
    client = Redis(host=redis_settings.host, port=redis_settings.port)
    yield client
    await client.aclose()


@pytest.fixture
def nobody() -> RedisSettings:
    """Settings of a server that does not exist."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return RedisSettings(host="127.0.0.1", port=probe.getsockname()[1])


class TestRedisTrackerStore(TrackerStoreContract):
    """Redis keeps the contract."""

    session_begins_with_action = True


async def test_a_conversation_of_rasa_goes_on(
    store: TrackerStore, redis: Redis, redis_settings: RedisSettings
) -> None:
    """The string that stock Rasa wrote is turned into a list when the conversation goes on."""
    old = [*session_start(1), *turn("old", 2), *session_start(3), *turn("before", 4)]
    written = json.dumps({"events": [event.to_json() for event in old], "name": "ada"})
    await redis.set(f"{redis_settings.key_prefix}:tracker:ada", written)

    saved = await store.load("ada")
    assert saved is not None
    await store.append("ada", turn("after", 5), after=saved.position)
    assert texts(saved.events) == texts(old[6:])
    assert texts(await store.load_all("ada")) == texts([*old, *turn("after", 5)])


async def test_conversations_are_forgotten_after_a_time(redis: Redis, redis_settings: RedisSettings) -> None:
    """With `record_exp` everything that is known of a conversation expires, counted from its last event."""
    store = RedisTrackerStore(replace(redis_settings, record_exp=3600))
    await store.append("ada", session_start(1), after=0, snapshot=b"state")
    keys = [key async for key in redis.scan_iter(match=f"*{redis_settings.key_prefix}*")]
    assert len(keys) == 2
    for key in keys:
        assert 3590_000 < await redis.pttl(key) <= 3600_000
    await store.close()


async def test_a_write_whose_answer_was_lost_is_not_repeated(store: TrackerStore) -> None:
    """Trying the same append again, after it succeeded unnoticed, succeeds without writing."""
    position = await store.append("ada", session_start(1), after=0)
    again = await store.append("ada", session_start(1), after=0)
    assert again == position
    assert len(await store.load_all("ada")) == 3


async def test_a_server_that_is_away(nobody: RedisSettings) -> None:
    """Nothing is pretended: the store says that it cannot be reached."""
    store = RedisTrackerStore(nobody)
    with pytest.raises(StorageError, match="cannot be reached"):
        await store.append("ada", session_start(1), after=0)
    await store.close()


class TestRedisLockStore(LockStoreContract):
    """Redis keeps the contract of lock stores."""

    @pytest.fixture
    async def open_locks(self, redis_settings: RedisSettings) -> AsyncIterator[OpenLocks]:
        opened: list[LockStore] = []

        def open_one(lifetime: float) -> LockStore:
            opened.append(RedisLockStore(redis_settings, lifetime=lifetime))
            return opened[-1]

        yield open_one
        for locks in opened:
            await locks.close()


async def test_tickets_are_served_in_order(redis: Redis, redis_settings: RedisSettings) -> None:
    """Who takes a ticket earlier enters earlier, in whatever worker."""
    one, other = RedisLockStore(redis_settings, lifetime=60), RedisLockStore(redis_settings, lifetime=60)
    key, entered = f"{redis_settings.key_prefix}:lock:ada", []

    async def message(locks: RedisLockStore, number: int) -> None:
        async with locks.hold("ada"):
            entered.append(number)

    async with one.hold("ada"):
        waiting = []
        for number in range(6):
            waiting.append(asyncio.create_task(message((one, other)[number % 2], number)))
            while await redis.hlen(key) < number + 3:  # the counter, the holder, and those who wait
                pass
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
    assert entered == list(range(6))
    assert not await redis.exists(key), "nothing is left of it"
    await one.close()
    await other.close()


async def test_locks_of_a_server_that_is_away(nobody: RedisSettings) -> None:
    """Without locks there is no turn."""
    locks = RedisLockStore(nobody, lifetime=60)
    with pytest.raises(LockError, match="cannot be reached"):
        await locks.hold("ada").__aenter__()
    await locks.close()


@pytest.mark.parametrize(
    ("key_prefix", "prefix"), [(None, "tracker:"), ("bot1", "bot1:tracker:"), ("my bot", "tracker:")]
)
def test_keys(key_prefix: str | None, prefix: str) -> None:
    """A prefix of letters and digits stands before Rasa's own."""
    assert RedisSettings(key_prefix=key_prefix).prefix("tracker") == prefix


async def test_more_turns_at_once_than_connections(redis_settings: RedisSettings) -> None:
    """Who finds no free connection waits for one."""
    locks = RedisLockStore(redis_settings)
    done: list[int] = []

    async def message(number: int) -> None:
        async with locks.hold(f"user-{number}"):
            done.append(number)

    await asyncio.gather(*(message(number) for number in range(300)))
    await locks.close()
    assert len(done) == 300
