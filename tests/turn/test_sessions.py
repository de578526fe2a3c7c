"""Sessions: when one begins, and what it keeps of the last."""

from __future__ import annotations

from turnwise.dialogue.events import ActionExecuted, SessionStarted, SlotSet
from turnwise.testing import Bot

DOMAIN = """
intents: [tell, ask]
entities: [name]
slots:
  name:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: name}]
responses:
  utter_told: [{text: "Hello {name}."}]
session_config:
  session_expiration_time: 10
  carry_over_slots_to_new_session: CARRY
"""
RULES = """
rules:
- rule: tell
  steps:
  - intent: tell
  - action: utter_told
- rule: ask
  steps:
  - intent: ask
  - action: utter_told
"""


def bot(*, carry: bool = True) -> Bot:
    return Bot.train(domain=DOMAIN.replace("CARRY", str(carry).lower()), rules=RULES)


async def test_a_conversation_begins_with_a_session() -> None:
    turn = await bot().hears('/tell{"name": "Ada"}')
    first, second, third, *_ = turn.events

    assert isinstance(first, ActionExecuted)
    assert (first.name, first.policy, first.confidence) == ("action_session_start", None, 1.0)
    assert isinstance(second, SessionStarted)
    assert isinstance(third, ActionExecuted)
    assert third.name == "action_listen"


async def test_slots_survive_an_idle_hour() -> None:
    shop = bot()
    await shop.hears('/tell{"name": "Ada"}')
    shop.clock.now += 3600
    turn = await shop.hears("/ask")

    assert any(isinstance(event, SessionStarted) for event in turn.events)
    assert turn.replies == ("Hello Ada.",)


async def test_slots_do_not_survive_where_the_domain_says_so() -> None:
    shop = bot(carry=False)
    await shop.hears('/tell{"name": "Ada"}')
    shop.clock.now += 3600
    assert (await shop.hears("/ask")).replies == ("Hello None.",)


async def test_a_session_goes_on_while_the_user_talks() -> None:
    shop = bot()
    await shop.hears('/tell{"name": "Ada"}')
    shop.clock.now += 500
    turn = await shop.hears("/ask")
    assert not any(isinstance(event, SessionStarted) for event in turn.events)


async def test_metadata_of_the_first_message_is_kept_in_a_slot() -> None:
    turn = await bot().hears("/ask", metadata={"campaign": "spring"})
    first = turn.events[0]
    assert isinstance(first, SlotSet)
    assert (first.name, first.value) == ("session_started_metadata", {"campaign": "spring"})


async def test_every_event_names_model_and_assistant() -> None:
    shop = bot()
    turn = await shop.hears("/ask")
    assert shop.agent.assistant is not None
    ids = {(event.metadata["model_id"], event.metadata["assistant_id"]) for event in turn.events}
    assert ids == {(shop.agent.assistant.model_id, "test")}
