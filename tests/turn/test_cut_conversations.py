"""Whoever needs what was cut off a conversation gets it, and nobody can tell that it was ever cut."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.dialogue.happenings import LISTEN, action, loop, slot, user
from turnwise.assistant import Assistant
from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.events import ActionReverted, BotUttered, Event, Restarted, UserUtteranceReverted
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.testing import ActionFunction, Bot, Sent

DOMAIN = """
intents: [hi, pay]
entities: [city]
slots:
  city:
    type: text
    mappings: [{type: from_entity, entity: city}]
  sum:
    type: text
    mappings: [{type: from_text, conditions: [{active_loop: pay_form, requested_slot: sum}]}]
forms:
  pay_form:
    required_slots: [sum]
actions: [action_hi, validate_pay_form]
responses:
  utter_ask_sum: [{text: How much?}]
"""
RULES = """
rules:
- rule: hi
  steps:
  - intent: hi
  - action: action_hi
- rule: pay
  steps:
  - intent: pay
  - action: pay_form
"""
KEPT = 3

Actions = Mapping[str, ActionFunction]


@cache
def assistant() -> Assistant:
    trained = Bot.train(domain=DOMAIN, rules=RULES).agent.assistant
    assert trained is not None
    return trained


def bot(*, kept: int | None, store: MemoryTrackerStore, actions: Actions | None = None) -> Bot:
    """A worker: it is not the only one at its store."""
    made = Bot.of(assistant(), actions=actions, store=store)
    made.agent.conversations.kept_events = kept
    made.agent.conversations.is_shared = True
    return made


class AtOnce(Sent):
    """A channel that sends each message when it is said, so that turns are stored in parts."""

    def __init__(self) -> None:
        super().__init__(collects=False)


UTTERED = BotUttered(text="Hello.")
EVENTS: list[Event] = [
    LISTEN,
    user("hi"),
    action("action_hi"),
    action("pay_form"),
    loop("pay_form"),
    loop(None),
    slot("city", "Bonn"),
    slot("city", None),
    UTTERED,
    UserUtteranceReverted(),
    ActionReverted(),
    Restarted(),
]
WORKERS = ("the same", "another", "a new one")
Turns = Sequence[tuple[str, Sequence[Event]]]
"""Who has each turn, and what happens in it."""
turns = st.lists(
    st.tuples(st.sampled_from(WORKERS), st.lists(st.sampled_from(EVENTS), min_size=1, max_size=8)),
    min_size=1,
    max_size=8,
)


async def _taken(turns: Turns, *, kept: int | None) -> list[object]:
    """What each turn found and left, and what is stored in the end."""
    store = MemoryTrackerStore()
    working, resting = bot(kept=kept, store=store), bot(kept=kept, store=store)
    found: list[object] = []
    for worker, events in turns:
        if worker == "another":
            working, resting = resting, working
        elif worker == "a new one":
            working = bot(kept=kept, store=store)
        async with working.agent.turn("ada", AtOnce()) as turn:
            found.append(turn.tracker.state)
            for event in events:
                [kept_event] = await turn.append([event], keep_time=True)
                if isinstance(kept_event, BotUttered):
                    await turn.say(kept_event)
            found.append(turn.tracker.state)
    whole = await working.tracker("ada")
    return [*found, whole.events, whole.state]


def _dated(turns: Turns) -> Turns:
    """The same events, a second after one another."""
    clock = count(1.0)
    return [(worker, [event.at(next(clock), {}) for event in events]) for worker, events in turns]


HEARD = [user("hi"), LISTEN]
UNDOING: list[Event] = [UTTERED, *[ActionReverted()] * 6]


@given(turns)
@example([("the same", HEARD * 4), ("the same", UNDOING)]).via("what undoes more than is kept is kept once")
@example([("the same", HEARD * 4), ("the same", UNDOING), ("a new one", [LISTEN])]).via("and read back")
@example([("the same", HEARD * 4), ("the same", HEARD), ("another", UNDOING), ("another", HEARD)]).via(
    "or heard of, by who has the beginning at hand"
)
def test_each_event_is_kept_once_and_means_the_same(turns: Turns) -> None:
    """Whether conversations are cut or not, and whichever worker goes on."""

    async def both() -> tuple[object, object]:
        return await _taken(_dated(turns), kept=KEPT), await _taken(_dated(turns), kept=None)

    cut, whole = asyncio.run(both())
    assert cut == whole


class Till:
    """A project's validation of a payment that fails at first."""

    def __init__(self) -> None:
        self.is_broken = True

    def validate(self, tracker: Tracker) -> Sequence[Event]:
        if self.is_broken:
            raise ActionError("the till is broken")
        return [slot("sum", "5")] if tracker.get_slot("requested_slot") else []


async def _paid_late(*, kept: int | None) -> tuple[str | None, list[DialogueState], list[Mapping[str, Any]]]:
    """The loop that begins at last, what policies see then, and slots then and after a step back."""
    till = Till()
    actions: Actions = {"action_hi": lambda tracker: [], "validate_pay_form": till.validate}
    shop = bot(kept=kept, store=MemoryTrackerStore(), actions=actions)
    await shop.hears('/hi{"city": "Bonn"}')
    await shop.hears("/pay")
    for _ in range(5):
        await shop.hears("/hi")
    await shop.hears("/pay")
    till.is_broken = False
    begun = await shop.hears("/pay")
    opened = await shop.agent.conversations.open("default")
    back = await shop.hears("/back")
    return begun.loop, opened.tracker.states(last=1), [opened.tracker.slots, back.slots]


async def test_a_form_that_works_at_last_costs_no_slot() -> None:
    """It ran when it was not yet known for a loop: where, and how often, must not matter."""
    loop_begun, seen, slots = await _paid_late(kept=KEPT)
    assert loop_begun == "pay_form"
    assert [each["city"] for each in slots] == ["Bonn", "Bonn"]
    assert (loop_begun, seen, slots) == await _paid_late(kept=None)
