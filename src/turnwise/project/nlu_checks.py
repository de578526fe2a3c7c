"""Checks of NLU data against the domain and the stories."""

from __future__ import annotations

from collections.abc import Iterator

from turnwise.dialogue.domain import DEFAULT_INTENTS
from turnwise.dialogue.events import UserUttered
from turnwise.project.checks import Finding, Severity, events_of, found, once, used_intents
from turnwise.project.findings import nearest
from turnwise.project.project import Project


def intents(project: Project) -> Iterator[Finding]:
    """Intents that domain, examples and stories do not share."""
    domain, graph = project.domain, project.stories
    own = {name: intent for name, intent in domain.intents.items() if name not in DEFAULT_INTENTS}
    taught = set(project.nlu.intents)
    used = {name for name, _ in used_intents(graph)}
    for name, intent in own.items():
        if name not in taught:
            yield found(Severity.HINT, intent.place, f"the intent '{name}' has no examples", fix="add some")
        if name not in used:
            problem = f"the intent '{name}' is used in no story or rule"
            yield found(Severity.HINT, intent.place, problem, fix="write one, or remove the intent")
    in_data = ((e.intent, e.place) for e in project.nlu.examples if e.intent)
    for name, place in once((*in_data, *used_intents(graph))):
        if name not in domain.intents:
            fix = nearest(name, own, otherwise="add it under intents")
            yield found(Severity.WARNING, place, f"the domain has no intent '{name}'", fix=fix)


def entities(project: Project) -> Iterator[Finding]:
    """Annotated entities that the domain lacks."""
    known = project.domain.entities
    annotated = ((span.entity, e.place) for e in project.nlu.examples for span in e.entities)
    for name, place in once(annotated):
        if name not in known:
            fix = nearest(name, known, otherwise="add it under entities")
            yield found(Severity.HINT, place, f"the domain has no entity '{name}'", fix=fix)


def unused_entities(project: Project) -> Iterator[Finding]:
    """Annotated entities from which no slot is filled and that no story or rule mentions."""
    domain = project.domain
    used = {
        entity["entity"] for turn, _ in events_of(project.stories, UserUttered) for entity in turn.entities
    }
    used |= {mapping.entity for slot in domain.slots.values() for mapping in slot.mappings if mapping.entity}
    for name, place in once((span.entity, e.place) for e in project.nlu.examples for span in e.entities):
        if name in domain.entities and name not in used:
            problem = f"the entity '{name}' fills no slot and is used in no story or rule"
            yield found(
                Severity.HINT, place, problem, fix="use it, or annotate it no more; actions may read it"
            )
