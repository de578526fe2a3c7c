"""The in-memory lock store: one message of a conversation at a time, in order, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from turnwise.errors import UsageError
from turnwise.storage.lock_store import lock_lifetime
from turnwise.storage.locks import MemoryLockStore


async def test_messages_of_a_conversation_go_one_by_one_in_order() -> None:
    """However many wait, they enter in the order in which they came and never two at once."""
    locks, log = MemoryLockStore(lifetime=60), []

    async def message(number: int) -> None:
        async with locks.hold("ada"):
            log.append(("in", number))
            await asyncio.sleep(0)
            log.append(("out", number))

    await asyncio.gather(*(message(number) for number in range(20)))
    assert log == [(way, number) for number in range(20) for way in ("in", "out")]


async def test_other_conversations_do_not_wait() -> None:
    """A lock is held on one conversation only."""
    locks = MemoryLockStore(lifetime=60)
    async with locks.hold("ada"), asyncio.timeout(1), locks.hold("bob"):
        pass


async def test_an_error_frees_the_lock() -> None:
    """The next message enters after a turn that failed."""
    locks = MemoryLockStore(lifetime=60)
    with pytest.raises(RuntimeError):
        async with locks.hold("ada"):
            raise RuntimeError
    async with asyncio.timeout(1), locks.hold("ada"):
        pass


async def test_who_gives_up_leaves_the_line() -> None:
    """A cancelled waiter is skipped, and the one behind it enters."""
    locks, entered = MemoryLockStore(lifetime=60), []

    async def message(name: str) -> None:
        async with locks.hold("ada"):
            entered.append(name)

    async with locks.hold("ada"):
        impatient = asyncio.create_task(message("impatient"))
        patient = asyncio.create_task(message("patient"))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.sleep(0)
    await patient
    assert entered == ["patient"]


async def test_who_gives_up_when_called_passes_the_lock_on() -> None:
    """A waiter that is cancelled in the very moment of its turn does not keep the lock."""
    locks = MemoryLockStore(lifetime=60)

    async def message() -> None:
        async with locks.hold("ada"):
            pass

    async with locks.hold("ada"):
        first, second = asyncio.create_task(message()), asyncio.create_task(message())
        await asyncio.sleep(0)
    first.cancel()  # it was called, and has not run yet
    async with asyncio.timeout(1):
        await second
    assert first.cancelled()


async def test_a_lock_held_too_long_passes_on() -> None:
    """After its lifetime the next in line enters; the slow one's leaving then frees nothing."""
    locks, order = MemoryLockStore(lifetime=0.01), []
    slow_may_end = asyncio.Event()

    async def slow() -> None:
        async with locks.hold("ada"):
            order.append("slow in")
            await slow_may_end.wait()
        order.append("slow out")

    async def next_one() -> None:
        async with locks.hold("ada"):
            order.append("next in")
            slow_may_end.set()
            await slow_task
            await third_waits

    async def third() -> None:
        async with locks.hold("ada"):
            order.append("third in")

    slow_task = asyncio.create_task(slow())
    next_task = asyncio.create_task(next_one())
    third_waits = asyncio.get_running_loop().create_future()
    third_waits.set_result(None)
    await next_task
    await third()
    assert order == ["slow in", "next in", "slow out", "third in"]


async def test_nothing_is_left_of_idle_conversations() -> None:
    """Conversations that nobody holds or waits for take no memory."""
    locks = MemoryLockStore(lifetime=60)
    for number in range(100):
        async with locks.hold(f"user-{number}"):
            pass
    assert not locks._lines


@pytest.mark.parametrize(("value", "seconds"), [("", 60), ("0", 60), ("5", 5), ("0.5", 0.5)])
def test_lifetime_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, seconds: float
) -> None:
    """TICKET_LOCK_LIFETIME is in seconds; empty and 0 mean 60, as in Rasa."""
    monkeypatch.setenv("TICKET_LOCK_LIFETIME", value)
    assert lock_lifetime() == seconds


def test_a_wrong_lifetime_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no number is refused with the variable's name."""
    monkeypatch.setenv("TICKET_LOCK_LIFETIME", "soon")
    with pytest.raises(UsageError, match="TICKET_LOCK_LIFETIME"):
        lock_lifetime()
