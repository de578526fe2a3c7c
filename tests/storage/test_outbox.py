"""Events reach the broker in order and at least once, whatever fails on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from turnwise.errors import StorageError
from turnwise.storage import outbox as outbox_module
from turnwise.storage.contract import session_start, turn
from turnwise.storage.event_broker import Outgoing
from turnwise.storage.factory import open_outbox, open_tracker_store
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.outbox import MemoryOutbox, MemoryShelf, Outbox
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_outbox import SqlShelf
from turnwise.storage.sql_settings import SqlSettings


class Broker:
    """A broker that fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.got: list[str] = []
        self.changed = asyncio.Event()

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageError("nobody there")
        self.got += [message.text for message in messages]
        self.changed.set()

    async def close(self) -> None:
        pass


async def until(condition: Callable[[], bool], changed: asyncio.Event) -> None:
    """Waits, at most a few seconds, until a condition holds."""
    async with asyncio.timeout(5):
        while not condition():
            changed.clear()
            await changed.wait()


def kinds(broker: Broker) -> list[str]:
    return [json.loads(text)["event"] for text in broker.got]


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "PAUSES", (0.0,))
    monkeypatch.setattr(outbox_module, "LOOK_AGAIN", 0.01)


@pytest.fixture
async def open_store(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[SqlTrackerStore]]]:
    """Opens stores on one database."""
    stores: list[SqlTrackerStore] = []

    async def open_one() -> SqlTrackerStore:
        stores.append(await SqlTrackerStore.open(SqlSettings(db=str(tmp_path / "t.db")), fills_outbox=True))
        return stores[-1]

    yield open_one
    for store in stores:
        await store.close()


async def test_messages_name_their_conversation_first() -> None:
    """A message is the event's JSON, `sender_id` before everything else."""
    broker = Broker()
    outbox = MemoryOutbox(broker)
    await outbox.publish("ada", turn("hi", 1)[:1])
    await outbox.close()

    message = json.loads(broker.got[0])
    assert list(message)[:2] == ["sender_id", "event"]
    assert (message["sender_id"], message["text"]) == ("ada", "hi")


async def test_a_broker_that_was_away_gets_everything_in_order() -> None:
    """What could not be sent is sent again, before what came later."""
    broker = Broker(failures=3)
    outbox = MemoryOutbox(broker)
    await outbox.publish("ada", session_start(1))
    await outbox.publish("ada", turn("hi", 2))
    await until(lambda: len(broker.got) == 6, broker.changed)
    await outbox.close()

    assert kinds(broker) == ["action", "session_started", "action", "user", "slot", "bot"]


async def test_what_waits_in_memory_is_bounded() -> None:
    """When a broker stays away, the oldest events go first."""
    shelf = MemoryShelf(limit=4)
    shelf.put("ada", session_start(1))
    shelf.put("ada", turn("hi", 2))
    waiting = await shelf.waiting()
    assert [json.loads(message.text)["event"] for _, message in waiting] == ["action", "user", "slot", "bot"]

    shelf.put("ada", session_start(3)[:1])  # pushes one out that is being sent just now
    await shelf.done([number for number, _ in waiting])
    assert [json.loads(message.text)["event"] for _, message in await shelf.waiting()] == ["action"]


async def test_events_survive_the_process_in_the_database(
    open_store: Callable[[], Awaitable[SqlTrackerStore]],
) -> None:
    """What was kept while no broker was there is sent by the next process."""
    store = await open_store()
    position = await store.append("ada", session_start(1), after=0)
    await store.append("ada", turn("hi", 2), after=position)

    broker = Broker()
    outbox = Outbox(broker, SqlShelf((await open_store()).database))
    await until(lambda: len(broker.got) == 6, broker.changed)
    await outbox.close()
    assert kinds(broker) == ["action", "session_started", "action", "user", "slot", "bot"]
    assert not await SqlShelf(store.database).waiting()


async def test_one_worker_sends_at_a_time(open_store: Callable[[], Awaitable[SqlTrackerStore]]) -> None:
    """While a worker sends, others leave the messages alone, so that nothing overtakes."""
    store = await open_store()
    await store.append("ada", session_start(1), after=0)
    one, other = SqlShelf(store.database), SqlShelf((await open_store()).database)

    assert len(await one.waiting()) == 3
    assert not await other.waiting()


async def test_an_event_that_was_not_kept_is_not_sent(
    open_store: Callable[[], Awaitable[SqlTrackerStore]],
) -> None:
    """The outbox is filled in the transaction of the events: both happen, or none."""
    store = await open_store()
    await store.append("ada", session_start(1), after=0)
    with pytest.raises(StorageError):
        await store.append("ada", turn("too late", 2), after=0)
    assert len(await SqlShelf(store.database).waiting()) == 3


async def test_who_is_erased_is_not_told_of(open_store: Callable[[], Awaitable[SqlTrackerStore]]) -> None:
    """Deleting a conversation deletes what the broker does not know yet."""
    store = await open_store()
    await store.append("ada", session_start(1), after=0)
    await store.delete("ada")
    assert not await SqlShelf(store.database).waiting()


async def test_a_file_as_broker(tmp_path: Path) -> None:
    """`type: file` writes one JSON object a line."""
    path = tmp_path / "log" / "events.jsonl"
    outbox = await open_outbox({"type": "file", "path": str(path)}, MemoryTrackerStore())
    await outbox.publish("ada", turn("grüß dich", 1))
    await outbox.close()

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["user", "slot", "bot"]
    assert lines[0]["text"] == "grüß dich"


async def test_a_database_as_broker(tmp_path: Path) -> None:
    """`type: sql` fills a table `events` of its own, from the outbox of a SQL tracker store."""
    import sqlite3

    section = {"type": "SQL", "db": str(tmp_path / "tracker.db")}
    store = await open_tracker_store(section, fills_outbox=True)
    outbox = await open_outbox({"type": "sql", "db": str(tmp_path / "events.db")}, store)
    await store.append("ada", session_start(1), after=0)
    await outbox.publish("ada", ())
    await outbox.close()
    await store.close()

    with closing(sqlite3.connect(tmp_path / "events.db")) as connection:
        rows = connection.execute("SELECT sender_id, data FROM events ORDER BY id").fetchall()
    assert [(sender, json.loads(data)["event"]) for sender, data in rows] == [
        ("ada", "action"),
        ("ada", "session_started"),
        ("ada", "action"),
    ]


class OwnBroker:
    """A broker as projects write it for Rasa."""

    events: list[object] = []  # noqa: RUF012 - all instances share it

    def __init__(self, secret: str) -> None:
        self.secret = secret

    @classmethod
    async def from_endpoint_config(cls, config: dict[str, str]) -> OwnBroker:
        return cls(config["secret"])

    def publish(self, event: dict[str, object]) -> None:
        self.events.append((self.secret, event["sender_id"], event["event"]))


async def test_a_broker_by_dotted_path() -> None:
    """A class of the project gets one event at a time."""
    section = {"type": f"{__name__}.OwnBroker", "secret": "s"}
    outbox = await open_outbox(section, MemoryTrackerStore())
    await outbox.publish("ada", turn("hi", 1)[:1])
    await outbox.close()
    assert OwnBroker.events == [("s", "ada", "user")]
