"""From the names in endpoints.yml to stores: Rasa's own are found by short name and by path."""

from __future__ import annotations

from typing import Any

import pytest

from turnwise.storage.factory import make_lock_store, open_broker, open_tracker_store


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sql", "rasa.core.tracker_store.SQLTrackerStore"),
        ("in_memory", "rasa.core.tracker_store.InMemoryTrackerStore"),
    ],
)
async def test_a_tracker_store_is_found_by_its_path(name: str, path: str) -> None:
    settings: dict[str, Any] = {"dialect": "sqlite", "db": ":memory:"} if name == "sql" else {}
    named, by_path = [await open_tracker_store({"type": kind, **settings}) for kind in (name, path)]
    assert type(named) is type(by_path)
    for store in (named, by_path):
        await store.close()


def test_a_lock_store_is_found_by_its_path() -> None:
    named, by_path = (
        make_lock_store({"type": kind}) for kind in ("in_memory", "rasa.core.lock_store.InMemoryLockStore")
    )
    assert type(named) is type(by_path)


async def test_a_broker_is_found_by_its_path() -> None:
    named, by_path = [
        await open_broker({"type": kind}) for kind in ("file", "rasa.core.brokers.file.FileEventBroker")
    ]
    assert type(named) is type(by_path)
