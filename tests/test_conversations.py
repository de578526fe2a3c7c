"""Conversations at hand: as many as fit, and the others as good as they."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from turnwise import conversations
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.tracker_store import Saved
from turnwise.testing import Bot

DOMAIN = """
intents: [hi]
responses:
  utter_hi: [{text: Hello.}]
"""
RULES = """
rules:
- rule: hi
  steps:
  - intent: hi
  - action: utter_hi
"""


class WatchedStore(MemoryTrackerStore):
    """Remembers whose conversations were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    async def load(self, sender_id: str) -> Saved | None:
        self.read.append(sender_id)
        return await super().load(sender_id)


async def _read_for(said_by: Sequence[str]) -> tuple[list[str], list[str | None]]:
    """Who was read from the store for these messages, and the answers."""
    store = WatchedStore()
    bot = Bot.train(domain=DOMAIN, rules=RULES, store=store)
    replies = [reply for sender in said_by for reply in (await bot.hears("/hi", sender=sender)).replies]
    return store.read, replies


async def test_a_conversation_is_read_once() -> None:
    read, replies = await _read_for(["ada", "ada", "bob", "ada", "bob"])
    assert read == ["ada", "bob"]
    assert replies == ["Hello."] * 5


async def test_those_used_longest_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn of this bot has six events, nine with the start of the session: two short conversations fit."""
    monkeypatch.setattr(conversations, "EVENTS_AT_HAND", 20)
    read, replies = await _read_for(["ada", "bob", "ada", "eve", "ada", "bob"])
    assert read == ["ada", "bob", "eve", "ada", "bob"]
    assert replies == ["Hello."] * 6


async def test_however_long_the_conversations_are_room_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not fit even alone is read each time, and goes on the same."""
    monkeypatch.setattr(conversations, "EVENTS_AT_HAND", 5)
    read, replies = await _read_for(["ada", "ada", "bob", "ada"])
    assert read == ["ada", "ada", "bob", "ada"]
    assert replies == ["Hello."] * 4
