"""Models side by side: each conversation has one, keeps it, and shares are kept to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from turnwise.dialogue.events import ActionExecuted
from turnwise.errors import ModelError
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.testing import Bot
from turnwise.versions import MAIN

DOMAIN = """
intents: [greet]
responses:
  utter_greet:
  - text: Hello.
"""
RULES = """
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
"""
SENDERS = [f"user {number}" for number in range(200)]


@pytest.fixture
def bot() -> Bot:
    """A bot whose model is called `old`, with `new` beside it, at 3 to 1."""
    trained = Bot.train(domain=DOMAIN, rules=RULES, store=MemoryTrackerStore())
    assistant = trained.agent.assistant
    assert assistant is not None
    trained.agent.versions.clear()
    trained.agent.swap(replace(assistant, model_id="old"), "old", share=3)
    trained.agent.swap(replace(assistant, model_id="new"), "new", share=1)
    return trained


def successor_of(bot: Bot, **shares: float) -> Bot:
    """Another worker, on the same conversations, with nothing at hand and shares of its own."""
    loaded = {version.name: version.assistant for version in bot.agent.versions}
    other = Bot.of(loaded["old"], store=bot.agent.tracker_store)
    other.agent.versions.clear()
    for name, share in shares.items():
        other.agent.swap(loaded[name], name, share=share)
    return other


async def models(bot: Bot, sender: str) -> set[object]:
    """The models that the events of a conversation name."""
    return {event.metadata["model_id"] for event in (await bot.tracker(sender)).events}


async def test_conversations_are_shared_out(bot: Bot) -> None:
    """New conversations go to models by share; each is answered by one, which its events name."""
    for sender in SENDERS:
        await bot.hears("/greet", sender=sender)
    answered = [await models(bot, sender) for sender in SENDERS]
    counts = Counter(str(each) for named in answered for each in named)
    assert all(len(named) == 1 for named in answered)
    assert 0.15 < counts["new"] / len(SENDERS) < 0.35
    assert bot.agent.versions.shares() == {"old": 0.75, "new": 0.25}


async def test_all_workers_agree(bot: Bot) -> None:
    """Whoever loads the same versions, in whatever order, finds the same model for a conversation."""
    other = successor_of(bot, new=1, old=3)
    for sender in SENDERS:
        assert bot.agent.versions.of(sender).name == other.agent.versions.of(sender).name


async def test_a_running_conversation_keeps_its_model(bot: Bot) -> None:
    """Whatever happens to shares, in this worker and in one that has nothing at hand."""
    for sender in SENDERS:
        await bot.hears("/greet", sender=sender)
    before = {sender: await models(bot, sender) for sender in SENDERS}
    bot.agent.versions.resize("old", 0)
    other = successor_of(bot, old=0, new=1)
    for number, sender in enumerate(SENDERS):
        await (bot if number % 2 else other).hears("/greet", sender=sender)
    assert {sender: await models(bot, sender) for sender in SENDERS} == before
    assert {bot.agent.versions.of(f"later {sender}").name for sender in SENDERS} == {"new"}


async def test_a_long_conversation_keeps_its_model(bot: Bot) -> None:
    """Also where only its snapshot is read, behind which nothing has happened."""
    sender = next(name for name in SENDERS if bot.agent.versions.of(name).name == "new")
    bot.agent.conversations.kept_events = 5
    for _ in range(4):
        await bot.hears("/greet", sender=sender)
    store = bot.agent.tracker_store
    saved = await store.load(sender)
    assert saved is not None
    assert saved.snapshot is not None
    while saved.events:
        await bot.hears("/greet", sender=sender)
        saved = await store.load(sender)
        assert saved is not None

    other = successor_of(bot, old=1, new=0)
    await other.hears("/greet", sender=sender)
    assert await models(other, sender) == {"new"}


async def test_a_conversation_whose_model_is_gone_goes_on_with_another(bot: Bot) -> None:
    """With everything that happened before."""
    sender = next(name for name in SENDERS if bot.agent.versions.of(name).name == "new")
    await bot.hears("/greet", sender=sender)
    bot.agent.versions.drop("new")
    turn = await bot.hears("/greet", sender=sender)
    assert turn.replies == ("Hello.",)
    assert [event.metadata["model_id"] for event in turn.tracker.events if isinstance(event, ActionExecuted)][
        -1
    ] == "old"


async def test_a_version_is_exchanged_by_its_name(bot: Bot) -> None:
    """Its share stays, and its conversations go on with the new model."""
    assistant = next(iter(bot.agent.versions)).assistant
    sender = next(name for name in SENDERS if bot.agent.versions.of(name).name == "new")
    bot.agent.swap(replace(assistant, model_id="newer"), "new")
    assert bot.agent.versions.of(sender).assistant.model_id == "newer"
    assert bot.agent.versions.shares() == {"old": 0.75, "new": 0.25}


async def test_few_conversations_move_when_shares_change(bot: Bot) -> None:
    """Of those that have not begun, only as many as have to."""
    many = [f"user {number}" for number in range(2000)]
    before = {sender: bot.agent.versions.of(sender).name for sender in many}
    bot.agent.versions.resize("new", 3)
    moved = [(before[sender], bot.agent.versions.of(sender).name) for sender in many]
    assert moved.count(("new", "old")) == 0
    assert 0.2 < moved.count(("old", "new")) / len(many) < 0.3


def test_one_version_needs_a_share(bot: Bot) -> None:
    """Nothing changes when a change would leave new conversations without a model."""
    versions = bot.agent.versions
    versions.resize("old", 0)
    assistant = next(iter(versions)).assistant
    attempts: list[Callable[[], None]] = [
        lambda: versions.resize("new", 0),
        lambda: versions.drop("new"),
        lambda: versions.resize("nobody", 1),
        lambda: bot.agent.swap(assistant, "new", share=0),
        lambda: bot.agent.swap(assistant, "third"),
        lambda: bot.agent.swap(assistant, "third", share=-1),
    ]
    for attempt in attempts:
        with pytest.raises(ModelError):
            attempt()
        assert versions.shares() == {"old": 0.0, "new": 1.0}


def test_one_model_alone(bot: Bot) -> None:
    """The usual case: it answers everything, and needs no name."""
    assistant = bot.agent.assistant
    assert assistant is not None
    bot.agent.versions.clear()
    with pytest.raises(ModelError, match="no model is loaded"):
        bot.agent.versions.of("ada")
    bot.agent.swap(assistant)
    assert bot.agent.versions.of("ada", "unknown").name == MAIN
