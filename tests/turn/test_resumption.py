"""A conversation goes on after a restart as if there had been none, wherever it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from turnwise.assistant import Assistant
from turnwise.dialogue.tracker import Tracker
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings
from turnwise.testing import CONFIG, Bot, BotTurn

DOMAIN = """
intents: [book, inform, chat, stop, affirm, deny]
entities: [city, people]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  people:
    type: any
    mappings: [{type: from_entity, entity: people}, {type: from_intent, intent: deny, value: 1}]
forms:
  table_form: {required_slots: [city, people]}
responses:
  utter_ask_city: [{text: "Which city?"}]
  utter_ask_people: [{text: "How many, in {city}?"}]
  utter_booked: [{text: "{people} in {city}."}]
  utter_chat: [{text: Nice weather.}]
  utter_ask_continue: [{text: Go on?}]
  utter_stopped: [{text: Stopped.}]
  utter_ask_rephrase: [{text: Say it differently.}]
  utter_default: [{text: Pardon?}]
"""
RULES = """
rules:
- rule: open
  steps:
  - intent: book
  - action: table_form
  - active_loop: table_form
- rule: close
  condition: [{active_loop: table_form}]
  steps:
  - action: table_form
  - active_loop: null
  - slot_was_set: [requested_slot: null]
  - action: utter_booked
- rule: small talk
  steps:
  - intent: chat
  - action: utter_chat
- rule: not understood
  steps:
  - intent: nlu_fallback
  - action: action_two_stage_fallback
  - active_loop: action_two_stage_fallback
"""
STORIES = """
stories:
- story: stopping half-way
  steps:
  - intent: book
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_ask_continue
  - intent: affirm
  - action: table_form
- story: stopping for good
  steps:
  - intent: book
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_ask_continue
  - intent: deny
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""
NLU = """
nlu:
- intent: affirm
  examples: |
    - yes
- intent: deny
  examples: |
    - no
"""

CONVERSATIONS = {
    "form": ["/book", '/inform{"city": "Rome"}', '/inform{"people": 4}', "/chat"],
    "form with small talk": ["/book", "/chat", '/inform{"city": "Rome"}', "/chat", '/inform{"people": 4}'],
    "form that is stopped and resumed": ["/book", "/stop", "/affirm", '/inform{"city": "Rome"}', "/deny"],
    "form that is given up": ["/book", "/stop", "/deny", "/chat", "/book"],
    "two-stage fallback, affirmed": ["mumble", "/affirm", "/chat"],
    "two-stage fallback, rephrased": ["mumble", "/deny", "/chat"],
    "two-stage fallback, both stages": ["mumble", "/deny", "mumble", "/affirm", "/book"],
    "two-stage fallback, given up": ["mumble", "/deny", "mumble", "/deny", "/chat"],
    "restart and undoing": ["/book", "/restart", "/book", "/back", "/chat", "/book"],
}


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    config = CONFIG.replace(
        "- name: KeywordIntentClassifier", "- name: KeywordIntentClassifier\n- name: FallbackClassifier"
    )
    trained = Bot.train(domain=DOMAIN, rules=RULES, stories=STORIES, nlu=NLU, config=config).agent.assistant
    assert trained is not None
    return trained


@pytest.mark.parametrize("said", CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_a_restart_before_each_message_changes_nothing(
    assistant: Assistant, said: Sequence[str], tmp_path: Path
) -> None:
    """The same answers, slots, loops and events as from a process that never stopped."""
    settings = SqlSettings(db=str(tmp_path / "restarted.db"))
    kept_open = await SqlTrackerStore.open(SqlSettings(db=str(tmp_path / "undisturbed.db")))
    undisturbed = Bot.of(assistant, store=kept_open)
    for number, text in enumerate(said):
        expected = await undisturbed.hears(text)
        store = await SqlTrackerStore.open(settings)
        restarted = Bot.of(assistant, store=store)
        restarted.clock.now += number  # time goes on while the process is down
        turn = await restarted.hears(text)
        await store.close()
        assert _seen(turn) == _seen(expected)
    await kept_open.close()


def _seen(turn: BotTurn) -> tuple[object, ...]:
    return turn.messages, turn.slots, turn.loop, turn.tracker.latest_action, _timeless(turn.tracker)


def _timeless(tracker: Tracker) -> list[dict[str, Any]]:
    """The events without what is another one each time."""
    found = [event.to_json() | {"timestamp": None, "message_id": None} for event in tracker.events]
    for event in found:
        event.get("parse_data", {}).pop("message_id", None)
    return found
