"""From a serialised domain to the `Domain` that the rest of Turnwise works with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turnwise.dialogue.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_METADATA_SLOT,
    Domain,
    Entity,
    Form,
    Intent,
    SessionConfig,
)
from turnwise.dialogue.slots import AnySlot, Slot, TextSlot
from turnwise.errors import NOWHERE, Place
from turnwise.project.domain_merge import DEFAULT_SESSION, DomainSource, Places, name_of, serialised
from turnwise.project.domain_slots import build_slot
from turnwise.project.entity_use import used_entities
from turnwise.project.findings import Findings, nearest

ACTION_QUERY_KNOWLEDGE_BASE = "action_query_knowledge_base"


def domain_from_source(source: Mapping[str, Any]) -> Domain:
    """The domain that was serialised as `source`, as a model archive holds it.

    Raises:
        ProjectError: a slot's class, named by dotted path, cannot be imported.
    """
    findings = Findings()
    domain = build_domain(DomainSource(data=source), findings)
    findings.stop_on_mistakes()
    return domain


def build_domain(source: DomainSource, findings: Findings) -> Domain:
    """Adds all that exists automatically; what is wrong beyond the files' form goes to `findings`."""
    data, places = source.data, source.places
    forms = _forms(data, places)
    actions = data.get("actions") or ()
    user_actions = tuple(name_of(item) for item in actions)
    responses = {str(name): tuple(every) for name, every in (data.get("responses") or {}).items()}
    texts = tuple(str(text) for text in data.get("e2e_actions") or ())
    session = {**DEFAULT_SESSION, **(data.get("session_config") or {})}
    return Domain(
        intents=_intents(data, places, user_actions, findings),
        entities=_entities(data, places),
        slots=_slots(source, bool(forms), user_actions, findings),
        responses=responses,
        forms=forms,
        user_actions=user_actions,
        actions_with_domain=_actions_with_domain(actions),
        action_texts=texts,
        action_names=tuple(
            dict.fromkeys((*DEFAULT_ACTIONS, *user_actions, *sorted(responses), *forms, *texts))
        ),
        session=SessionConfig(
            expiration_minutes=session["session_expiration_time"],
            carry_over_slots=session["carry_over_slots_to_new_session"],
        ),
        store_entities_as_slots=(data.get("config") or {}).get("store_entities_as_slots", True),
        source=serialised(data),
    )


def _properties(item: Any) -> Mapping[str, Any]:
    return next(iter(item.values())) if isinstance(item, dict) else {}


def _intents(
    data: Mapping[str, Any], places: Places, actions: tuple[str, ...], findings: Findings
) -> dict[str, Intent]:
    used = used_entities(data)
    known_actions = {*DEFAULT_ACTIONS, *actions, *(data.get("responses") or {}), *(data.get("forms") or {})}
    intents: dict[str, Intent] = {}
    for item in data.get("intents") or ():
        name, properties = name_of(item), _properties(item)
        place = places.get(("intents", name), NOWHERE)
        triggered = properties.get("triggers")
        if triggered is not None and triggered not in known_actions:
            findings.wrong(
                place.at("triggers"), f"unknown action '{triggered}'", fix=nearest(triggered, known_actions)
            )
        _note_doubtful_entities(properties, data, place, findings)
        intents[name] = Intent(
            name=name,
            used_entities=used[name],
            is_retrieval=bool(properties.get("is_retrieval_intent")),
            place=place,
        )
    for name in DEFAULT_INTENTS:
        intents.setdefault(name, Intent(name=name, used_entities=used[name]))
    return intents


def _note_doubtful_entities(
    properties: Mapping[str, Any], data: Mapping[str, Any], place: Place, findings: Findings
) -> None:
    """Entities that are used and ignored at once, or unknown."""
    use, ignore = properties.get("use_entities"), properties.get("ignore_entities")
    known = {name_of(item) for item in data.get("entities") or ()}
    used = use if isinstance(use, list) else []
    ignored = ignore if isinstance(ignore, list) else []
    for name in sorted({str(name) for name in used} & {str(name) for name in ignored}):
        findings.note(place, f"the entity '{name}' is used and ignored; it is ignored", fix="remove it once")
    for key, names in (("use_entities", used), ("ignore_entities", ignored)):
        for name in names:
            if name not in known:
                findings.note(place.at(key), f"unknown entity '{name}'", fix=nearest(name, known))


def _entities(data: Mapping[str, Any], places: Places) -> dict[str, Entity]:
    return {
        name_of(item): Entity(
            name=name_of(item),
            roles=tuple(str(role) for role in _properties(item).get("roles") or ()),
            groups=tuple(str(group) for group in _properties(item).get("groups") or ()),
            influence_conversation=_properties(item).get("influence_conversation") is not False,
            place=places.get(("entities", name_of(item)), NOWHERE),
        )
        for item in data.get("entities") or ()
    }


def _forms(data: Mapping[str, Any], places: Places) -> dict[str, Form]:
    return {
        str(name): Form(
            name=str(name),
            required_slots=tuple(form.get("required_slots") or ()),
            ignored_intents=_names(form.get("ignored_intents")),
            place=places.get(("forms", str(name)), NOWHERE),
        )
        for name, form in (data.get("forms") or {}).items()
    }


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(name) for name in value or ())


def _slots(
    source: DomainSource, has_forms: bool, actions: tuple[str, ...], findings: Findings
) -> dict[str, Slot]:
    slots = {
        str(name): build_slot(str(name), slot, source.places, findings)
        for name, slot in (source.data.get("slots") or {}).items()
    }
    if SESSION_METADATA_SLOT in slots:
        findings.wrong(
            slots[SESSION_METADATA_SLOT].place,
            f"the slot '{SESSION_METADATA_SLOT}' exists automatically",
            fix="give yours another name",
        )
    automatic = [REQUESTED_SLOT] if has_forms else []
    if ACTION_QUERY_KNOWLEDGE_BASE in actions:
        automatic.extend(KNOWLEDGE_BASE_SLOTS)
    for name in automatic:
        slots.setdefault(name, TextSlot(name=name, influence_conversation=False))
    slots[SESSION_METADATA_SLOT] = AnySlot(name=SESSION_METADATA_SLOT, influence_conversation=False)
    return slots


def _actions_with_domain(actions: Any) -> frozenset[str]:
    """Those with `send_domain: true`, and validation actions that say nothing about it."""
    return frozenset(
        name_of(item)
        for item in actions
        if (
            _properties(item).get("send_domain") is True
            if isinstance(item, dict)
            else item.startswith("validate_")
        )
    )
