"""The Redis lock store: tickets for workers on any number of machines, served in order."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from types import TracebackType
from typing import Any

from turnwise.errors import LockError
from turnwise.storage.lock_store import lock_lifetime
from turnwise.storage.redis_client import RedisSettings, connect

log = logging.getLogger(__name__)

LOOK_AGAIN = 5.0
"""Seconds after which who waits looks whose turn it is, in case the call was lost on the way."""

# KEYS: a hash of tickets: number to the time at which it expires, in milliseconds; `last`: the latest number.
# Redis's own clock counts: those of the workers may differ.
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# ARGV: lifetime in milliseconds, the ticket's number ('': a new one).
# Returns the number, and milliseconds until the ticket before everybody expires (0: it is this one's turn).
_TURN = (
    _NOW
    + """
local number = tonumber(ARGV[2]) or redis.call('HINCRBY', KEYS[1], 'last', 1)
local first, expires = number, 0
for i, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local other = tonumber(field)
  if other and other < number then
    local until_then = tonumber(redis.call('HGET', KEYS[1], field))
    if until_then <= now then
      redis.call('HDEL', KEYS[1], field)
    elseif other < first then
      first, expires = other, until_then
    end
  end
end
redis.call('HSET', KEYS[1], number, now + tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[1], 10 * tonumber(ARGV[1]))
if first == number then return {number, 0} end
return {number, expires - now}
"""
)
# ARGV: the ticket's number, the channel on which the others are called.
_LEAVE = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HLEN', KEYS[1]) > 1 then
  redis.call('PUBLISH', ARGV[2], KEYS[1])
else
  redis.call('DEL', KEYS[1])
end
return 1
"""
# ARGV: who asks, milliseconds.
_LEASE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


class RedisLockStore:
    """Keeps tickets under the keys `lock:<conversation>`; who leaves calls those who wait."""

    is_shared = True

    def __init__(self, settings: RedisSettings, *, lifetime: float | None = None) -> None:
        """Connects when the first lock is asked for.

        Args:
            lifetime: Seconds after which a holder loses its lock; None takes TICKET_LOCK_LIFETIME.
        """
        self.lifetime = lock_lifetime() if lifetime is None else lifetime
        self._redis = connect(settings)
        self._prefix = settings.prefix("lock")
        self._channel = f"{self._prefix}next"
        self._turn = self._redis.register_script(_TURN)
        self._leave = self._redis.register_script(_LEAVE)
        self._lease = self._redis.register_script(_LEASE)
        self._leases = settings.prefix("lease")
        self._me = uuid.uuid4().hex
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    def hold(self, conversation_id: str) -> _Ticket:
        """A ticket; entering it waits for its turn."""
        return _Ticket(self, f"{self._prefix}{conversation_id}")

    async def lease(self, name: str, seconds: float) -> bool:
        """Takes the key of `name`, unless it is another worker's."""
        from redis.exceptions import RedisError

        try:
            return bool(
                await self._lease(keys=[f"{self._leases}{name}"], args=[self._me, int(seconds * 1000)])
            )
        except (RedisError, OSError) as error:
            raise LockError(f"Redis cannot be reached: {error}") from error

    async def close(self) -> None:
        """Ends listening, and closes the connections."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        await self._redis.aclose()

    async def wait_for_turn(self, key: str) -> int:
        """Takes a ticket of the line `key`, and returns its number when its turn has come.

        Raises:
            LockError: Redis cannot be reached.
        """
        number, wait = await self._ask(key, "")
        if not wait:
            return number
        self._listen()
        called = asyncio.Event()
        self._waiting[key].add(called)
        try:
            while wait:
                # Asking again also keeps this ticket alive.
                pause = min(wait / 1000, self.lifetime / 3, LOOK_AGAIN)
                await _wait(called, pause)
                called.clear()
                _, wait = await self._ask(key, number)
            return number
        except BaseException:
            await self.leave(key, number)
            raise
        finally:
            self._waiting[key].discard(called)
            if not self._waiting[key]:
                del self._waiting[key]

    async def _ask(self, key: str, number: int | str) -> tuple[int, int]:
        from redis.exceptions import RedisError

        try:
            ticket, wait = await self._turn(keys=[key], args=[int(self.lifetime * 1000), number])
        except (RedisError, OSError) as error:
            raise LockError(f"Redis cannot be reached: {error}") from error
        return ticket, wait

    async def leave(self, key: str, number: int) -> None:
        """Gives the ticket back; if that fails it expires by itself."""
        from redis.exceptions import RedisError

        try:
            await asyncio.shield(self._leave(keys=[key], args=[number, self._channel]))
        except (RedisError, OSError) as error:
            log.warning("lock.not_given_back key=%s error=%s", key, error)

    def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._pass_on_calls())

    async def _pass_on_calls(self) -> None:
        """Wakes those in this process who wait for the line that a call names."""
        from redis.exceptions import RedisError

        try:
            async with self._redis.pubsub() as calls:
                await calls.subscribe(self._channel)
                while True:
                    call: Any = await calls.get_message(ignore_subscribe_messages=True, timeout=LOOK_AGAIN)
                    for called in self._waiting.get(call["data"].decode(), ()) if call else ():
                        called.set()
        except (RedisError, OSError) as error:
            log.warning("lock.calls_lost error=%s", error)  # who waits looks by itself, and listens again


async def _wait(called: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(called.wait(), seconds)
    except TimeoutError:
        return


class _Ticket:
    """One place in the line of a conversation."""

    __slots__ = ("_key", "_number", "_store")

    def __init__(self, store: RedisLockStore, key: str) -> None:
        self._store = store
        self._key = key
        self._number = 0

    async def __aenter__(self) -> None:
        self._number = await self._store.wait_for_turn(self._key)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._store.leave(self._key, self._number)
