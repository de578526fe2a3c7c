"""Forms: they ask for what is missing, and bear with users who answer something else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from turnwise.dialogue.events import ActionExecutionRejected, ActiveLoop, Event, SlotSet
from turnwise.dialogue.tracker import Tracker
from turnwise.testing import Bot

DOMAIN = """
intents: [book, inform, chat, stop, submit]
entities: [city, people]
slots:
  city:
    type: text
    influence_conversation: false
    mappings:
    - type: from_entity
      entity: city
  people:
    type: any
    mappings:
    - type: from_entity
      entity: people
    - type: from_text
      conditions:
      - active_loop: table_form
        requested_slot: people
forms:
  table_form:
    required_slots: [city, people]
    ignored_intents: [chat]
actions: [action_stop, validate_table_form]
responses:
  utter_ask_city: [{text: "Which city?"}]
  utter_ask_table_form_people: [{text: "How many, in {city}?"}]
  utter_ask_people: [{text: never asked}]
  utter_booked: [{text: "{people} in {city}."}]
  utter_chat: [{text: Nice weather.}]
  utter_stopped: [{text: Stopped.}]
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
  condition:
  - active_loop: table_form
  steps:
  - action: table_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: utter_booked
- rule: chat
  steps:
  - intent: chat
  - action: utter_chat
- rule: stop
  condition:
  - active_loop: table_form
  steps:
  - intent: stop
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""

NLU = """
nlu:
- intent: book
  examples: |
    - table
- intent: chat
  examples: |
    - sunny
"""


def accepts_all(tracker: Tracker) -> Sequence[Event]:
    return []


def bot(**validation: object) -> Bot:
    validate = validation.get("validate", accepts_all)
    assert callable(validate)
    return Bot.train(domain=DOMAIN, rules=RULES, nlu=NLU, actions={"validate_table_form": validate})


async def test_a_form_asks_for_one_slot_after_the_other() -> None:
    """The form's own question comes before the slot's general one, and is filled with what is known."""
    table = bot()
    assert (await table.hears("/book")).replies == ("Which city?",)
    assert (await table.hears('/inform{"city": "Rome"}')).replies == ("How many, in Rome?",)
    last = await table.hears("four")

    assert last.replies == ("four in Rome.",)
    assert last.loop is None


async def test_a_form_asks_only_for_what_is_missing() -> None:
    turn = await bot().hears('/book{"city": "Rome"}')
    assert turn.replies == ("How many, in Rome?",)


async def test_a_form_that_knows_everything_ends_at_once() -> None:
    turn = await bot().hears('/book{"city": "Rome", "people": 2}')
    assert turn.replies == ("2 in Rome.",)
    assert turn.loop is None


async def test_a_question_in_between_is_answered_and_the_form_goes_on() -> None:
    table = bot()
    await table.hears("/book")
    turn = await table.hears("/chat")

    assert turn.replies == ("Nice weather.", "Which city?")
    assert turn.loop == "table_form"


STOPPING = """
stories:
- story: stop, but go on after all
  steps:
  - intent: book
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_stopped
  - intent: submit
  - action: table_form
  - active_loop: null
  - action: utter_booked
"""


async def test_a_story_leads_back_into_the_form_which_is_told_and_asks_again() -> None:
    """The answer to the question in between is no answer to the form's, so it is not refused as one."""
    form_only = RULES[: RULES.index("- rule: chat")]
    talk = Bot.train(
        domain=DOMAIN, rules=form_only, stories=STOPPING, actions={"validate_table_form": accepts_all}
    )
    await talk.hears("/book")
    assert (await talk.hears("/stop")).replies == ("Stopped.",)
    turn = await talk.hears("/submit")

    assert turn.replies == ("Which city?",)
    assert [event.kind for event in turn.events[:4]] == [
        "user",
        "loop_interrupted",
        "user_featurization",
        "action",
    ]


async def test_an_ignored_intent_fills_no_slot() -> None:
    """The raw text would be an answer, were its intent not ignored."""
    table = bot()
    await table.hears('/book{"city": "Rome"}')
    turn = await table.hears("sunny")

    assert turn.slots["people"] is None
    assert turn.replies == ("Nice weather.", "How many, in Rome?")


async def test_what_no_rule_knows_falls_back_and_leaves_the_form_as_it_was() -> None:
    table = bot()
    await table.hears("/book")
    turn = await table.hears("/submit")

    assert turn.replies == ("Pardon?",)
    assert turn.loop == "table_form"
    assert turn.slots["requested_slot"] == "city"


async def test_a_form_can_be_left() -> None:
    table = bot()
    await table.hears("/book")
    turn = await table.hears("/stop")

    assert turn.replies == ("Stopped.",)
    assert turn.loop is None
    assert turn.slots["requested_slot"] is None


async def test_a_refused_value_leaves_the_slot_empty_and_repeats_the_question() -> None:
    def refuses_atlantis(tracker: Tracker) -> Sequence[Event]:
        return [SlotSet(name="city", value=None)] if tracker.get_slot("city") == "Atlantis" else []

    table = bot(validate=refuses_atlantis)
    await table.hears("/book")
    turn = await table.hears('/inform{"city": "Atlantis"}')

    assert turn.replies == ("Which city?",)
    assert turn.slots["city"] is None


async def test_validation_can_choose_the_next_question() -> None:
    def asks_for_people(tracker: Tracker) -> Sequence[Event]:
        return [SlotSet(name="requested_slot", value="people")]

    assert (await bot(validate=asks_for_people).hears("/book")).slots["requested_slot"] == "people"


@pytest.mark.parametrize("ending", [SlotSet(name="requested_slot", value=None), ActiveLoop(name=None)])
async def test_validation_can_end_the_form(ending: Event) -> None:
    table = bot(validate=lambda tracker: [ending] if tracker.get_slot("city") else [])
    await table.hears("/book")
    turn = await table.hears('/inform{"city": "Rome"}')

    assert turn.loop is None
    assert turn.slots["people"] is None


async def test_validation_can_refuse_to_go_on() -> None:
    """The form is rejected by an event; another action is predicted, and the form stays active."""
    refuses = [ActionExecutionRejected(name="table_form")]
    table = bot(validate=lambda tracker: refuses if tracker.get_slot("city") else [])
    await table.hears("/book")
    turn = await table.hears('/inform{"city": "Rome"}')

    assert turn.replies == ("Pardon?",)
    assert turn.loop == "table_form"


async def test_a_form_goes_on_after_the_process_was_replaced() -> None:
    """Whoever reads the conversation from the store continues where it stood."""
    table = bot()
    await table.hears("/book")
    assert table.agent.assistant is not None
    successor = Bot.of(
        table.agent.assistant, actions=table.actions.functions, store=table.agent.tracker_store
    )

    assert (await successor.hears('/inform{"city": "Rome"}')).replies == ("How many, in Rome?",)
