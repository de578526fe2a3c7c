"""What policies see of a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialogue.happenings import BY_INTENT, LISTEN, action, loop, slot, user
from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker


@pytest.mark.parametrize(
    ("name", "value", "features"),
    [
        ("city", "Rome", (1.0,)),
        ("city", "", (1.0,)),
        ("vip", True, (1.0, 1.0)),
        ("vip", False, (1.0, 0.0)),
        ("vip", "TRUE", (1.0, 1.0)),
        ("vip", " true ", (1.0, 1.0)),
        ("vip", 1, (1.0, 1.0)),
        ("vip", "01", (1.0, 1.0)),
        ("vip", "3", (1.0, 0.0)),
        ("size", "Small", (1.0, 0.0, 0.0)),
        ("size", "huge", (0.0, 0.0, 1.0)),
        ("share", 5, (1.0, 0.5)),
        ("share", 99, (1.0, 1.0)),
        ("share", 0, (1.0, 0.0)),
        ("tags", ["a"], (1.0,)),
    ],
)
def test_slots_are_seen_as_features(
    domain: Domain, name: str, value: Any, features: tuple[float, ...]
) -> None:
    state = Tracker.start(domain).after(slot(name, value)).states()[-1]
    assert state.slots == ((name, features),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("city", None),
        ("vip", "perhaps"),
        ("vip", "-1"),
        ("vip", "½"),
        ("share", "much"),
        ("tags", []),
        ("note", "n"),
    ],
)
def test_unset_slots_are_not_seen(domain: Domain, name: str, value: Any) -> None:
    assert Tracker.start(domain).after(slot(name, value)).states()[-1].slots == ()


def test_one_state_before_each_action(domain: Domain) -> None:
    tracker = Tracker.start(domain).after_all([LISTEN, user("hi"), BY_INTENT, action("utter_hi")])
    start, listened, said = tracker.states()

    assert not start.has_prev_action
    assert listened.prev_action == "action_listen"
    assert listened.user is not None
    assert listened.user.intent == "hi"
    assert said.prev_action == "utter_hi"
    assert said.user == listened.user


def test_the_window_is_the_latest_states(domain: Domain) -> None:
    tracker = Tracker.start(domain).after_all([LISTEN, user("hi"), action("utter_hi"), LISTEN])
    assert tracker.states(last=2) == tracker.states()[-2:]


def test_only_entities_that_the_intent_uses_are_seen(domain: Domain) -> None:
    entities = ({"entity": "size", "value": "small"}, {"entity": "city", "value": "Rome", "role": "to"})
    known = Tracker.start(domain).after_all([LISTEN, user("order", *entities), BY_INTENT]).states()[-1]
    unknown = Tracker.start(domain).after_all([LISTEN, user("else", *entities), BY_INTENT]).states()[-1]

    assert known.user is not None
    assert known.user.entities == ("size",)
    assert unknown.user is not None
    assert unknown.user.entities == ("city", "city#to", "size")


def test_states_survive_json(domain: Domain) -> None:
    events = [LISTEN, user("order", {"entity": "size", "value": 1}), slot("vip", True), loop("order_form")]
    for state in Tracker.start(domain).after_all(events).states():
        assert DialogueState.from_json(state.to_json()) == state
