"""Events between conversation and broker: kept until the broker has them, sent in order, at least once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from turnwise.dialogue.events import Event
from turnwise.storage.event_broker import EventBroker, Outgoing, outgoing

log = logging.getLogger(__name__)

BATCH = 200
"""Messages given to the broker at a time."""
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, … failure in a row; the last one ever after."""
LOOK_AGAIN = 2.0
"""Seconds after which an outbox that several workers share is looked into unasked."""
LAST_CALL = 5.0
"""Seconds that what is left has when the server stops."""


class Shelf(Protocol):
    """Where messages wait."""

    async def waiting(self) -> Sequence[tuple[int, Outgoing]]:
        """The messages that wait longest, numbered, at most BATCH; none if another worker sends them."""

    async def done(self, numbers: Sequence[int]) -> None:
        """The messages with these numbers have been sent."""


class Outbox:
    """Sends what is on a shelf, in the background."""

    def __init__(self, broker: EventBroker, shelf: Shelf) -> None:
        self._broker = broker
        self._shelf = shelf
        self._news = asyncio.Event()
        self._closing = False
        self._sending = asyncio.get_running_loop().create_task(self._send_forever())

    async def publish(self, sender_id: str, events: Sequence[Event]) -> None:
        """There is something new on the shelf: the tracker store put it there with the events themselves."""
        self._news.set()

    async def close(self) -> None:
        """Sends what is left, as far as that is possible at once, and ends."""
        self._closing = True
        self._news.set()
        try:
            await asyncio.wait_for(self._sending, LAST_CALL)
        except TimeoutError:
            log.warning("outbox.closed_before_empty")
        await self._broker.close()

    async def _send_forever(self) -> None:
        failures = 0
        while True:
            try:
                sent = await self._send_some()
                failures = 0
            except Exception as error:  # whatever a broker raises, what comes later must still be sent
                sent = 0
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                failures += 1
                log.warning("outbox.broker_failed retry_in=%s error=%r", pause, error)
                await asyncio.sleep(pause)
            if not sent and not failures:
                if self._closing:
                    return
                await self._wait_for_news()

    async def _send_some(self) -> int:
        self._news.clear()
        batch = await self._shelf.waiting()
        if batch:
            await self._broker.publish([message for _, message in batch])
            await self._shelf.done([number for number, _ in batch])
        return len(batch)

    async def _wait_for_news(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), LOOK_AGAIN)
        except TimeoutError:
            return


class MemoryShelf:
    """Messages that wait in this process, for tracker stores without transactions; lost with the process."""

    def __init__(self, *, limit: int = 100_000) -> None:
        """
        Args:
            limit: How many may wait; the oldest go when a broker stays away for too long.
        """
        self._messages: deque[Outgoing] = deque(maxlen=limit)
        self._first = 0
        self._lost = 0

    def put(self, sender_id: str, events: Sequence[Event]) -> None:
        """Adds what happened in a conversation."""
        for event in events:
            if len(self._messages) == self._messages.maxlen:
                self._first += 1
                self._lost += 1
                if self._lost % 1000 == 1:
                    log.error("outbox.full lost=%s", self._lost)
            self._messages.append(outgoing(sender_id, event))

    async def waiting(self) -> Sequence[tuple[int, Outgoing]]:
        """The oldest messages."""
        count = min(BATCH, len(self._messages))
        return [(self._first + index, self._messages[index]) for index in range(count)]

    async def done(self, numbers: Sequence[int]) -> None:
        """Forgets the messages up to the last of `numbers`; some may have had to go meanwhile."""
        while self._messages and self._first <= numbers[-1]:
            self._messages.popleft()
            self._first += 1


class MemoryOutbox(Outbox):
    """An outbox whose shelf is filled by `publish`."""

    def __init__(self, broker: EventBroker, shelf: MemoryShelf | None = None) -> None:
        self._own = shelf or MemoryShelf()
        super().__init__(broker, self._own)

    async def publish(self, sender_id: str, events: Sequence[Event]) -> None:
        """Puts `events` on the shelf; returns before they are sent."""
        self._own.put(sender_id, events)
        self._news.set()
