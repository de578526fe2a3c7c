"""The tracker: what of a conversation counts, and what state it leaves."""

from __future__ import annotations

import pytest

from tests.dialogue.happenings import BY_INTENT, LISTEN, action, loop, rejected, shown, slot, user
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import (
    ActionReverted,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from turnwise.dialogue.tracker import Tracker

GREETING: list[Event] = [LISTEN, user("hi"), BY_INTENT, action("utter_hi"), LISTEN]


def tracker_after(domain: Domain, *events: Event) -> Tracker:
    return Tracker.start(domain).after_all(events)


def test_a_tracker_is_a_value(domain: Domain) -> None:
    """What happens next leaves the tracker before it as it was."""
    before = tracker_after(domain, *GREETING)
    after = before.after(slot("city", "Rome"))

    assert before.get_slot("city") is None
    assert after.get_slot("city") == "Rome"
    assert after.since(before) == [slot("city", "Rome")]


def test_rewind_takes_the_user_turn_and_the_listen_before_it(domain: Domain) -> None:
    tracker = tracker_after(
        domain, *GREETING, user("order"), slot("city", "Rome"), action("utter_bye"), UserUtteranceReverted()
    )

    assert shown(tracker.applied_events()) == ["action_listen", "user hi", "user_featurization", "utter_hi"]
    assert tracker.get_slot("city") is None
    assert tracker.latest_intent == "hi"


def test_rewind_of_the_only_turn_empties_the_conversation(domain: Domain) -> None:
    """A follow-up makes the assistant listen, as nothing else is left to go on from."""
    tracker = tracker_after(domain, LISTEN, user("hi"), UserUtteranceReverted())

    assert tracker.applied_events() == []
    assert tracker.state.followup_action == "action_listen"


def test_undo_takes_the_last_action(domain: Domain) -> None:
    tracker = tracker_after(
        domain, LISTEN, user("hi"), action("utter_hi"), slot("city", "x"), ActionReverted()
    )

    assert shown(tracker.applied_events()) == ["action_listen", "user hi"]
    assert tracker.get_slot("city") is None


@pytest.mark.parametrize("forgetting", [Restarted(), SessionStarted()])
def test_restart_and_session_forget_everything(domain: Domain, forgetting: Event) -> None:
    tracker = tracker_after(domain, *GREETING, slot("city", "Rome"), ConversationPaused(), forgetting)

    assert tracker.applied_events() == []
    assert tracker.get_slot("city") is None
    assert not tracker.state.paused
    assert len(tracker.events) == len(GREETING) + 3


def test_restart_is_followed_by_a_session_start(domain: Domain) -> None:
    assert tracker_after(domain, Restarted()).state.followup_action == "action_session_start"


def test_followup_is_forgotten_once_something_happens(domain: Domain) -> None:
    tracker = tracker_after(domain, FollowupAction(name="utter_hi"))
    assert tracker.state.followup_action == "utter_hi"
    assert tracker.after(action("utter_bye")).state.followup_action is None
    assert tracker.after(user("hi")).state.followup_action is None


def test_a_form_conversation_is_folded_into_one_run(domain: Domain) -> None:
    """Turns inside a loop's happy path vanish; the slots that they set stay."""
    tracker = tracker_after(
        domain,
        *(LISTEN, user("order"), BY_INTENT, action("order_form"), loop("order_form")),
        *(slot("requested_slot", "size"), LISTEN, user("hi"), slot("size", "small"), BY_INTENT),
        *(action("order_form"), slot("requested_slot", None), loop(None)),
    )

    assert shown(tracker.applied_events()) == [
        "action_listen",
        "user order",
        "user_featurization",
        "order_form",
        "loop order_form",
        "requested_slot=size",
        "size=small",
        "requested_slot=None",
        "loop None",
    ]


def test_an_unhappy_path_is_not_folded(domain: Domain) -> None:
    """Whatever interrupted a loop counts, and the loop's next run begins a new stretch."""
    tracker = tracker_after(
        domain,
        *(LISTEN, user("order"), action("order_form"), loop("order_form"), LISTEN),
        *(user("bye"), rejected("order_form"), action("utter_bye"), action("order_form"), LISTEN),
    )

    assert shown(tracker.applied_events()).count("order_form") == 2
    assert "user bye" in shown(tracker.applied_events())


def test_a_loop_that_was_an_action_before_is_folded_from_the_beginning(domain: Domain) -> None:
    """Only when a loop becomes active it is known to be one; earlier runs are folded then."""
    plain = [LISTEN, user("hi"), action("order_form"), LISTEN, user("hi"), action("order_form")]

    assert shown(tracker_after(domain, *plain).applied_events()).count("order_form") == 2
    assert shown(tracker_after(domain, *plain, loop("order_form")).applied_events()).count("order_form") == 1


def test_loops_are_rejected_and_interrupted(domain: Domain) -> None:
    tracker = tracker_after(domain, user("order"), action("order_form"), loop("order_form"))
    assert tracker.active_loop == "order_form"

    refused = tracker.after(rejected("order_form"))
    assert refused.state.loop is not None
    assert refused.state.loop.rejected
    resumed = refused.after(action("order_form"))
    assert resumed.state.loop is not None
    assert not resumed.state.loop.rejected


def test_slots_are_coerced_and_reset(domain: Domain) -> None:
    tracker = tracker_after(domain, slot("tags", "a"), slot("nowhere", 1))
    assert tracker.get_slot("tags") == ["a"]
    assert "nowhere" not in tracker.slots
    assert tracker.after(AllSlotsReset()).get_slot("tags") is None


def test_entities_are_added_to_the_last_message_once(domain: Domain) -> None:
    size = {"entity": "size", "value": "small"}
    city = {"entity": "city", "value": "Rome"}
    tracker = tracker_after(domain, user("order", size), EntitiesAdded(entities=[size, city]))

    assert tracker.latest_message is not None
    assert list(tracker.latest_message.entities) == [size, city]


def test_pause_and_resume(domain: Domain) -> None:
    tracker = tracker_after(domain, ConversationPaused())
    assert tracker.state.paused
    assert not tracker.after(ConversationResumed()).state.paused
