"""Which slots a user message fills, by the mappings of the domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.dialogue.domain import AUTOMATIC_SLOTS, REQUESTED_SLOT, Domain, Form
from turnwise.dialogue.events import SlotSet, UserUttered
from turnwise.dialogue.slots import ListSlot, MappingCondition, Slot, SlotMapping
from turnwise.dialogue.tracker import Tracker


@dataclass(frozen=True, slots=True)
class CustomMapping:
    """A mapping that leaves the work to an action of the project."""

    slot: str
    action: str


def fill_slots(tracker: Tracker) -> Iterator[SlotSet | CustomMapping]:
    """What the latest message of `tracker` sets, in domain order.

    An action that several mappings name comes up for each of them; whoever runs it decides whether
    once is enough.
    """
    message = tracker.latest_message
    if message is None:
        return
    context = _Context.of(tracker, message)
    for slot in tracker.domain.slots.values():
        if slot.name in AUTOMATIC_SLOTS:
            continue
        for mapping in slot.mappings:
            if not context.applies(slot, mapping):
                continue
            if mapping.type == "custom":
                if mapping.action:
                    yield CustomMapping(slot.name, mapping.action)
                continue
            found, value = context.value(slot, mapping)
            if found and (value is not None or tracker.get_slot(slot.name) is not None):
                yield SlotSet(name=slot.name, value=value)
                break


@dataclass(frozen=True, slots=True)
class _Context:
    """The message, and what the conversation waits for."""

    domain: Domain
    message: UserUttered
    intent: str | None
    loop: str | None
    form: Form | None
    requested: str | None
    rejected: bool

    @classmethod
    def of(cls, tracker: Tracker, message: UserUttered) -> _Context:
        loop = tracker.active_loop
        return cls(
            tracker.domain,
            message,
            message.intent_name,
            loop,
            tracker.domain.forms.get(loop) if loop else None,
            tracker.get_slot(REQUESTED_SLOT),
            bool(tracker.state.loop and tracker.state.loop.rejected),
        )

    def applies(self, slot: Slot, mapping: SlotMapping) -> bool:
        return (
            self._is_valid(mapping)
            and self._intent_fits(mapping)
            and self._conditions_hold(slot, mapping)
            and self._is_unambiguous(slot, mapping)
        )

    def _is_valid(self, mapping: SlotMapping) -> bool:
        if mapping.type == "from_entity":
            return mapping.entity in self.domain.entities
        if mapping.type == "from_intent":
            return all(intent in self.domain.intents for intent in mapping.intents)
        return True

    def _intent_fits(self, mapping: SlotMapping) -> bool:
        if mapping.intents:
            return self.intent in mapping.intents
        if self.intent in mapping.not_intents:
            return False
        form = self.form
        if form is None or self.intent not in form.ignored_intents:
            return True
        names_form = any(condition.active_loop == form.name for condition in mapping.conditions)
        return bool(mapping.conditions) and not names_form

    def _conditions_hold(self, slot: Slot, mapping: SlotMapping) -> bool:
        conditions = mapping.conditions
        if mapping.type == "from_trigger_intent":
            names_loop = any(condition.active_loop == self.loop for condition in conditions)
            return self.loop is not None and (not conditions or names_loop)
        if not conditions:
            return True
        if self.loop is not None and self.rejected and self.requested == slot.name:
            return False
        return any(self._holds(condition) for condition in conditions)

    def _holds(self, condition: MappingCondition) -> bool:
        if condition.active_loop is None:
            return self.loop is None
        if condition.active_loop != self.loop:
            return False
        return condition.requested_slot is None or condition.requested_slot == self.requested

    def _is_unambiguous(self, slot: Slot, mapping: SlotMapping) -> bool:
        """Whether no other mapping of the form's slots would take the same entity just as well."""
        form = self.form
        if mapping.type != "from_entity" or form is None or slot.name == self.requested:
            return True
        if slot.name not in form.required_slots:
            return True
        slots = (self.domain.slots.get(name) for name in form.required_slots)
        mappings = (other for required in slots if required is not None for other in required.mappings)
        return sum(other.identity == mapping.identity for other in mappings) == 1

    def value(self, slot: Slot, mapping: SlotMapping) -> tuple[bool, Any]:
        """Whether the mapping gives a value, and which; list slots take all values."""
        values = self._values(mapping)
        if isinstance(slot, ListSlot):
            return bool(values), values
        return bool(values), values[-1] if values else None

    def _values(self, mapping: SlotMapping) -> list[Any]:
        if mapping.type == "from_entity":
            return _entity_values(self.message.entities, mapping)
        return [self.message.text if mapping.type == "from_text" else mapping.value]


def _entity_values(entities: Sequence[Mapping[str, Any]], mapping: SlotMapping) -> list[Any]:
    return [
        entity.get("value")
        for entity in entities
        if entity.get("entity") == mapping.entity
        and entity.get("role") == mapping.role
        and entity.get("group") == mapping.group
    ]
