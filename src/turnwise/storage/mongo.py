"""The MongoDB tracker store: a document a conversation, to whose list of events is only ever pushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from turnwise.dialogue.events import Event
from turnwise.errors import ConversationMoved, StorageError
from turnwise.storage.event_text import events_from_fields
from turnwise.storage.sessions import session_started
from turnwise.storage.tracker_store import Saved

Result = TypeVar("Result")
Document = Mapping[str, Any]

ALL = 2**31 - 1
"""More events than a document can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoSettings:
    """What may stand under `tracker_store` with `type: mongod`."""

    host: str = "mongodb://localhost:27017"
    db: str = "rasa"
    username: str | None = None
    password: str | None = None
    auth_source: str = "admin"
    collection: str = "conversations"


def connect(settings: MongoSettings) -> Any:
    """The client library's collection of conversations; nothing is connected yet."""
    from pymongo import MongoClient

    login: dict[str, Any] = {}
    if settings.username:
        login = {"username": settings.username, "password": settings.password}
        login["authSource"] = settings.auth_source
    client: Any = MongoClient(settings.host, **login)
    return client[settings.db][settings.collection]


class MongoTrackerStore:
    """Keeps conversations in the documents that Rasa makes: `{sender_id, events: [...]}`.

    What Turnwise needs beside them is below `turnwise` in the same document: `base`, which is added to the
    length of the list to give the position, and grows when a conversation is replaced; and the snapshot.
    """

    session_includes_action = False
    replays_what_counts = False

    def __init__(self, collection: Any) -> None:
        """
        Args:
            collection: As `connect` gives it.
        """
        self._documents = collection
        self._has_index = False

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the events after it, else the latest session."""
        document = await self._run(lambda: self._find(sender_id, with_events=False))
        if document is None:
            return None
        own = document.get("turnwise") or {}
        base = own.get("base", 0)
        start = own.get("snapshot_at", base)
        rows = await self._run(lambda: self._events(sender_id, start - base))
        events = events_from_fields(rows)
        position = start + len(rows)
        if own.get("snapshot") is not None:
            return Saved(events=events, position=position, snapshot=bytes(own["snapshot"]))
        return Saved(events=events[session_started(events) or 0 :], position=position)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`."""
        document = await self._run(lambda: self._find(sender_id, with_events=False))
        base = ((document or {}).get("turnwise") or {}).get("base", 0)
        # One event before the position is read too: it shows that the conversation reached so far.
        known = position - base
        rows = await self._run(lambda: self._events(sender_id, max(known - 1, 0))) if document else []
        if known < 0 or (known > 0 and not rows):
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        behind = rows[1:] if known > 0 else rows
        return Saved(events=events_from_fields(behind), position=position + len(behind))

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event of every session."""
        return events_from_fields(await self._run(lambda: self._events(sender_id, 0)))

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Pushes `events` onto the list, if it still has the length that belongs to `after`."""
        rows = [event.to_json() for event in events]
        position = after + len(rows)
        changes: dict[str, Any] = {"$push": {"events": {"$each": rows}}}
        if events:
            changes["$set"] = {"latest_event_time": events[-1].timestamp}
        if snapshot is not None:
            changes.setdefault("$set", {})
            changes["$set"] |= {"turnwise.snapshot_at": position, "turnwise.snapshot": snapshot}
        await self._run(lambda: self._append(sender_id, after, changes))
        return position

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Writes another document in place of the conversation's."""
        rows = [event.to_json() for event in events]

        def work() -> int:
            old = self._find(sender_id, with_events=True) or {}
            base = (old.get("turnwise") or {}).get("base", 0) + len(old.get("events") or ()) + 1
            own = {"base": base}
            new: dict[str, Any] = {"sender_id": sender_id, "events": rows, "turnwise": own}
            if events:
                new["latest_event_time"] = events[-1].timestamp
            self._documents.replace_one({"sender_id": sender_id}, new, upsert=True)
            return int(base + len(rows))

        return await self._run(work)

    async def delete(self, sender_id: str) -> bool:
        """Deletes the document of a conversation."""
        deleted = await self._run(lambda: self._documents.delete_many({"sender_id": sender_id}))
        return bool(deleted.deleted_count)

    async def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation."""
        for name in await self._run(lambda: {each["sender_id"] for each in self._latest_events()}):
            yield name

    async def idle(self, before: float) -> AsyncIterator[str]:
        """Those whose last event is older."""

        def work() -> list[str]:
            return [each["sender_id"] for each in self._latest_events() if _ended(each, before)]

        for name in await self._run(work):
            yield name

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.to_thread(self._documents.database.client.close)

    def _find(self, sender_id: str, *, with_events: bool) -> Document | None:
        shown = None if with_events else {"turnwise": 1}
        found: Document | None = self._documents.find_one({"sender_id": sender_id}, shown)
        return found

    def _events(self, sender_id: str, start: int) -> list[dict[str, Any]]:
        shown = {"events": {"$slice": [start, ALL]}}
        document = self._documents.find_one({"sender_id": sender_id}, shown)
        return list((document or {}).get("events") or ())

    def _latest_events(self) -> Iterable[Document]:
        """Every document, with its latest event alone."""
        found: Iterable[Document] = self._documents.find({}, {"sender_id": 1, "events": {"$slice": -1}})
        return found

    def _append(self, sender_id: str, after: int, changes: Mapping[str, Any]) -> None:
        from pymongo.errors import DuplicateKeyError

        if not self._has_index:
            self._documents.create_index("sender_id")
            self._has_index = True
        found = self._find(sender_id, with_events=False)
        if found is None and after == 0:
            # The name as key: of two workers that begin the same conversation, one is refused.
            first = {"_id": f"turnwise-{sender_id}", "sender_id": sender_id, "events": []}
            try:
                self._documents.insert_one(first)
            except DuplicateKeyError as error:
                raise ConversationMoved(f"conversation '{sender_id}' was begun elsewhere") from error
        base = ((found or {}).get("turnwise") or {}).get("base", 0)
        wanted = {"sender_id": sender_id, "events": {"$size": after - base}} if after >= base else None
        if wanted is None or not self._documents.update_one(wanted, changes).matched_count:
            raise ConversationMoved(f"conversation '{sender_id}' is no longer at {after}")

    async def _run(self, work: Callable[[], Result]) -> Result:
        """Does the driver's blocking work in a thread."""
        from pymongo.errors import PyMongoError

        try:
            return await asyncio.to_thread(work)
        except PyMongoError as error:
            raise StorageError(f"MongoDB cannot be reached: {error}") from error


def _ended(document: Document, before: float) -> bool:
    """Whether the latest event of a conversation is older; one without events has ended."""
    events = document.get("events")
    return not events or (events[-1].get("timestamp") or before) < before
