"""The in-memory tracker store passes the contract, and forgets exactly what stock Rasa's forgets."""

from __future__ import annotations

import pytest

from turnwise.errors import ConversationMoved
from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.memory import MemoryTrackerStore


class TestMemoryTrackerStore(TrackerStoreContract):
    """The in-memory store keeps the contract."""

    keeps_all_sessions = False
    session_begins_with_action = True

    @pytest.fixture
    def store(self) -> MemoryTrackerStore:
        return MemoryTrackerStore()


async def test_saving_again_drops_the_sessions_before_the_stored_one() -> None:
    """A conversation keeps its latest stored session and what is saved after it, nothing earlier."""
    store = MemoryTrackerStore()
    first = await store.append("ada", [*session_start(1), *turn("one", 2)], after=0)
    second = await store.append("ada", [*session_start(3), *turn("two", 4)], after=first)
    assert len(await store.load_all("ada")) == 12, "the session before a new one is still there"

    await store.append("ada", turn("three", 5), after=second)
    kept = [*session_start(3), *turn("two", 4), *turn("three", 5)]
    assert texts(await store.load_all("ada")) == texts(kept)


async def test_what_was_dropped_cannot_be_gone_on_from() -> None:
    """A reader whose events were dropped meanwhile is told so, instead of missing some."""
    store = MemoryTrackerStore()
    first = await store.append("ada", session_start(1), after=0)
    second = await store.append("ada", session_start(2), after=first)
    await store.append("ada", turn("hi", 3), after=second)

    with pytest.raises(ConversationMoved):
        await store.after("ada", first - 1)


async def test_a_snapshot_goes_with_the_events_it_needs() -> None:
    """A snapshot older than the oldest kept event describes nothing any more."""
    store = MemoryTrackerStore()
    first = await store.append("ada", session_start(1), after=0, snapshot=b"old")
    second = await store.append("ada", turn("hi", 2), after=first)
    third = await store.append("ada", session_start(3), after=second)
    await store.append("ada", turn("hi", 4), after=third)

    saved = await store.load("ada")
    assert saved is not None
    assert saved.snapshot is None
    assert texts(saved.events) == texts([*session_start(3), *turn("hi", 4)])


async def test_a_bounded_store_forgets_the_conversation_unused_for_longest() -> None:
    """Reading a conversation counts as using it."""
    store = MemoryTrackerStore(max_conversations=2)
    for name in ("ada", "bob"):
        await store.append(name, session_start(1), after=0)
    await store.load("ada")
    await store.append("cleo", session_start(1), after=0)

    assert [name async for name in store.sender_ids()] == ["ada", "cleo"]
