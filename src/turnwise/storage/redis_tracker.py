"""The Redis tracker store: a conversation is a list, to which Redis only ever appends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from turnwise.dialogue.event_bytes import event_bytes
from turnwise.dialogue.events import Event
from turnwise.errors import ConversationMoved, StorageError
from turnwise.storage.event_text import event_fields, event_text, events_from_fields, events_from_texts
from turnwise.storage.redis_client import RedisSettings, Script, connect
from turnwise.storage.sessions import session_action
from turnwise.storage.tracker_store import Saved

# KEYS: the list of events, and what is known about it beside them (a hash). A position is the length of the
# list plus `base`, which grows when a conversation is replaced: no position is ever used for two histories.
_LOAD = """
local about = redis.call('HMGET', KEYS[2], 'base', 'session', 'snapshot_at', 'snapshot')
local base, first = tonumber(about[1] or 0), tonumber(about[3] or about[2] or 0)
return {base, redis.call('LLEN', KEYS[1]), redis.call('LRANGE', KEYS[1], first - base, -1), about[4]}
"""
_FROM = """
local base = tonumber(redis.call('HGET', KEYS[2], 'base') or 0)
local length = redis.call('LLEN', KEYS[1])
local from = tonumber(ARGV[1])
if from < base or from > base + length then return false end
return {base + length, redis.call('LRANGE', KEYS[1], from - base, -1)}
"""
_LATEST = "return redis.call('LINDEX', KEYS[1], -1)"
_ALL = "return redis.call('LRANGE', KEYS[1], 0, -1)"
# ARGV: position, milliseconds until the conversation is forgotten (0: never), where in the new events the
# latest session begins (-1: not in them), snapshot ('': none), events.
_APPEND = """
local base = tonumber(redis.call('HGET', KEYS[2], 'base') or 0)
local position = base + redis.call('LLEN', KEYS[1])
local after = tonumber(ARGV[1])
if position ~= after then
  local count = #ARGV - 4
  if count == 0 or position ~= after + count then return -1 end
  local found = redis.call('LRANGE', KEYS[1], after - base, -1)
  for i = 1, count do
    if found[i] ~= ARGV[4 + i] then return -1 end
  end
  return position
end
for i = 5, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
position = base + redis.call('LLEN', KEYS[1])
if tonumber(ARGV[3]) >= 0 then redis.call('HSET', KEYS[2], 'session', after + tonumber(ARGV[3])) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], 'snapshot_at', position, 'snapshot', ARGV[4]) end
if tonumber(ARGV[2]) > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return position
"""
# ARGV: milliseconds, where the latest session begins, events.
_REPLACE = """
local base = tonumber(redis.call('HGET', KEYS[2], 'base') or 0) + redis.call('LLEN', KEYS[1]) + 1
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], 'base', base, 'session', base + tonumber(ARGV[2]))
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
if tonumber(ARGV[1]) > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return base + redis.call('LLEN', KEYS[1])
"""
# ARGV: the string that stock Rasa had written, where the latest session begins, events.
_CONVERT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'session', ARGV[2])
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
return 1
"""


class RedisTrackerStore:
    """Keeps conversations in Redis, under the keys that Rasa uses: `tracker:<sender_id>`.

    Stock Rasa keeps a conversation as one string, which it writes anew each turn. Such a string is turned
    into a list when it is first met.
    """

    session_includes_action = True

    def __init__(self, settings: RedisSettings) -> None:
        """Connects when the first conversation is asked for."""
        self._redis = connect(settings)
        self._prefix = settings.prefix("tracker")
        self._expires = int((settings.record_exp or 0) * 1000)
        register = self._redis.register_script
        self._load, self._from, self._append = register(_LOAD), register(_FROM), register(_APPEND)
        self._replace, self._convert, self._all = register(_REPLACE), register(_CONVERT), register(_ALL)
        self._latest = register(_LATEST)

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the events after it, else the latest session."""
        base, length, texts, snapshot = await self._run(self._load, sender_id)
        if length == 0:
            return None
        return Saved(events=events_from_texts(texts), position=base + length, snapshot=snapshot)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`."""
        found = await self._run(self._from, sender_id, position)
        if found is None:
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        return Saved(events=events_from_texts(found[1]), position=found[0])

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event of every session."""
        return events_from_texts(await self._run(self._all, sender_id))

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Adds `events` to the list; a script checks the position and writes, or writes nothing."""
        started = session_action(events)
        words = [after, self._expires, -1 if started is None else started, snapshot or b"", *_texts(events)]
        position: int = await self._run(self._append, sender_id, *words)
        if position < 0:
            raise ConversationMoved(f"conversation '{sender_id}' is no longer at {after}")
        return position

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Makes `events` the whole list."""
        words = [self._expires, session_action(events) or 0, *_texts(events)]
        position: int = await self._run(self._replace, sender_id, *words)
        return position

    async def delete(self, sender_id: str) -> bool:
        """Deletes the list and what was known about it."""
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
            latest = await self._run(self._latest, sender_id)
            if latest is not None and event_fields(latest).get("timestamp", before) < before:
                yield sender_id

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    def _keys(self, sender_id: str) -> list[str]:
        return [f"{self._prefix}{sender_id}", f"about-{self._prefix}{sender_id}"]

    async def _run(self, script: Script, sender_id: str, *words: Any) -> Any:
        from redis.exceptions import RedisError, ResponseError

        try:
            try:
                return await script(keys=self._keys(sender_id), args=words)
            except ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                await self._convert_string(sender_id)
                return await script(keys=self._keys(sender_id), args=words)
        except (RedisError, OSError) as error:
            raise StorageError(f"Redis cannot be reached: {error}") from error

    async def _convert_string(self, sender_id: str) -> None:
        """Turns the conversation that stock Rasa wrote into a list."""
        written = await self._redis.get(self._keys(sender_id)[0])
        items = event_fields(written).get("events") or []
        started = session_action(events_from_fields(items)) or 0
        words = [written, started, *(event_text(item) for item in items)]
        await self._convert(keys=self._keys(sender_id), args=words)


def _texts(events: Sequence[Event]) -> list[str]:
    return [event_bytes(event).decode() for event in events]
