"""Stock Rasa's tracker stores as a process, for the tests of ours: see tests/storage/test_stock.py.

Runs in stock Rasa's Python. Each line of the input is a JSON object that says what to do, each line of the
output what came of it. The argument is a folder with packages that stock Rasa lacks, such as
`mongomock`, which plays MongoDB.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

sys.path.append(sys.argv[1])

import mongomock
from rasa.core import tracker_store as stores
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import deserialise_events

DOMAIN = Domain.from_dict({"intents": ["greet"], "slots": {"mood": {"type": "any", "mappings": []}}})


class MongoTrackerStore(stores.MongoTrackerStore):
    """Stock Rasa's, with documents in memory."""

    def __init__(self, domain: Domain, collection: str) -> None:
        stores.TrackerStore.__init__(self, domain)
        self.db = mongomock.MongoClient().rasa
        self.collection = collection
        self._ensure_indices()


def open_store(settings: dict[str, Any]) -> Any:
    """The store of the class and with the settings that are wanted."""
    name = settings.pop("class")
    kind = MongoTrackerStore if name == "MongoTrackerStore" else getattr(stores, name)
    return kind(domain=DOMAIN, **settings)


async def save(store: Any, sender: str, events: list[dict[str, Any]]) -> None:
    """One turn: the tracker is read, goes on, and is kept."""
    tracker = await store.retrieve(sender) or store.init_tracker(sender)
    for event in deserialise_events(events):
        tracker.update(event, DOMAIN)
    await store.save(tracker)


async def read(store: Any, sender: str, *, full: bool) -> Any:
    """The events of a conversation, and a slot; None for an unknown one."""
    tracker = await (store.retrieve_full_tracker(sender) if full else store.retrieve(sender))
    if tracker is None:
        return None
    return {"events": [event.as_dict() for event in tracker.events], "mood": tracker.get_slot("mood")}


async def work(store: Any, sender: str, wanted: dict[str, Any]) -> Any:
    """Does what is wanted of a conversation."""
    task = wanted["do"]
    if task == "save":
        return await save(store, sender, wanted["events"])
    if task == "dump":
        found = store.conversations.find_one({"sender_id": sender})
        return {key: value for key, value in found.items() if key != "_id"}
    if task == "put":
        store.conversations.replace_one({"sender_id": sender}, wanted["document"], upsert=True)
        return None
    return await read(store, sender, full=task == "read all")


def main() -> None:
    """Answers until the input ends."""
    opened: dict[str, Any] = {}
    print("\nready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        key = json.dumps(wanted["store"], sort_keys=True)
        if key not in opened:
            opened[key] = open_store(wanted["store"])
        print(json.dumps(asyncio.run(work(opened[key], wanted["sender"], wanted))), flush=True)


main()
