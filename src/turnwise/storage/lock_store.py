"""What a lock store promises, and how long a lock lives."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from turnwise.errors import UsageError

DEFAULT_LIFETIME = 60.0


class LockStore(Protocol):
    """Lets the messages of one conversation in one by one, in the order in which they came."""

    is_shared: bool
    """Whether other processes take these locks as well, so that conversations may change elsewhere."""

    def hold(self, conversation_id: str) -> AbstractAsyncContextManager[None]:
        """Waits for those who came earlier; other conversations are not waited for.

        A lock that is held for longer than its lifetime passes to the next in line, so that a worker
        that died or hangs does not keep a conversation for ever. The tracker store notices if the
        slow one writes after all.

        Raises:
            LockError: the lock cannot be had, because the store cannot be reached.
        """

    async def lease(self, name: str, seconds: float) -> bool:
        """Whether the work called `name`, which one worker does for all, is this worker's for `seconds`.

        It is until that time has passed, or longer if it is asked for again; others are refused meanwhile.

        Raises:
            LockError: the store cannot be reached.
        """

    async def close(self) -> None:
        """Releases connections; the store is not used afterwards."""


def lock_lifetime() -> float:
    """Seconds that a lock lives: TICKET_LOCK_LIFETIME, or 60 when it is unset or 0.

    Raises:
        UsageError: the variable holds no number.
    """
    word = os.environ.get("TICKET_LOCK_LIFETIME", "")
    try:
        return float(word or 0) or DEFAULT_LIFETIME
    except ValueError:
        raise UsageError(f"TICKET_LOCK_LIFETIME: '{word}' is no number\n  fix: write seconds") from None
