"""From what `endpoints.yml` says to stores and brokers; only the chosen one is imported."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from turnwise.errors import NOWHERE, Place, ProjectError
from turnwise.registry import find_class
from turnwise.storage.lock_store import LockStore
from turnwise.storage.tracker_store import TrackerStore

log = logging.getLogger(__name__)
Settings = TypeVar("Settings")

Section = Mapping[str, Any]
"""One section of `endpoints.yml`, such as `{"type": "SQL", "dialect": "sqlite"}`."""

IN_MEMORY = ("in_memory", "memory")


async def open_tracker_store(section: Section | None, *, place: Place = NOWHERE) -> TrackerStore:
    """The store that `tracker_store` asks for, ready for use; without a section the one in memory.

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
        from turnwise.storage.sql_database import SqlSettings

        return await SqlTrackerStore.open(settings_from(section, SqlSettings, place=place))
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
    custom = find_class(str(section.get("type")), {}, what="lock store", place=place)
    store: LockStore = custom(**_without_type(section))
    return store


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
    return str((section or {}).get("type", "")).lower()


def _without_type(section: Section) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != "type"}
