"""The tests that every lock store of several workers passes: subclass, and give it a fixture `open_locks`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from turnwise.storage.lock_store import LockStore

OpenLocks = Callable[[float], LockStore]
"""Opens the locks as one more worker does; takes their lifetime in seconds."""


class LockStoreContract:
    """What `LockStore` promises, as tests."""

    async def test_workers_exclude_each_other(self, open_locks: OpenLocks) -> None:
        """Two workers never hold the same conversation at once, however they compete."""
        inside = most = entered = 0

        async def message(locks: LockStore) -> None:
            nonlocal inside, most, entered
            async with locks.hold("ada"):
                inside += 1
                entered += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        one, other = open_locks(60), open_locks(60)
        async with asyncio.timeout(10):
            await asyncio.gather(*(message(locks) for locks in (one, other) * 10))
        assert (most, entered) == (1, 20)

    async def test_other_conversations_do_not_wait(self, open_locks: OpenLocks) -> None:
        """A lock is held on one conversation only."""
        locks = open_locks(60)
        async with asyncio.timeout(5), locks.hold("ada"), locks.hold("bob"):
            pass

    async def test_an_error_frees_the_lock(self, open_locks: OpenLocks) -> None:
        """The next message enters after a turn that failed."""
        one, other = open_locks(60), open_locks(60)
        with pytest.raises(RuntimeError):
            async with one.hold("ada"):
                raise RuntimeError
        async with asyncio.timeout(5), other.hold("ada"):
            pass

    async def test_who_gives_up_leaves_the_line(self, open_locks: OpenLocks) -> None:
        """A waiter that is cancelled does not keep those behind it from entering."""
        locks = open_locks(60)
        async with locks.hold("ada"):
            impatient = asyncio.create_task(_enter(locks))
            patient = asyncio.create_task(_enter(locks))
            await asyncio.wait([patient], timeout=0.05)
            impatient.cancel()
            await asyncio.wait([impatient])
            assert not patient.done()
        async with asyncio.timeout(5):
            await patient

    async def test_the_lock_of_a_dead_worker_passes_on(self, open_locks: OpenLocks) -> None:
        """When a holder does not come back, the next in line enters after the lock's lifetime."""
        dying, waiting = open_locks(0.1), open_locks(60)
        await dying.hold("ada").__aenter__()
        async with asyncio.timeout(5), waiting.hold("ada"):
            pass

    async def test_who_lost_its_lock_frees_nothing(self, open_locks: OpenLocks) -> None:
        """A slow holder whose lock passed on does not free that of its successor when it ends at last."""
        slow, successor, third = open_locks(0.1), open_locks(60), open_locks(60)
        async with asyncio.timeout(5):
            async with slow.hold("ada"):
                await successor.hold("ada").__aenter__()
            behind = asyncio.create_task(_enter(third))
            await asyncio.wait([behind], timeout=0.1)
        assert not behind.done()
        behind.cancel()
        await asyncio.wait([behind])

    async def test_work_for_all_is_one_workers(self, open_locks: OpenLocks) -> None:
        """One worker has the lease of a kind of work, and may go on; others get it when it has run out."""
        one, other = open_locks(60), open_locks(60)
        assert await one.lease("sweeping", 60)
        assert await one.lease("sweeping", 60)
        assert not await other.lease("sweeping", 60)
        assert await other.lease("dusting", 0.01)
        async with asyncio.timeout(5):
            while not await one.lease("dusting", 60):
                pass

    async def test_of_many_one_gets_the_lease(self, open_locks: OpenLocks) -> None:
        """However many ask at the same moment."""
        workers = [open_locks(60) for _ in range(5)]
        got = await asyncio.gather(*(locks.lease("sweeping", 60) for locks in workers))
        assert sorted(got) == [False] * 4 + [True]


async def _enter(locks: LockStore) -> None:
    async with locks.hold("ada"):
        pass
