"""The Redis tracker store: a conversation is the string that Rasa makes of it, and only ever appended to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from turnwise.dialogue.event_bytes import encoded, event_bytes
from turnwise.dialogue.events import Event
from turnwise.errors import ConversationMoved, StorageError
from turnwise.storage import redis_scripts as scripts
from turnwise.storage.event_text import event_fields, events_from_array
from turnwise.storage.redis_client import RedisSettings, Script, connect
from turnwise.storage.sessions import session_action
from turnwise.storage.tracker_store import Saved


class RedisTrackerStore:
    """Keeps conversations in Redis, under the keys that Rasa uses: `tracker:<sender_id>`.

    Stock Rasa writes the whole string anew each turn; this store writes at its end.
    """

    session_includes_action = True
    replays_what_counts = True

    def __init__(self, settings: RedisSettings) -> None:
        """Connects when the first conversation is asked for."""
        self._redis = connect(settings)
        self._prefix = settings.prefix("tracker")
        self._expires = int((settings.record_exp or 0) * 1000)
        register = self._redis.register_script
        self._load, self._all = register(scripts.LOAD), register(scripts.ALL)
        self._after, self._latest_time = register(scripts.AFTER), register(scripts.LATEST_TIME)
        self._append, self._replace = register(scripts.APPEND), register(scripts.REPLACE)
        self._convert = register(scripts.CONVERT)

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the events after it, else the latest session."""
        found = await self._run(self._load, sender_id)
        if found is None:
            return None
        position, text, snapshot = found
        events = _events(text)
        if snapshot is None:
            events = events[session_action(events) or 0 :]
        return Saved(events=events, position=position, snapshot=snapshot)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`."""
        found = await self._run(self._after, sender_id, position)
        if found is None:
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        return Saved(events=_events(found[1]), position=found[0])

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event of every session."""
        return _events(await self._run(self._all, sender_id))

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Writes `events` at the end; a script checks the position and writes, or writes nothing."""
        started = session_action(events)
        session = "" if started is None else len(_joined(events[:started]))
        latest = events[-1].timestamp if events else ""
        words = [after, self._expires, session, snapshot or b"", latest, _joined(events)]
        position: int = await self._run(self._append, sender_id, *words)
        if position < 0:
            raise ConversationMoved(f"conversation '{sender_id}' is no longer at {after}")
        return position

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Makes `events` the whole string."""
        session = len(_joined(events[: session_action(events) or 0]))
        latest = events[-1].timestamp if events else ""
        words = [self._expires, session, latest, _joined(events)]
        position: int = await self._run(self._replace, sender_id, *words)
        return position

    async def delete(self, sender_id: str) -> bool:
        """Deletes the string and what was known about it."""
        from redis.exceptions import RedisError

        events, about = self._keys(sender_id)
        try:
            deleted, _ = await self._redis.pipeline().delete(events).delete(about).execute()
        except (RedisError, OSError) as error:
            raise StorageError(f"Redis cannot be reached: {error}") from error
        return bool(deleted)

    async def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation, as Redis happens to find them; one that is begun meanwhile may be missing."""
        async for key in self._redis.scan_iter(match=f"{self._prefix}*", count=1000):
            yield key.decode().removeprefix(self._prefix)

    async def idle(self, before: float) -> AsyncIterator[str]:
        """Those whose last event is older, as Redis happens to find them."""
        async for sender_id in self.sender_ids():
            latest = await self._run(self._latest_time, sender_id)
            if not latest:  # stock Rasa wrote it
                events = await self.load_all(sender_id)
                latest = events[-1].timestamp if events else 0
            if float(latest) < before:
                yield sender_id

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    def _keys(self, sender_id: str) -> list[str]:
        return [f"{self._prefix}{sender_id}", f"about-{self._prefix}{sender_id}"]

    async def _run(self, script: Script, sender_id: str, *words: Any) -> Any:
        from redis.exceptions import RedisError, ResponseError

        keys, words = self._keys(sender_id), (_closing(sender_id), *words)
        try:
            try:
                return await script(keys=keys, args=words)
            except ResponseError as error:
                if "FOREIGN" not in str(error):
                    raise
                await self._convert_string(sender_id)
                return await script(keys=keys, args=words)
        except (RedisError, OSError) as error:
            raise StorageError(f"Redis cannot be reached: {error}") from error

    async def _convert_string(self, sender_id: str) -> None:
        """Writes a conversation that came from elsewhere in the form that can be appended to."""
        key = self._keys(sender_id)[0]
        written = await self._redis.get(key)
        items = event_fields(written).get("events") or []
        body = scripts.SEPARATOR.join(encoded(item) for item in items)
        await self._convert(keys=[key], args=[written, scripts.OPENING + body + _closing(sender_id)])


def _closing(sender_id: str) -> bytes:
    """What follows the events, as Rasa writes it."""
    return f'], "name": {json.dumps(sender_id)}}}'.encode()


def _joined(events: Sequence[Event]) -> bytes:
    return scripts.SEPARATOR.join(event_bytes(event) for event in events)


def _events(text: bytes) -> list[Event]:
    """The events behind a part of the string that begins at a position."""
    return events_from_array(b"[" + text.removeprefix(scripts.SEPARATOR) + b"]")
