"""Rules: what they match, which one wins, and what happens where none does."""

from __future__ import annotations

import pytest

from turnwise.errors import ProjectError
from turnwise.testing import Bot

DOMAIN = """
intents: [greet, ask, bye, order, show]
entities: [size, city]
slots:
  size:
    type: categorical
    values: [small, large]
    mappings: [{type: from_entity, entity: size}]
  vip:
    type: bool
    mappings: [{type: from_intent, intent: order, value: true}]
responses:
  utter_hello: [{text: Hello.}]
  utter_hello_again: [{text: "Hello, again."}]
  utter_large: [{text: Large.}]
  utter_any: [{text: Any.}]
  utter_vip: [{text: Welcome back.}]
  utter_stranger: [{text: Who are you?}]
  utter_default: [{text: Pardon?}]
actions: []
"""

RULES = """
rules:
- rule: first greeting
  conversation_start: true
  steps:
  - intent: greet
  - action: utter_hello
- rule: greeting
  steps:
  - intent: greet
  - action: utter_hello_again
- rule: large
  condition:
  - slot_was_set: [{size: large}]
  steps:
  - intent: show
  - action: utter_large
- rule: any
  steps:
  - intent: show
  - action: utter_any
- rule: known
  condition:
  - slot_was_set: [{vip: true}]
  steps:
  - intent: ask
  - action: utter_vip
- rule: unknown
  condition:
  - slot_was_set: [{vip: null}]
  steps:
  - intent: ask
  - action: utter_stranger
- rule: order
  steps:
  - intent: order
  - action: utter_any
"""


def bot(rules: str = RULES) -> Bot:
    return Bot.train(domain=DOMAIN, rules=rules)


async def test_a_rule_for_the_start_matches_only_there() -> None:
    shop = bot()
    assert (await shop.hears("/greet")).replies == ("Hello.",)
    assert (await shop.hears("/greet")).replies == ("Hello, again.",)


async def test_the_rule_that_asks_for_more_wins() -> None:
    shop = bot()
    assert (await shop.hears("/show")).replies == ("Any.",)
    assert (await shop.hears('/show{"size": "large"}')).replies == ("Large.",)
    assert (await shop.hears('/show{"size": "small"}')).replies == ("Any.",)


async def test_null_in_a_condition_wants_the_slot_unset() -> None:
    shop = bot()
    assert (await shop.hears("/ask")).replies == ("Who are you?",)
    await shop.hears("/order")
    assert (await shop.hears("/ask")).replies == ("Welcome back.",)


async def test_where_no_rule_matches_the_turn_is_taken_back() -> None:
    shop = bot()
    turn = await shop.hears("/bye")
    assert turn.replies == ("Pardon?",)
    assert turn.tracker.latest_intent is None


@pytest.mark.parametrize("intent", ["restart", "session_start"])
async def test_default_intents_need_no_rule(intent: str) -> None:
    shop = bot()
    await shop.hears('/show{"size": "large"}')
    turn = await shop.hears(f"/{intent}")
    assert turn.slots["size"] == (None if intent == "restart" else "large")


async def test_back_undoes_the_turn_before_with_its_slots() -> None:
    shop = bot()
    await shop.hears("/greet")
    await shop.hears('/show{"size": "large"}')
    turn = await shop.hears("/back")
    assert turn.slots["size"] is None
    assert (await shop.hears("/show")).replies == ("Any.",)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (
            "- rule: other greeting\n  steps:\n  - intent: greet\n  - action: utter_any\n",
            ["'greeting'", "'other greeting'"],
        ),
        (
            "- rule: lost\n  steps:\n  - intent: bye\n  - action: utter_anny\n",
            ["no action 'utter_anny'", "'lost'", "did you mean 'utter_any'?"],
        ),
        (
            "- rule: long\n  steps:" + "\n  - intent: bye\n  - action: utter_any" * 2 + "\n",
            ["'long'", "more than 1 user message"],
        ),
    ],
)
def test_rules_that_cannot_be_followed_stop_the_training_and_are_named(extra: str, words: list[str]) -> None:
    with pytest.raises(ProjectError) as caught:
        bot(RULES + extra)
    for word in words:
        assert word in str(caught.value)
    assert "rules.yml:" in str(caught.value)


def test_an_incomplete_rule_is_named() -> None:
    rules = """
rules:
- rule: sets
  steps:
  - intent: ask
  - action: utter_any
  - slot_was_set: [{vip: true}]
- rule: forgets
  steps:
  - intent: bye
  - action: utter_any
"""
    with pytest.raises(ProjectError, match="'forgets' does not set slots that it sets in other rules: 'vip'"):
        bot(rules)


def test_a_retrieval_answer_without_examples_is_explained() -> None:
    domain = DOMAIN.replace("responses:", "responses:\n  utter_faq/price: [{text: Nothing.}]", 1)
    rules = "rules:\n- rule: faq\n  steps:\n  - intent: ask\n  - action: utter_faq\n"
    with pytest.raises(ProjectError, match="examples for intents such as 'faq/price'"):
        Bot.train(domain=domain, rules=rules)
