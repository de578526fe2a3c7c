"""Reminders that wait in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from turnwise.channels.channel import OutputChannel
from turnwise.dialogue.events import ReminderCancelled, ReminderScheduled

log = logging.getLogger(__name__)

Fire = Callable[[str, ReminderScheduled, OutputChannel], Awaitable[None]]
"""Triggers a reminder's intent in the conversation of a sender."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    sender_id: str
    reminder: ReminderScheduled
    timer: asyncio.TimerHandle


@dataclass(slots=True)
class Reminders:
    """Fires each reminder once, at its time. A name is used once: the later reminder replaces the earlier."""

    fire: Fire
    clock: Callable[[], float]
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _firing: set[asyncio.Task[None]] = field(default_factory=set)

    def schedule(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        self._drop(reminder.name)
        delay = max(0.0, due(reminder) - self.clock())
        timer = asyncio.get_running_loop().call_later(delay, self._start, sender_id, reminder, output)
        self._waiting[reminder.name] = _Waiting(sender_id, reminder, timer)

    def cancel(self, sender_id: str, cancelled: ReminderCancelled) -> None:
        """Drops the reminders of a conversation that match every given field."""
        matching = [
            name
            for name, waiting in self._waiting.items()
            if waiting.sender_id == sender_id and _matches(waiting.reminder, cancelled)
        ]
        for name in matching:
            self._drop(name)

    def _drop(self, name: str) -> None:
        waiting = self._waiting.pop(name, None)
        if waiting is not None:
            waiting.timer.cancel()

    def _start(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        self._waiting.pop(reminder.name, None)
        task = asyncio.get_running_loop().create_task(self._fire(sender_id, reminder, output))
        self._firing.add(task)  # a task that nobody holds may be collected before it ends
        task.add_done_callback(self._firing.discard)

    async def _fire(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        try:
            await self.fire(sender_id, reminder, output)
        except Exception:
            log.exception("reminder.failed name=%s sender=%s", reminder.name, sender_id)

    def close(self) -> None:
        for name in list(self._waiting):
            self._drop(name)


def is_dated(reminder: ReminderScheduled) -> bool:
    """Whether the time of a reminder can be read."""
    try:
        due(reminder)
    except ValueError:
        return False
    return True


def due(reminder: ReminderScheduled) -> float:
    """When the reminder is due, in seconds since 1970; a time without a zone is local."""
    return datetime.fromisoformat(reminder.date_time).timestamp()


def _matches(reminder: ReminderScheduled, cancelled: ReminderCancelled) -> bool:
    return all(getattr(reminder, key) == value for key, value in cancelled.wanted.items())
