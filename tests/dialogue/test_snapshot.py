"""However a conversation is kept, replayed or cut short, it is the same conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.dialogue.happenings import BY_INTENT, LISTEN, action, loop, rejected, slot, user
from turnwise.dialogue.domain import DEFAULT_ACTIONS, Domain, Form, Intent
from turnwise.dialogue.event_json import event_from_json
from turnwise.dialogue.events import (
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from turnwise.dialogue.history import HistoryCut
from turnwise.dialogue.slots import BooleanSlot, TextSlot
from turnwise.dialogue.snapshot import read_snapshot, shortened, snapshot
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly, visible_turns

DOMAIN = Domain(
    intents={name: Intent(name=name) for name in ("hi", "order")},
    slots={
        "city": TextSlot(name="city", initial_value="Rome"),
        "vip": BooleanSlot(name="vip"),
        "requested_slot": TextSlot(name="requested_slot", influence_conversation=False),
    },
    forms={name: Form(name=name, required_slots=("city",)) for name in ("order_form", "pay_form")},
    action_names=(*DEFAULT_ACTIONS, "utter_hi", "order_form", "pay_form"),
    source={"intents": ["hi", "order"]},
)
RULE_ONLY = RuleOnly(slots=frozenset({"vip"}), loops=frozenset({"order_form"}))

EVENTS: list[Event] = [
    LISTEN,
    BY_INTENT,
    user("hi"),
    user("order"),
    action("utter_hi"),
    action("utter_hi", hidden=True),
    action("order_form", hidden=True),
    loop("order_form"),
    action("pay_form"),
    loop("pay_form"),
    loop(None),
    rejected("order_form"),
    slot("city", "Bonn"),
    slot("city", None),
    slot("vip", True),
    slot("requested_slot", "city"),
    AllSlotsReset(),
    UserUtteranceReverted(),
    ActionReverted(),
    FollowupAction(name="utter_hi"),
    LoopInterrupted(is_interrupted=True),
    ConversationPaused(),
]
RARE: list[Event] = [Restarted(), SessionStarted()]
conversations = st.lists(
    st.one_of(st.sampled_from(EVENTS), st.sampled_from(EVENTS), st.sampled_from([*EVENTS, *RARE])),
    max_size=60,
)


def replayed(events: list[Event]) -> Tracker:
    return Tracker.start(DOMAIN).after_all(events)


def essence(tracker: Tracker) -> object:
    """Everything that decides what happens next."""
    return (
        tracker.state._replace(slots=dict(tracker.state.slots)),
        tracker.latest_input_channel,
        [event.to_json() for event in tracker.applied_events()],
        tracker.states(),
        visible_turns(tracker.history, DOMAIN, RULE_ONLY),
    )


@given(conversations)
def test_a_conversation_survives_json(events: list[Event]) -> None:
    """State folded from stored events equals state folded as they happened."""
    stored = [event_from_json(event.to_json()) for event in events]
    assert essence(replayed([event for event in stored if event])) == essence(replayed(events))


@given(conversations)
def test_applied_events_say_it_all(events: list[Event]) -> None:
    """Whoever replays only what counts sees the same turns."""
    tracker = replayed(events)
    again = replayed(tracker.applied_events())
    assert again.states()[:-1] == tracker.states()[:-1]


@given(conversations)
@example([action("pay_form"), action("utter_hi"), action("pay_form"), ActionReverted(), loop("pay_form")])
def test_a_loop_has_been_one_from_the_beginning(events: list[Event]) -> None:
    """When it becomes known for one makes no difference to what counts."""
    loops = {event.name for event in events if isinstance(event, ActiveLoop) and event.name}
    knowing = replace(Tracker.start(DOMAIN), loop_names=frozenset(loops)).after_all(events)
    assert knowing.applied_events() == replayed(events).applied_events()


RUN, BEGUN = action("order_form", hidden=True), loop("order_form")


@given(conversations, conversations, st.integers(min_value=1, max_value=20))
@example([RUN, RUN], [BEGUN], 1).via("the first run of what turns out to be a loop lies before the cut")
@example([RUN, RUN], [LISTEN, BEGUN], 1).via("so it does, and more has happened since")
@example([slot("vip", True), LISTEN], [RUN, RUN, BEGUN], 1).via("both runs lie behind the cut")
@example([Restarted(), RUN, slot("vip", True), LISTEN, ActionReverted(), RUN], [BEGUN], 4).via(
    "what counts is kept, and not all that happened"
)
def test_a_cut_conversation_goes_on_like_a_whole_one(
    before: list[Event], after: list[Event], kept: int
) -> None:
    """Either the cut tracker agrees in everything, or it says that it needs the past."""
    whole = replayed(before)
    short = shortened(whole, kept, RULE_ONLY)
    again = read_snapshot(snapshot(short, RULE_ONLY), DOMAIN, "default", RULE_ONLY)
    assert again is not None
    for event in after:
        whole = whole.after(event)
        try:
            short, again = short.after(event), again.after(event)
        except HistoryCut:
            return
    for tracker in (short, again):
        assert tracker.history.state == whole.history.state
        assert dict(tracker.slots) == dict(whole.slots)
        assert tracker.state._replace(slots={}) == whole.state._replace(slots={})
        for last in (1, 3, 8):
            _same_or_cut(tracker, whole, last)


def _same_or_cut(tracker: Tracker, whole: Tracker, last: int) -> None:
    try:
        assert tracker.states(last=last) == whole.states(last=last)
    except HistoryCut:
        return
    visible = visible_turns(tracker.history, DOMAIN, RULE_ONLY, last=last)
    assert visible == visible_turns(whole.history, DOMAIN, RULE_ONLY, last=last)


def test_a_loop_that_begins_behind_the_cut_needs_no_past() -> None:
    """Most loops are activated with their first run: the turn need not read the whole conversation for it."""
    short = shortened(replayed([user("hi"), action("utter_hi"), LISTEN]), 1, RULE_ONLY)
    assert short.after(RUN).after(BEGUN).active_loop == "order_form"


def test_a_loop_that_ran_before_the_cut_needs_the_past() -> None:
    """Its runs are folded into one as soon as it is known for a loop, wherever they are."""
    short = shortened(replayed([RUN, LISTEN]), 1, RULE_ONLY)
    with pytest.raises(HistoryCut):
        short.after(BEGUN)


def test_a_snapshot_of_another_domain_is_not_read() -> None:
    data = snapshot(replayed([LISTEN]), RULE_ONLY)
    other = Domain(source={"intents": ["else"]})
    assert read_snapshot(data, other, "default", RULE_ONLY) is None
