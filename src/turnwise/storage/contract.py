"""The tests that every tracker store passes: subclass, give it a store, and run pytest.

class TestMyStore(TrackerStoreContract):
    @pytest.fixture
    async def store(self):
        store = MyStore()
        yield store
        await store.close()
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

import pytest

from turnwise.dialogue.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from turnwise.errors import ConversationMoved
from turnwise.storage.tracker_store import FindsIdle, TrackerStore


def session_start(at: float) -> list[Event]:
    """The three events a session begins with."""
    return [
        ActionExecuted(name="action_session_start", confidence=1.0, timestamp=at),
        SessionStarted(timestamp=at + 0.1),
        ActionExecuted(name="action_listen", timestamp=at + 0.2),
    ]


def turn(text: str, at: float) -> list[Event]:
    """What a user said, and an answer."""
    return [
        UserUttered(
            text=text,
            parse_data={"intent": {"name": "greet", "confidence": 0.9}, "entities": []},
            input_channel="rest",
            message_id=f"id-{at}",
            timestamp=at,
        ),
        SlotSet(name="mood", value={"nested": [1, 2.5, None, "ünï\u0000"]}, timestamp=at + 0.1),
        BotUttered(text="Hi.", data={"image": "https://example.org/i.png"}, timestamp=at + 0.2),
    ]


def texts(events: Sequence[Event]) -> list[object]:
    """Events as comparable JSON."""
    return [event.to_json() for event in events]


class TrackerStoreContract:
    """What `TrackerStore` promises, as tests."""

    keeps_all_sessions: ClassVar[bool] = True
    """Whether `load_all` returns sessions before the one that was stored last."""
    session_begins_with_action: ClassVar[bool] = False
    """Whether the latest session includes the `action_session_start` before `session_started`."""

    async def test_a_new_conversation_is_unknown(self, store: TrackerStore) -> None:
        """Nothing is known of a conversation before its first event."""
        assert await store.load("ada") is None
        assert await store.load_all("ada") == []
        assert not (await store.after("ada", 0)).events

    async def test_events_come_back_as_they_were(self, store: TrackerStore) -> None:
        """Every field of every event survives, in order."""
        events = [*session_start(1), *turn("hi", 2)]
        position = await store.append("ada", events, after=0)

        saved = await store.load("ada")
        assert saved is not None
        assert saved.position == position > 0
        assert texts(await store.load_all("ada")) == texts(events)

    async def test_appending_goes_on_where_it_ended(self, store: TrackerStore) -> None:
        """Positions grow, and `after` returns what came behind one."""
        first = await store.append("ada", session_start(1), after=0)
        second = await store.append("ada", turn("hi", 2), after=first)

        assert second > first
        behind = await store.after("ada", first)
        assert texts(behind.events) == texts(turn("hi", 2))
        assert behind.position == second
        assert not (await store.after("ada", second)).events

    async def test_who_comes_second_writes_nothing(self, store: TrackerStore) -> None:
        """Of two workers that read the same position, the second is refused and leaves no trace."""
        start = await store.append("ada", session_start(1), after=0)
        await store.append("ada", turn("first", 2), after=start)

        with pytest.raises(ConversationMoved):
            await store.append("ada", turn("second", 3), after=start)
        assert texts(await store.load_all("ada")) == texts([*session_start(1), *turn("first", 2)])

    async def test_of_many_at_once_one_wins(self, store: TrackerStore) -> None:
        """However many append behind the same position at once, exactly one succeeds."""
        start = await store.append("ada", session_start(1), after=0)
        tries = [store.append("ada", turn(f"try {i}", 2 + i), after=start) for i in range(8)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, ConversationMoved) for outcome in outcomes) == 7
        assert len(await store.load_all("ada")) == 6

    async def test_of_many_beginnings_one_wins(self, store: TrackerStore) -> None:
        """The same holds for a conversation that does not exist yet."""
        tries = [store.append("ada", session_start(1 + i), after=0) for i in range(8)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
        assert len(await store.load_all("ada")) == 3

    async def test_conversations_do_not_mix(self, store: TrackerStore) -> None:
        """Each conversation has its own events and its own end."""
        await store.append("ada", session_start(1), after=0)
        await store.append("bob", turn("hi", 2), after=0)

        assert texts(await store.load_all("ada")) == texts(session_start(1))
        assert texts(await store.load_all("bob")) == texts(turn("hi", 2))
        assert sorted([name async for name in store.sender_ids()]) == ["ada", "bob"]

    async def test_only_the_latest_session_is_loaded(self, store: TrackerStore) -> None:
        """Without a snapshot, loading begins at the latest session."""
        first = await store.append("ada", [*session_start(1), *turn("old", 2)], after=0)
        await store.append("ada", [*session_start(3), *turn("new", 4)], after=first)

        saved = await store.load("ada")
        assert saved is not None
        session = [*session_start(3), *turn("new", 4)]
        assert texts(saved.events) == texts(session if self.session_begins_with_action else session[1:])

    async def test_all_sessions_are_kept(self, store: TrackerStore) -> None:
        """`load_all` returns every session, unless the store is known to forget."""
        first = await store.append("ada", session_start(1), after=0)
        second = await store.append("ada", session_start(2), after=first)
        await store.append("ada", turn("hi", 3), after=second)

        everything = [*session_start(1), *session_start(2), *turn("hi", 3)]
        latest = [*session_start(2), *turn("hi", 3)]
        assert texts(await store.load_all("ada")) == texts(everything if self.keeps_all_sessions else latest)

    async def test_a_snapshot_shortens_loading(self, store: TrackerStore) -> None:
        """With a snapshot, only what came after it is loaded."""
        first = await store.append("ada", session_start(1), after=0, snapshot=b"\x00state\xff")
        await store.append("ada", turn("hi", 2), after=first)

        saved = await store.load("ada")
        assert saved is not None
        assert saved.snapshot == b"\x00state\xff"
        assert texts(saved.events) == texts(turn("hi", 2))

    async def test_the_latest_snapshot_counts(self, store: TrackerStore) -> None:
        """A later snapshot takes the place of an earlier one."""
        first = await store.append("ada", session_start(1), after=0, snapshot=b"one")
        second = await store.append("ada", turn("hi", 2), after=first, snapshot=b"two")

        saved = await store.load("ada")
        assert saved is not None
        assert (saved.snapshot, list(saved.events), saved.position) == (b"two", [], second)

    async def test_replacing_leaves_nothing_of_the_old(self, store: TrackerStore) -> None:
        """After `replace` there are the new events, no snapshot, and no way on from an old position."""
        old = await store.append("ada", [*session_start(1), *turn("old", 2)], after=0, snapshot=b"old")
        new = await store.replace("ada", turn("new", 3))

        assert texts(await store.load_all("ada")) == texts(turn("new", 3))
        saved = await store.load("ada")
        assert saved is not None
        assert (saved.snapshot, saved.position) == (None, new)
        with pytest.raises(ConversationMoved):
            await store.after("ada", old)
        with pytest.raises(ConversationMoved):
            await store.append("ada", turn("late", 4), after=old)

    async def test_idle_conversations_are_found(self, store: TrackerStore) -> None:
        """Those whose latest event is older than a time; a store that does not know is asked for all."""
        if not isinstance(store, FindsIdle):
            pytest.skip("this store has no `idle`; each of its conversations is looked at")
        await store.append("ada", session_start(1), after=0)
        start = await store.append("bob", session_start(1), after=0, snapshot=b"state")
        await store.append("bob", turn("hi", 100), after=start)
        await store.append("eve", session_start(50), after=0)

        assert [name async for name in store.idle(1)] == []
        assert sorted([name async for name in store.idle(60)]) == ["ada", "eve"]
        assert sorted([name async for name in store.idle(101)]) == ["ada", "bob", "eve"]

    async def test_deleting_is_for_good(self, store: TrackerStore) -> None:
        """A deleted conversation is as unknown as one that never was."""
        await store.append("ada", session_start(1), after=0, snapshot=b"state")

        assert await store.delete("ada") is True
        assert await store.delete("ada") is False
        assert await store.load("ada") is None
        assert [name async for name in store.sender_ids()] == []
