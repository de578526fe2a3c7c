"""Wayfare's patience: a question that was asked three times in vain comes with the offer of a person."""

from __future__ import annotations

import pytest

from turnwise.assistant import Assistant
from turnwise.dialogue.events import Event, SlotSet
from turnwise.dialogue.tracker import Tracker
from turnwise.testing import CONFIG, Bot

DOMAIN = """
intents: [book, inform, chat, help]
slots:
  city:
    type: text
    mappings: [{type: from_text, conditions: [{active_loop: trip_form, requested_slot: city}]}]
  people:
    type: any
    mappings: [{type: from_text, conditions: [{active_loop: trip_form, requested_slot: people}]}]
forms:
  trip_form: {required_slots: [city, people], ignored_intents: [chat, help]}
actions: [validate_trip_form]
responses:
  utter_ask_city: [{text: Where to?}]
  utter_ask_people: [{text: How many?}]
  utter_chat: [{text: Nice weather.}]
  utter_offer_human: [{text: Shall I call a person?}]
  utter_person: [{text: A person comes.}]
"""
RULES = """
rules:
- rule: book
  steps:
  - intent: book
  - action: trip_form
  - active_loop: trip_form
- rule: chat
  steps:
  - intent: chat
  - action: utter_chat
- rule: help
  steps:
  - intent: help
  - action: utter_person
"""


def validate(tracker: Tracker) -> list[Event]:
    """`/inform` says nothing; any other answer will do."""
    asked = tracker.get_slot("requested_slot")
    return [SlotSet(name=asked, value=None)] if asked and tracker.get_slot(asked) == "/inform" else []


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    policy = "- name: policies.patience.PatiencePolicy\n  offer: utter_offer_human\n"
    trained = Bot.train(domain=DOMAIN, rules=RULES, config=CONFIG + policy).agent.assistant
    assert trained is not None
    return trained


@pytest.fixture
def bot(assistant: Assistant) -> Bot:
    """Nothing has been said yet."""
    return Bot.of(assistant, actions={"validate_trip_form": validate})


async def replies(bot: Bot, *said: str) -> list[tuple[str | None, ...]]:
    return [(await bot.hears(text)).replies for text in said]


async def test_the_third_time_a_person_is_offered_once(bot: Bot) -> None:
    """Two answers that were none, and the third question does not come alone; the fourth does."""
    assert await replies(bot, "/book", "/inform", "/inform", "/inform") == [
        ("Where to?",),
        ("Where to?",),
        ("Where to?", "Shall I call a person?"),
        ("Where to?",),
    ]


async def test_the_form_goes_on_when_the_answer_comes_after_all(bot: Bot) -> None:
    *_, turn = await replies(bot, "/book", "/inform", "/inform", "Rome")
    assert turn == ("How many?",)


async def test_each_question_has_its_own_patience(bot: Bot) -> None:
    turns = await replies(bot, "/book", "/inform", "Rome", "/inform", "/inform")
    assert turns[2:] == [("How many?",), ("How many?",), ("How many?", "Shall I call a person?")]


async def test_the_offer_can_be_taken(bot: Bot) -> None:
    *_, turn = await replies(bot, "/book", "/inform", "/inform", "/help")
    assert turn == ("A person comes.", "Where to?")


async def test_a_digression_is_no_wrong_answer(bot: Bot) -> None:
    """Small talk makes the form ask again, but nobody is stuck."""
    turns = await replies(bot, "/book", "/chat", "/chat", "/chat", "/inform")
    assert all("Shall I call a person?" not in turn for turn in turns)


async def test_without_a_form_it_has_no_opinion(bot: Bot) -> None:
    assert await replies(bot, "/chat", "/chat", "/chat", "/chat") == [("Nice weather.",)] * 4
