"""Conversations that nobody goes on with are erased after a time, by one worker for all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator

from turnwise import interventions
from turnwise.agent import Agent
from turnwise.errors import LockError, StorageError
from turnwise.storage.tracker_store import FindsIdle

log = logging.getLogger(__name__)

DAY = 24 * 60 * 60.0
PERIOD = 60 * 60.0
"""Seconds between two times that conversations are looked through, and that the worker's lease for it runs:
if the worker dies meanwhile, another one takes over after that time."""
LOOK_AGAIN = 5 * 60.0
"""Seconds after which a worker looks whether the work has become its own."""
WORK = "retention"
"""What the lease is called."""


class Retention:
    """Erases conversations whose latest event is older than so many days: tracker, reminders, all."""

    def __init__(self, agent: Agent, *, days: float) -> None:
        self._agent = agent
        self._age = days * DAY

    async def watch(self) -> None:
        """Goes on until cancelled; whatever fails, the next try comes."""
        while True:
            pause = LOOK_AGAIN
            try:
                if await self._is_mine():
                    await self.erase(leased=True)
                    pause = PERIOD
            except (StorageError, LockError) as error:
                log.warning("retention.failed retry_in=%s error=%s", pause, error)
            await asyncio.sleep(pause)

    async def erase(self, *, leased: bool = False, dry_run: bool = False) -> int:
        """Erases all that are old enough; returns how many.

        Args:
            leased: Whether to stop when the work is no longer this worker's.
            dry_run: Whether only to count them.
        """
        count, renewed = 0, time.monotonic()
        before = self._agent.clock() - self._age
        async for sender_id in self._candidates(before):
            if leased and time.monotonic() - renewed > PERIOD / 4:
                if not await self._is_mine():
                    break
                renewed = time.monotonic()
            act = interventions.is_idle if dry_run else interventions.erase_idle
            count += await act(self._agent, sender_id, before)
        if count and not dry_run:
            log.info("retention.erased conversations=%s", count)
        return count

    def _candidates(self, before: float) -> AsyncIterator[str]:
        """Conversations whose latest event may have happened before that time, in seconds since 1970."""
        store = self._agent.conversations.store
        return store.idle(before) if isinstance(store, FindsIdle) else store.sender_ids()

    async def _is_mine(self) -> bool:
        lease = getattr(self._agent.lock_store, "lease", None)
        # A lock store of the project's own may not have any. Then each worker does the work: no harm is in
        # that, for each conversation is locked while it is looked at and erased.
        return lease is None or bool(await lease(WORK, PERIOD))
