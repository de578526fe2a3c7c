"""Document databases keep the contract, as far as their in-process stand-ins show it."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from turnwise.errors import StorageError
from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.dynamo import DynamoSettings, DynamoTrackerStore
from turnwise.storage.mongo import MongoSettings, MongoTrackerStore, connect
from turnwise.storage.tracker_store import TrackerStore


@pytest.fixture
def conversations() -> Any:
    """An empty collection in memory."""
    return pytest.importorskip("mongomock").MongoClient().rasa.conversations


class TestMongoTrackerStore(TrackerStoreContract):
    """MongoDB keeps the contract."""

    @pytest.fixture
    def store(self, conversations: Any) -> TrackerStore:
        return MongoTrackerStore(conversations)


async def test_a_document_of_rasa_goes_on(conversations: Any) -> None:
    """What stock Rasa wrote is read from its latest session on, and pushed to."""
    old = [*session_start(1), *turn("old", 2), *session_start(3), *turn("before", 4)]
    rows = [event.to_json() for event in old]
    conversations.insert_one({"sender_id": "ada", "events": rows, "slots": {}})
    store = MongoTrackerStore(conversations)

    saved = await store.load("ada")
    assert saved is not None
    assert texts(saved.events) == texts(old[7:])
    await store.append("ada", turn("after", 5), after=saved.position)
    document = conversations.find_one({"sender_id": "ada"})
    assert (len(document["events"]), document["latest_event_time"]) == (15, 5.2)


async def test_a_server_that_is_away() -> None:
    """Nothing is pretended: the store says that it cannot be reached."""
    store = MongoTrackerStore(
        connect(MongoSettings(host="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"))
    )
    with pytest.raises(StorageError, match="MongoDB"):
        await store.append("ada", session_start(1), after=0)
    await store.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestDynamoTrackerStore(TrackerStoreContract):
    """DynamoDB keeps the contract."""

    session_begins_with_action = True

    @pytest.fixture
    async def store(self, amazon: None) -> AsyncIterator[TrackerStore]:
        store = DynamoTrackerStore(DynamoSettings())
        yield store
        await store.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_an_item_of_rasa_goes_on(amazon: None) -> None:
    """Items that stock Rasa wrote have no position; the next turn gives them one."""
    store = DynamoTrackerStore(DynamoSettings())
    await store.load("nobody")  # creates the table
    table = importlib.import_module("boto3").resource("dynamodb", region_name="us-east-1").Table("states")
    table.put_item(Item={"sender_id": "ada", "name": "ada", "events": [{"event": "pause", "timestamp": 1}]})

    saved = await store.load("ada")
    assert saved is not None
    await store.append("ada", turn("after", 5), after=saved.position)
    assert [event.kind for event in await store.load_all("ada")] == ["pause", "user", "slot", "bot"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_an_item_that_is_full_forgets_old_sessions(amazon: None) -> None:
    """Instead of failing for good: the latest session, and what is new, stay."""
    store = DynamoTrackerStore(DynamoSettings())
    long = [*session_start(1), *turn("x" * 90_000, 2)]
    first = await store.append("ada", long, after=0)
    second = await store.append("ada", [*session_start(3), *turn("y" * 40_000, 4)], after=first)
    assert len(await store.load_all("ada")) == 12
    await store.append("ada", turn("z" * 40_000, 5), after=second)
    kept = [*session_start(3), *turn("y" * 40_000, 4), *turn("z" * 40_000, 5)]
    assert texts(await store.load_all("ada")) == texts(kept)
