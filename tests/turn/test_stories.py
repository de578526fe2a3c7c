"""Stories: memoization does again what they did, and forgets what does not matter."""

from __future__ import annotations

import pytest

from turnwise.testing import Bot

DOMAIN = """
intents: [order, card, cash, colour, chat]
entities: [colour]
slots:
  colour:
    type: text
    mappings: [{type: from_entity, entity: colour}]
responses:
  utter_how: [{text: Card or cash?}]
  utter_card: [{text: Insert card.}]
  utter_cash: [{text: Exact change.}]
  utter_colour: [{text: Nice.}]
  utter_chat: [{text: Indeed.}]
  utter_default: [{text: Pardon?}]
"""

STORIES = """
stories:
- story: by card
  steps:
  - intent: order
  - action: utter_how
  - intent: card
  - action: utter_card
- story: in cash
  steps:
  - intent: order
  - action: utter_how
  - intent: cash
  - action: utter_cash
- story: colour
  steps:
  - intent: colour
    entities: [{colour: red}]
  - slot_was_set: [{colour: red}]
  - action: utter_colour
"""

RULES = """
rules:
- rule: chat
  steps:
  - intent: chat
  - action: utter_chat
"""


def bot(policy: str, *, stories: str = STORIES, **settings: object) -> Bot:
    lines = "".join(f"\n  {key}: {value}" for key, value in settings.items())
    config = f"""
recipe: default.v1
language: en
assistant_id: test
pipeline:
- name: KeywordIntentClassifier
policies:
- name: {policy}{lines}
- name: RulePolicy
"""
    return Bot.train(domain=DOMAIN, stories=stories, rules=RULES, config=config)


async def test_a_story_is_followed() -> None:
    shop = bot("MemoizationPolicy")
    assert (await shop.hears("/order")).replies == ("Card or cash?",)
    assert (await shop.hears("/cash")).replies == ("Exact change.",)


async def test_a_turn_of_a_rule_does_not_disturb_a_story() -> None:
    shop = bot("MemoizationPolicy")
    await shop.hears("/order")
    assert (await shop.hears("/chat")).replies == ("Indeed.",)
    assert (await shop.hears("/card")).replies == ("Insert card.",)


async def test_without_a_limit_the_whole_conversation_must_match() -> None:
    shop = bot("MemoizationPolicy")
    await shop.hears('/colour{"colour": "red"}')
    assert (await shop.hears("/order")).replies == ("Pardon?",)


async def test_only_the_window_must_match() -> None:
    """Slots still count: they are part of every state in it."""
    shop = bot("MemoizationPolicy", max_history=2)
    await shop.hears("/order")
    await shop.hears("/cash")
    assert (await shop.hears("/card")).replies == ("Pardon?",)


async def test_augmented_memoization_forgets_what_was_before() -> None:
    shop = bot("AugmentedMemoizationPolicy", max_history=4)
    await shop.hears('/colour{"colour": "red"}')
    assert (await shop.hears("/order")).replies == ("Card or cash?",)
    assert (await shop.hears("/card")).replies == ("Insert card.",)


TWO_WAYS = """
stories:
- story: asked at once
  steps:
  - intent: order
  - action: utter_chat
  - action: utter_cash
- story: or served at once
  steps:
  - intent: order
  - action: utter_card
"""


async def test_augmented_memoization_may_begin_with_what_only_a_rule_said() -> None:
    """Two stories differ on what follows an order alone; begun at the rule's answer, it is one they know."""
    shop = bot("AugmentedMemoizationPolicy", max_history=1, stories=TWO_WAYS)
    assert (await shop.hears("/order")).replies == ("Pardon?",)
    await shop.hears("/chat")
    assert (await shop.hears("/order")).replies == ("Exact change.",)


@pytest.mark.parametrize("policy", ["MemoizationPolicy", "AugmentedMemoizationPolicy"])
async def test_a_long_conversation_costs_and_answers_the_same(policy: str) -> None:
    """The tracker is cut on the way, more than once, and nobody can tell."""
    shop = bot(policy, max_history=4)
    for _ in range(150):
        await shop.hears("/chat")
    assert (await shop.hears("/order")).replies == ("Card or cash?",)
    assert (await shop.hears("/card")).replies == ("Insert card.",)
    at_hand = await shop.agent.conversations.open("default")
    assert at_hand.tracker.length < 600 < len((await shop.tracker()).events)


async def test_an_action_that_the_domain_lacks_is_not_predicted() -> None:
    """A story has learned it, but nobody could run it; what others predict stands."""
    stories = "stories:\n- story: order\n  steps:\n  - intent: order\n  - action: utter_gone\n"
    shop = bot("MemoizationPolicy", max_history=3, stories=stories)
    assert (await shop.hears("/order")).replies == ("Pardon?",)
    assert (await shop.hears("/chat")).replies == ("Indeed.",)
