"""Slots in domain files: what may stand there, and the slots it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from turnwise.dialogue.slots import (
    SLOT_TYPES,
    AnySlot,
    CategoricalSlot,
    CustomSlot,
    FloatSlot,
    MappingCondition,
    Slot,
    SlotMapping,
    load_custom_slot,
)
from turnwise.errors import NOWHERE, Place
from turnwise.project.cursor import Cursor, described
from turnwise.project.findings import Findings, nearest

MAPPING_TYPES = ("from_entity", "from_intent", "from_trigger_intent", "from_text", "custom")
_COMMON_KEYS = ("type", "mappings", "initial_value", "influence_conversation", "value_reset_delay")
_OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "categorical": ("values",),
    "float": ("min_value", "max_value"),
}
_TEXT_KEYS = ("entity", "role", "group", "action")
_RASA_CLASSES = {
    f"rasa.shared.core.slots.{name}Slot": kind
    for name, kind in (
        ("Any", "any"),
        ("Boolean", "bool"),
        ("Categorical", "categorical"),
        ("Float", "float"),
        ("List", "list"),
        ("Text", "text"),
    )
}
"""Rasa's own classes by their paths, as Rasa X and older trainings wrote them into domains."""
_OLD_TYPES = {"unfeaturized": "any", "boolean": "bool", "string": "text", "str": "text", "number": "float"}


def check_slots(section: Cursor) -> None:
    """Reports everything under `slots` that cannot be acted on."""
    if not section.is_mapping("slot_name: {type: text, mappings: []}"):
        return
    for name, slot in section.entries():
        slot.has_name(name, "slot")
        if slot.is_mapping("{type: text, mappings: []}"):
            _check_slot(slot)


def _check_slot(slot: Cursor) -> None:
    kind = slot.get("type")
    if kind is None:
        slot.wrong("'type' is missing", fix=f"add type: text (or {', '.join(sorted(SLOT_TYPES))})")
    elif kind.is_text(f"one of {', '.join(sorted(SLOT_TYPES))}"):
        _check_type(kind)
        if _type(kind.value) in SLOT_TYPES:
            _check_keys(slot, _type(kind.value))
    influences = slot.get("influence_conversation")
    if influences is not None and influences.value is not None:
        is_any = kind is not None and _type(str(kind.value)) == "any"
        if influences.is_bool() and influences.value and is_any:
            influences.wrong("a slot of type any cannot influence the conversation", fix="write false")
    mappings = slot.get("mappings")
    if mappings is None:
        slot.wrong("'mappings' is missing", fix="add mappings: [] if only actions set the slot")
    elif mappings.is_list("- type: from_entity"):
        for mapping in mappings.items():
            _check_mapping(mapping)


def _type(written: str) -> str:
    return _RASA_CLASSES.get(written, written)


def _check_type(kind: Cursor) -> None:
    if kind.value in SLOT_TYPES or "." in kind.value:
        return
    if kind.value in _OLD_TYPES:
        kind.wrong(f"unknown type '{kind.value}'", fix=f"write '{_OLD_TYPES[kind.value]}'")
        return
    fix = nearest(kind.value, SLOT_TYPES, otherwise=f"write one of {', '.join(sorted(SLOT_TYPES))}")
    kind.wrong(f"unknown type '{kind.value}'", fix=fix)


def _check_keys(slot: Cursor, kind: str) -> None:
    allowed = (*_COMMON_KEYS, *_OWN_KEYS.get(kind, ()))
    for key, child in slot.entries():
        if key in allowed:
            continue
        if key == "auto_fill":
            child.wrong("'auto_fill' ended with Rasa 3", fix="remove it, and list a from_entity mapping")
        else:
            child.wrong(f"a {kind} slot has no key '{key}'", fix=nearest(key, allowed))
    values = slot.get("values")
    if kind == "categorical" and values is not None and values.value is not None:
        values.is_list("[small, large]")
    for key in _OWN_KEYS["float"] if kind == "float" else ():
        bound = slot.get(key)
        if bound is not None and bound.value is not None:
            bound.is_number()


def _check_mapping(mapping: Cursor) -> None:
    if not mapping.is_mapping("- type: from_text"):
        return
    kind = mapping.get("type")
    if kind is None or not isinstance(kind.value, str) or kind.value not in MAPPING_TYPES:
        found = "is missing" if kind is None else f"is {described(kind.value)}"
        fix = nearest(
            kind.value if kind else "", MAPPING_TYPES, otherwise=f"write {', '.join(MAPPING_TYPES)}"
        )
        (kind or mapping).wrong(f"the type of the mapping {found}", fix=fix)
    elif kind.value == "from_entity" and mapping.value.get("entity") is None:
        mapping.wrong("a from_entity mapping needs an entity", fix="add entity: its name")
    elif kind.value in ("from_intent", "from_trigger_intent") and mapping.value.get("value") is None:
        mapping.wrong(f"a {kind.value} mapping needs a value", fix="add value: what the slot becomes")
    for key in _TEXT_KEYS:
        child = mapping.get(key)
        if child is not None and child.value is not None:
            child.is_text()
    for key in ("intent", "not_intent"):
        child = mapping.get(key)
        if child is not None and not isinstance(child.value, str | list | None):
            child.wrong(f"expected an intent or a list, found {described(child.value)}", fix="write [intent]")
    conditions = mapping.get("conditions")
    if conditions is not None and conditions.value is not None and conditions.is_list("- active_loop: form"):
        for condition in conditions.items():
            if condition.is_mapping("active_loop: form"):
                condition.has_only(("active_loop", "requested_slot"))


def build_slot(
    name: str, data: Mapping[str, Any], places: Mapping[tuple[str, ...], Place], findings: Findings
) -> Slot:
    """The slot that `data`, checked before, describes."""
    place = places.get(("slots", name), NOWHERE)
    kind = _type(str(data["type"]))
    common: dict[str, Any] = {
        "name": name,
        "initial_value": data.get("initial_value"),
        "influence_conversation": _influences(data, kind),
        "mappings": tuple(
            _mapping(mapping, places.get(("slots", name, str(number)), place))
            for number, mapping in enumerate(data.get("mappings") or (), start=1)
        ),
        "place": place,
    }
    if kind == "categorical":
        return CategoricalSlot(values=_category_values(data, place, findings), **common)
    if kind == "float":
        return _float_slot(data, common, findings)
    if kind in SLOT_TYPES:
        return SLOT_TYPES[kind](**common)
    return _custom_slot(kind, data, common, findings)


def _influences(data: Mapping[str, Any], kind: str) -> bool:
    value = data.get("influence_conversation")
    return kind != AnySlot.type if value is None else bool(value)


def _category_values(data: Mapping[str, Any], place: Place, findings: Findings) -> tuple[str, ...]:
    values = data.get("values") or ()
    if any(value is None for value in values):
        findings.note(place.at("values"), "the value null is dropped", fix="an empty slot needs no value")
    return tuple(str(value).lower() for value in values if value is not None)


def _float_slot(data: Mapping[str, Any], common: dict[str, Any], findings: Findings) -> Slot:
    low, high = data.get("min_value"), data.get("max_value")
    low, high = (0.0 if low is None else low), (1.0 if high is None else high)
    place, initial = common["place"], common["initial_value"]
    if low >= high:
        findings.wrong(place, f"min_value {low} is not below max_value {high}", fix="swap the two")
    elif isinstance(initial, int | float) and not low <= initial <= high:
        findings.note(
            place, f"initial_value {initial} is not between {low} and {high}", fix="widen the range"
        )
    return FloatSlot(min_value=low, max_value=high, **common)


def _custom_slot(
    path: str, data: Mapping[str, Any], common: dict[str, Any], findings: Findings
) -> CustomSlot:
    settings = {key: value for key, value in data.items() if key not in _COMMON_KEYS}
    implementation = None
    try:
        implementation = load_custom_slot(path, settings)
    except Exception as error:  # the project's own code may raise anything
        findings.wrong(
            common["place"].at("type"),
            f"unknown type '{path}': {error}",
            fix=f"write one of {', '.join(sorted(SLOT_TYPES))}, or the path of a class that can be imported",
        )
    return CustomSlot(path=path, settings=settings, implementation=implementation, **common)


def _mapping(data: Mapping[str, Any], place: Place) -> SlotMapping:
    conditions = tuple(
        MappingCondition(active_loop=item.get("active_loop"), requested_slot=item.get("requested_slot"))
        for item in data.get("conditions") or ()
    )
    return SlotMapping(
        type=data["type"],
        entity=data.get("entity"),
        role=data.get("role"),
        group=data.get("group"),
        value=data.get("value"),
        action=data.get("action"),
        intents=_names(data.get("intent")),
        not_intents=_names(data.get("not_intent")),
        conditions=conditions,
        identity=json.dumps(data, sort_keys=True, default=str),
        place=place,
    )


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(name) for name in value)
