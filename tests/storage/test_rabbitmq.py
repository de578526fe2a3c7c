"""The RabbitMQ broker with a real server: nothing is lost, whatever happens to the server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.servers import Rabbit
from turnwise.cli.export import Choice, _publish, chosen
from turnwise.errors import StorageError
from turnwise.storage import outbox as outbox_module
from turnwise.storage.contract import session_start, turn
from turnwise.storage.event_broker import Outgoing
from turnwise.storage.factory import open_broker
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.outbox import Outbox
from turnwise.storage.rabbitmq import EXPORT_HEADER, RabbitMqBroker, RabbitMqSettings
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_outbox import SqlShelf
from turnwise.storage.sql_settings import SqlSettings


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A node that lives as long as these tests."""
    pytest.importorskip("aio_pika", reason="pip install turnwise[rabbitmq] to test with RabbitMQ")
    node = Rabbit(tmp_path_factory.mktemp("rabbit"))
    try:
        node.start()
        yield node
    finally:
        node.close()


@pytest.fixture
def settings(rabbit: Rabbit) -> RabbitMqSettings:
    """An exchange and a queue of the test's own."""
    name = uuid.uuid4().hex
    return RabbitMqSettings(host="127.0.0.1", port=rabbit.port, exchange_name=f"x-{name}", queues=f"q-{name}")


@pytest.fixture
async def broker(settings: RabbitMqSettings) -> AsyncIterator[RabbitMqBroker]:
    opened = RabbitMqBroker(settings)
    yield opened
    await opened.close()


async def taken(settings: RabbitMqSettings, queue: str = "") -> list[Any]:
    """The messages that wait in a queue, in order; they are gone then."""
    import aio_pika

    url = f"amqp://guest:guest@127.0.0.1:{settings.port}/"
    messages = []
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        found = await channel.get_queue(queue or settings.queue_names[0])
        while (message := await found.get(no_ack=True, fail=False)) is not None:
            messages.append(message)
    return messages


def numbered(count: int) -> list[Outgoing]:
    return [Outgoing("ada", json.dumps({"number": number})) for number in range(count)]


async def test_messages_arrive_in_order_and_say_what_they_are(
    broker: RabbitMqBroker, settings: RabbitMqSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are JSON, kept on the server's disk, and carry the deployment's name."""
    monkeypatch.setenv("RASA_ENVIRONMENT", "staging")
    await broker.publish(numbered(200))
    await broker.publish(numbered(3))
    got = await taken(settings)
    assert [json.loads(message.body)["number"] for message in got] == [*range(200), *range(3)]
    first = got[0]
    assert (first.content_type, first.app_id, first.delivery_mode.value) == ("application/json", "staging", 2)


async def test_every_queue_gets_every_event(settings: RabbitMqSettings) -> None:
    """The exchange fans out."""
    names = (f"{settings.exchange_name}-1", f"{settings.exchange_name}-2")
    broker = RabbitMqBroker(
        RabbitMqSettings(
            host=f"amqp://guest:guest@127.0.0.1:{settings.port}/",
            exchange_name=settings.exchange_name,
            queues=names,
        )
    )
    await broker.publish(numbered(2))
    await broker.close()
    assert [len(await taken(settings, name)) for name in names] == [2, 2]


async def test_a_server_that_died_gets_the_rest_after_its_return(
    rabbit: Rabbit, broker: RabbitMqBroker, settings: RabbitMqSettings
) -> None:
    """What it had confirmed is there still; meanwhile the broker says that it takes nothing."""
    await broker.publish(numbered(50))
    rabbit.kill()
    for _ in range(2):
        with pytest.raises(StorageError, match="RabbitMQ"):
            await broker.publish(numbered(1))
    rabbit.start()
    await broker.publish([Outgoing("ada", '{"number": 50}')])
    got = [json.loads(message.body)["number"] for message in await taken(settings)]
    assert got == [*range(51)]


async def test_the_outbox_gets_everything_through(
    rabbit: Rabbit, settings: RabbitMqSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every event that was kept reaches the queue, in order, though the server dies on the way."""
    monkeypatch.setattr(outbox_module, "PAUSES", (0.05,))
    monkeypatch.setattr(outbox_module, "LOOK_AGAIN", 0.05)
    store = await SqlTrackerStore.open(SqlSettings(db=str(tmp_path / "t.db")), fills_outbox=True)
    outbox = Outbox(RabbitMqBroker(settings), SqlShelf(store.database))
    position = await store.append("ada", session_start(1), after=0)
    for number in range(60):
        if number == 20:
            rabbit.kill()
        if number == 40:
            await asyncio.to_thread(rabbit.start)
        position = await store.append("ada", turn(f"{number}", 2 + number), after=position)
        await outbox.publish("ada", ())
    shelf = SqlShelf(store.database)
    async with asyncio.timeout(20):
        while await store.database.read(lambda connection: connection.exec_driver_sql(LEFT).scalar()):
            await outbox.publish("ada", ())
    assert not await shelf.waiting()
    await outbox.close()
    await store.close()

    heard = [json.loads(message.body) for message in await taken(settings)]
    texts = [event["text"] for event in heard if event["event"] == "user"]
    assert list(dict.fromkeys(texts)) == [f"{number}" for number in range(60)]


LEFT = "SELECT count(*) FROM turnwise_outbox"


async def test_an_export_says_which_it_was(settings: RabbitMqSettings) -> None:
    """As with Rasa, a header tells the messages of one export from others."""
    store = MemoryTrackerStore()
    await store.append("ada", turn("hi", 1), after=0)
    section = {
        "type": "pika",
        "url": settings.host,
        "port": settings.port,
        "exchange_name": settings.exchange_name,
        "queues": settings.queues,
    }
    broker = await open_broker(section, headers={EXPORT_HEADER: "run 1"})
    await _publish(await chosen(store, Choice()), broker, Choice())
    await broker.close()
    assert [message.headers for message in await taken(settings)] == [{EXPORT_HEADER: "run 1"}] * 3
