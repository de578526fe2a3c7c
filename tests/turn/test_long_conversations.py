"""A long conversation: what is kept at hand, what the action server is sent, and that nobody can tell."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from turnwise.conversations import KEPT_EVENTS, Conversations
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.testing import Bot

DOMAIN = """
intents: [go, fill]
entities: [city]
slots:
  city:
    type: text
    mappings: [{type: from_entity, entity: city}]
  reason:
    type: text
    mappings: [{type: from_text, conditions: [{active_loop: why_form, requested_slot: reason}]}]
forms:
  why_form:
    required_slots: [reason]
actions: [action_go]
responses:
  utter_ask_reason: [{text: Why?}]
  utter_thanks: [{text: Thanks.}]
  utter_default: [{text: Pardon?}]
"""
RULES = """
rules:
- rule: go
  steps:
  - intent: go
  - action: action_go
- rule: fill
  steps:
  - intent: fill
  - action: why_form
  - active_loop: why_form
- rule: filled
  condition:
  - active_loop: why_form
  steps:
  - action: why_form
  - active_loop: null
  - action: utter_thanks
"""


def counting(seen: list[int]) -> Bot:
    def go(tracker: Tracker) -> Sequence[Event]:
        seen.append(len(tracker.events))
        return []

    return Bot.train(domain=DOMAIN, rules=RULES, actions={"action_go": go})


async def test_action_servers_see_a_window_of_a_long_conversation() -> None:
    seen: list[int] = []
    shop = counting(seen)
    for _ in range(250):
        await shop.hears("/go")

    assert max(seen) < 2 * KEPT_EVENTS + 10
    assert len((await shop.tracker()).events) > 1_000


async def test_the_whole_conversation_can_be_asked_for() -> None:
    seen: list[int] = []
    shop = counting(seen)
    shop.agent.conversations.kept_events = None
    for _ in range(150):
        await shop.hears("/go")

    assert seen[-1] == len((await shop.tracker()).events) - 2  # the action and the listen came after


async def test_a_cut_conversation_is_read_back_from_its_snapshot() -> None:
    """Another worker, which has nothing at hand, goes on in the middle of a form."""
    shop = counting([])
    await shop.hears('/go{"city": "Rome"}')
    for _ in range(200):
        await shop.hears("/go")
    await shop.hears("/fill")
    assert shop.agent.assistant is not None
    successor = Bot.of(shop.agent.assistant, store=shop.agent.tracker_store)
    saved = await shop.agent.tracker_store.load("default")
    turn = await successor.hears("because")

    assert saved is not None
    assert saved.snapshot is not None
    assert len(saved.events) < 600
    assert turn.slots["reason"] == "because"
    assert turn.slots["city"] == "Rome"


async def test_going_back_beyond_what_is_kept_reads_the_whole_conversation() -> None:
    shop = counting([])
    await shop.hears('/go{"city": "Rome"}')
    await shop.hears('/go{"city": "Bonn"}')
    kept = Conversations(shop.agent.tracker_store, shop.agent.versions, kept_events=2)
    opened = await kept.open("default")
    assert opened.tracker.length == 2

    shop.agent.conversations.kept_events = 2
    assert shop.agent.assistant is not None
    shop.agent.swap(shop.agent.assistant)
    turn = await shop.hears("/back")
    assert turn.slots["city"] == "Rome"


async def test_nothing_of_what_was_cut_waits_for_the_garbage_collector() -> None:
    """It runs seldom in a server; what a conversation no longer needs is freed at once."""
    shop = counting([])
    await shop.hears("/go")
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            await shop.hears("/go")
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        waited = [type(each).__name__ for each in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not {"History", "Past", "Tracker", "Visible"} & set(waited)
