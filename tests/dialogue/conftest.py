"""A small domain, and short names for what happens in its conversations."""

from __future__ import annotations

import pytest

from turnwise.dialogue.domain import DEFAULT_ACTIONS, Domain, Entity, Form, Intent
from turnwise.dialogue.slots import AnySlot, BooleanSlot, CategoricalSlot, FloatSlot, ListSlot, TextSlot


@pytest.fixture
def domain() -> Domain:
    """A shop with a form, and one slot of each type."""
    actions = ("utter_hi", "utter_bye", "order_form")
    return Domain(
        intents={
            name: Intent(name=name, used_entities=frozenset({"size"})) for name in ("hi", "order", "bye")
        },
        entities={"size": Entity(name="size"), "city": Entity(name="city")},
        slots={
            "city": TextSlot(name="city"),
            "vip": BooleanSlot(name="vip"),
            "size": CategoricalSlot(name="size", values=("small", "large")),
            "share": FloatSlot(name="share", min_value=0.0, max_value=10.0),
            "tags": ListSlot(name="tags"),
            "note": AnySlot(name="note", influence_conversation=False),
            "requested_slot": TextSlot(name="requested_slot", influence_conversation=False),
        },
        forms={"order_form": Form(name="order_form", required_slots=("size", "city"))},
        user_actions=("utter_hi", "utter_bye"),
        action_names=(*DEFAULT_ACTIONS, *actions),
        source={"intents": ["hi", "order", "bye"]},
    )
