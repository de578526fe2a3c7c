"""Checks of the domain and the configuration on their own."""

from __future__ import annotations

from collections.abc import Iterator

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.slots import Slot, SlotMapping
from turnwise.errors import Place
from turnwise.project.checks import Finding, Severity, found
from turnwise.project.findings import nearest
from turnwise.project.project import Project


def config(project: Project) -> Iterator[Finding]:
    """Keys that training asks for."""
    place = Place(project.config.file)
    for key in ("language", "assistant_id"):
        if project.config.file and getattr(project.config, key) is None:
            yield found(Severity.HINT, place, f"'{key}' is missing", fix=f"add {key}:")


def empty_domain(project: Project) -> Iterator[Finding]:
    """A domain without anything in it."""
    if project.domain.is_empty:
        yield found(Severity.ERROR, Place(project.domain_path), "the domain is empty", fix="add intents")


def triggers(project: Project) -> Iterator[Finding]:
    """Intents that trigger actions, as in Rasa 1."""
    for item in project.domain.source.get("intents", ()):
        for name, properties in item.items() if isinstance(item, dict) else ():
            if "triggers" in properties:
                place = project.domain.intents[name].place.at("triggers")
                yield found(
                    Severity.ERROR,
                    place,
                    "intents trigger no actions since Rasa 2",
                    fix="write a rule instead",
                )


def form_slots(project: Project) -> Iterator[Finding]:
    """Slots that forms ask for and the domain lacks."""
    domain = project.domain
    for form in domain.forms.values():
        for name in form.required_slots:
            if name not in domain.slots:
                fix = nearest(name, domain.slots, otherwise="add it under slots")
                place = form.place.at("required_slots")
                yield found(Severity.ERROR, place, f"the domain has no slot '{name}'", fix=fix)


def _mappings(domain: Domain) -> Iterator[tuple[Slot, SlotMapping]]:
    return ((slot, mapping) for slot in domain.slots.values() for mapping in slot.mappings)


def mapping_conditions(project: Project) -> Iterator[Finding]:
    """Forms in the conditions of mappings that do not exist, or do not ask for the slot."""
    domain = project.domain
    for slot, mapping in _mappings(domain):
        for condition in mapping.conditions:
            name = condition.active_loop
            if name is None:
                continue
            place = mapping.place.at("conditions")
            form = domain.forms.get(name)
            if form is None:
                fix = nearest(name, domain.forms, otherwise="add it under forms")
                yield found(Severity.ERROR, place, f"the domain has no form '{name}'", fix=fix)
            elif slot.name not in form.required_slots and mapping.type != "from_trigger_intent":
                problem = f"the form '{name}' does not ask for the slot '{slot.name}'"
                yield found(Severity.ERROR, place, problem, fix=f"add it to required_slots of {name}")


def mapping_sources(project: Project) -> Iterator[Finding]:
    """Entities and intents that mappings name and the domain does not."""
    domain = project.domain
    for _, mapping in _mappings(domain):
        if mapping.entity is not None and mapping.entity not in domain.entities:
            fix = nearest(mapping.entity, domain.entities, otherwise="add it under entities")
            problem = f"the domain has no entity '{mapping.entity}'; the mapping has no effect"
            yield found(Severity.HINT, mapping.place.at("entity"), problem, fix=fix)
        for intent in (*mapping.intents, *mapping.not_intents):
            if intent not in domain.intents:
                fix = nearest(intent, domain.intents, otherwise="add it under intents")
                yield found(
                    Severity.HINT, mapping.place.at("intent"), f"the domain has no intent '{intent}'", fix=fix
                )
