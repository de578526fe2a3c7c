"""From what `endpoints.yml` says to stores and brokers; only the chosen one is imported."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import msgspec

from turnwise.errors import NOWHERE, Place, ProjectError
from turnwise.registry import find_class
from turnwise.storage.event_broker import EventBroker
from turnwise.storage.lock_store import LockStore
from turnwise.storage.tracker_store import TrackerStore

if TYPE_CHECKING:
    from turnwise.storage.outbox import Outbox
    from turnwise.storage.sql import SqlTrackerStore

log = logging.getLogger(__name__)
Settings = TypeVar("Settings")

Section = Mapping[str, Any]
"""One section of `endpoints.yml`, such as `{"type": "SQL", "dialect": "sqlite"}`."""

IN_MEMORY = ("in_memory", "memory")
RASA_CLASSES = {
    "InMemoryTrackerStore": "in_memory",
    "SQLTrackerStore": "sql",
    "RedisTrackerStore": "redis",
    "MongoTrackerStore": "mongod",
    "DynamoTrackerStore": "dynamo",
    "InMemoryLockStore": "in_memory",
    "RedisLockStore": "redis",
    "PikaEventBroker": "pika",
    "KafkaEventBroker": "kafka",
    "FileEventBroker": "file",
    "SQLEventBroker": "sql",
}
"""What Rasa's own classes, named by their paths below `rasa.core`, are otherwise called."""
LOCKS_DB = 1
"""Redis database of locks unless another is given: not that of the conversations."""


async def open_tracker_store(
    section: Section | None, *, place: Place = NOWHERE, fills_outbox: bool = False
) -> TrackerStore:
    """The store that `tracker_store` asks for, ready for use; without a section the one in memory.

    Args:
        fills_outbox: Whether a store with transactions keeps each event for a broker too, see `open_outbox`.

    Raises:
        ProjectError: the section names what does not exist, or a setting has the wrong type.
        StorageError: the database cannot be used.
    """
    kind = _kind(section)
    if section is None or kind in IN_MEMORY:
        from turnwise.storage.memory import MemoryTrackerStore

        return MemoryTrackerStore()
    if kind == "sql":
        from turnwise.storage.sql import SqlTrackerStore
        from turnwise.storage.sql_settings import SqlSettings

        settings = settings_from(section, SqlSettings, place=place)
        return await SqlTrackerStore.open(settings, fills_outbox=fills_outbox)
    if kind == "redis":
        from turnwise.storage.redis_client import RedisSettings
        from turnwise.storage.redis_tracker import RedisTrackerStore

        return RedisTrackerStore(settings_from(section, RedisSettings, place=place))
    if kind == "mongod":
        from turnwise.storage.mongo import MongoSettings, MongoTrackerStore, connect

        return MongoTrackerStore(connect(settings_from(section, MongoSettings, place=place)))
    if kind == "dynamo":
        from turnwise.storage.dynamo import DynamoSettings, DynamoTrackerStore

        return DynamoTrackerStore(settings_from(section, DynamoSettings, place=place))
    custom = find_class(str(section.get("type")), {}, what="tracker store", place=place)
    store: TrackerStore = custom(**_without_type(section))
    return store


def make_lock_store(section: Section | None, *, place: Place = NOWHERE) -> LockStore:
    """The store that `lock_store` asks for; without a section the one in memory.

    Raises:
        ProjectError: the section names what does not exist, or a setting has the wrong type.
    """
    if section is None or _kind(section) in IN_MEMORY:
        from turnwise.storage.locks import MemoryLockStore

        return MemoryLockStore()
    if _kind(section) == "redis":
        from turnwise.storage.redis_client import RedisSettings
        from turnwise.storage.redis_locks import RedisLockStore

        return RedisLockStore(settings_from({"db": LOCKS_DB, **section}, RedisSettings, place=place))
    if _kind(section) == "sql":
        from turnwise.storage.sql_locks import SqlLockStore
        from turnwise.storage.sql_settings import SqlSettings

        return SqlLockStore(settings_from(section, SqlSettings, place=place))
    custom = find_class(str(section.get("type")), {}, what="lock store", place=place)
    store: LockStore = custom(**_without_type(section))
    return store


def locks_are_shared(section: Section | None) -> bool:
    """Whether the lock store that `section` asks for serves several processes; a project's own may."""
    return section is not None and _kind(section) not in IN_MEMORY


async def open_broker(
    section: Section, *, place: Place = NOWHERE, headers: Mapping[str, str] | None = None
) -> EventBroker:
    """The broker that `event_broker` asks for; it connects when it gets the first event.

    Args:
        headers: What messages say about themselves, where they can (RabbitMQ).

    Raises:
        ProjectError: the section names what does not exist, or a setting has the wrong type.
        StorageError: a setting makes no sense to the broker's client library.
    """
    kind = _kind(section)
    if kind == "file":
        from turnwise.storage.file_broker import FileBroker, FileBrokerSettings

        return FileBroker(settings_from(section, FileBrokerSettings, place=place))
    if kind == "sql":
        from turnwise.storage.sql_broker import SqlBroker
        from turnwise.storage.sql_settings import SqlSettings

        return SqlBroker(settings_from(section, SqlSettings, place=place))
    if kind in ("", "pika"):
        from turnwise.storage.rabbitmq import RabbitMqBroker, RabbitMqSettings

        return RabbitMqBroker(settings_from(section, RabbitMqSettings, place=place), headers=headers)
    if kind == "kafka":
        from turnwise.storage.kafka import KafkaBroker, KafkaSettings

        return KafkaBroker(settings_from(section, KafkaSettings, place=place))
    from turnwise.storage.custom_broker import CustomBroker

    custom = find_class(str(section.get("type")), {}, what="event broker", place=place)
    return await CustomBroker.make(custom, _without_type(section))


async def open_outbox(section: Section, store: TrackerStore, *, place: Place = NOWHERE) -> Outbox:
    """What takes events from `store` to the broker that `section` asks for.

    Raises: as `open_broker`.
    """
    from turnwise.storage.outbox import MemoryOutbox, Outbox

    broker = await open_broker(section, place=place)
    if not is_sql(store):
        return MemoryOutbox(broker)
    from turnwise.storage.sql_outbox import SqlShelf

    return Outbox(broker, SqlShelf(store.database))


def is_sql(store: TrackerStore) -> TypeGuard[SqlTrackerStore]:
    """Whether `store` keeps its conversations in a SQL database, where other things can be kept with them."""
    module = sys.modules.get("turnwise.storage.sql")  # without it, no store is one
    return module is not None and isinstance(store, module.SqlTrackerStore)


def settings_from(section: Section, record: type[Settings], *, place: Place) -> Settings:
    """The settings of `section` as a `record`; numbers and booleans may be written as text.

    Raises:
        ProjectError: a value has the wrong type.
    """
    # Environment variables come as text; what the record calls `host` Rasa calls `url` in the file.
    fields = {"host" if key == "url" else key: value for key, value in section.items()}
    try:
        return msgspec.convert(fields, record, strict=False)
    except msgspec.ValidationError as error:
        raise ProjectError(place, str(error), fix="give the setting a value of that type") from error


def _kind(section: Section | None) -> str:
    name = str((section or {}).get("type", ""))
    if name.startswith("rasa.core."):
        name = RASA_CLASSES.get(name.rpartition(".")[2], name)
    return name.lower()


def _without_type(section: Section) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != "type"}
