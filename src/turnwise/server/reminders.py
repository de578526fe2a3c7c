"""Reminders that survive the process: kept beside the conversations, fired by any worker that is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from turnwise.channels.channel import InputChannel, OutputChannel
from turnwise.channels.collector import Collector
from turnwise.dialogue.events import ReminderCancelled, ReminderScheduled
from turnwise.errors import StorageError
from turnwise.reminders import Fire, Reminders, due
from turnwise.storage.sql_reminders import DueReminder, SqlReminders

log = logging.getLogger(__name__)

LOOK_AGAIN = 5.0
"""Seconds after which the table is looked at anew: other workers may have added to it."""


class StoredReminders(Reminders):
    """As `Reminders`, in a database."""

    __slots__ = ("_channels", "_news", "_running", "_table", "_watching")

    def __init__(
        self,
        fire: Fire,
        table: SqlReminders,
        channels: Sequence[InputChannel],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Begins to watch for reminders that are due.

        Args:
            channels: Those by which users can be reached without a request of theirs.
        """
        super().__init__(fire, clock)
        self._table = table
        self._channels = {channel.name(): channel for channel in channels}
        self._news = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def schedule(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        """Keeps `reminder`; it is written after this returns."""
        self._do(self._table.add(sender_id, reminder, due(reminder), output.name))

    def cancel(self, sender_id: str, cancelled: ReminderCancelled) -> None:
        """Drops matching reminders; they are gone after this returns."""
        self._do(self._table.cancel(sender_id, cancelled))

    def close(self) -> None:
        """Ends watching; what was kept will be fired by others, or after the next start."""
        self._watching.cancel()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._logged(work))
        self._running.add(task)  # a task that nobody holds may be collected before it ends
        task.add_done_callback(self._running.discard)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            self._news.set()
        except Exception:
            log.exception("reminder.not_kept")

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            try:
                for taken in await self._table.take_due():
                    self._do(self._fire_stored(taken))
                pause = await self._pause()
            except StorageError as error:
                log.warning("reminder.store_failed error=%s", error)
                pause = LOOK_AGAIN
            try:
                await asyncio.wait_for(self._news.wait(), pause)
            except TimeoutError:
                continue

    async def _pause(self) -> float:
        next_due = await self._table.next_due()
        return LOOK_AGAIN if next_due is None else min(LOOK_AGAIN, max(0.0, next_due - self.clock()))

    async def _fire_stored(self, taken: DueReminder) -> None:
        await self.fire(taken.sender_id, taken.reminder, self._output(taken.channel))
        await self._table.done(taken.number)

    def _output(self, name: str | None) -> OutputChannel:
        channel = self._channels.get(name or "")
        return (channel.get_output_channel() if channel else None) or Collector()
