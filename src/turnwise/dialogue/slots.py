"""Slots: what the assistant remembers, and how a value becomes a feature of the dialogue state."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, ClassVar

from turnwise.errors import NOWHERE, Place

Features = tuple[float, ...]
"""A slot value as seen by policies; all zeros (or empty) means "as good as unset"."""

SHOULD_NOT_BE_SET = "should_not_be_set"
"""Value of a slot, or name of a loop, that a rule wants to be absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingCondition:
    """A mapping applies only while this holds; see `SlotMapping.conditions`."""

    active_loop: str | None = None
    """Loop that must be active; None: no loop may be."""
    requested_slot: str | None = None
    """Slot that must be the one asked for; None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMapping:
    """One way in which a slot takes its value from a user message."""

    type: str
    """`from_entity`, `from_intent`, `from_trigger_intent`, `from_text` or `custom`."""
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    value: Any = None
    action: str | None = None
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    conditions: tuple[MappingCondition, ...] = ()
    identity: str = ""
    """Canonical text of the whole mapping; equal texts mean equal mappings."""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A slot of the domain. Subclasses say what a value looks like to the policies."""

    type: ClassVar[str] = ""

    name: str
    initial_value: Any = None
    influence_conversation: bool = True
    mappings: tuple[SlotMapping, ...] = ()
    place: Place = NOWHERE

    def coerce(self, value: Any) -> Any:
        """What is stored when `value` is set."""
        return value

    def features(self, value: Any) -> Features:
        """What policies see of `value`; the length is the same for every value."""
        raise NotImplementedError


class TextSlot(Slot):
    """Any text; only whether there is one counts."""

    __slots__ = ()
    type = "text"

    def features(self, value: Any) -> Features:
        return (1.0,) if value is not None else (0.0,)


class BooleanSlot(Slot):
    """Yes or no; texts and numbers that mean so are accepted."""

    __slots__ = ()
    type = "bool"

    def features(self, value: Any) -> Features:
        truth = _as_bool(value)
        return (0.0, 0.0) if truth is None else (1.0, float(truth))


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalSlot(Slot):
    """One of some values; all others count as `__other__`."""

    type: ClassVar[str] = "categorical"
    values: tuple[str, ...] = ()
    """Lower-cased, without `__other__`."""

    def features(self, value: Any) -> Features:
        one_hot = [0.0] * (len(self.values) + 1)
        if value is not None:
            text = str(value).lower()
            one_hot[self.values.index(text) if text in self.values else -1] = 1.0
        return tuple(one_hot)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatSlot(Slot):
    """A number, scaled to the range from `min_value` to `max_value`."""

    type: ClassVar[str] = "float"
    min_value: float = 0.0
    max_value: float = 1.0

    def features(self, value: Any) -> Features:
        try:
            clipped = max(self.min_value, min(self.max_value, float(value)))
        except (TypeError, ValueError):
            return (0.0, 0.0)
        return (1.0, (clipped - self.min_value) / (self.max_value - self.min_value))


class ListSlot(Slot):
    """Several values; only whether there is one counts."""

    __slots__ = ()
    type = "list"

    def coerce(self, value: Any) -> Any:
        return [value] if value and not isinstance(value, list) else value

    def features(self, value: Any) -> Features:
        # An initial value is kept as it was written, a bare number, too: it is no list, and counts as none.
        return (1.0,) if value and isinstance(value, Sized) else (0.0,)


class AnySlot(Slot):
    """Anything; never seen by policies."""

    __slots__ = ()
    type = "any"

    def features(self, value: Any) -> Features:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSlot(Slot):
    """A slot whose type is a class of the project, named by dotted path.

    The class is created with the settings that stand under the slot, and must have a method
    `features(value)` that returns a fixed-length sequence of numbers.
    """

    type: ClassVar[str] = "custom"
    path: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    implementation: Any = None

    def features(self, value: Any) -> Features:
        return tuple(float(number) for number in self.implementation.features(value))


SLOT_TYPES: Mapping[str, type[Slot]] = {
    kind.type: kind for kind in (TextSlot, BooleanSlot, CategoricalSlot, FloatSlot, ListSlot, AnySlot)
}


def load_custom_slot(path: str, settings: Mapping[str, Any]) -> Any:
    """Imports `module.Class` and creates it.

    Raises:
        ImportError, AttributeError: there is no such module or class.
        TypeError: the class does not accept the settings, or lacks `features`.
    """
    module, _, name = path.rpartition(".")
    implementation = getattr(importlib.import_module(module), name)(**settings)
    if not callable(getattr(implementation, "features", None)):
        raise TypeError(f"{path} has no method 'features(value)'")
    return implementation


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value == 1
    if isinstance(value, str):
        if value.isdecimal():
            return int(value) == 1
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def is_seen(features: Sequence[float]) -> bool:
    """Whether a slot with these features appears in the dialogue state."""
    return any(features)
