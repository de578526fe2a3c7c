"""Checks of NLU data against the domain and the stories."""

from __future__ import annotations

from collections.abc import Iterator

from turnwise.dialogue.domain import DEFAULT_INTENTS
from turnwise.project.checks import Finding, Severity, found, once, used_intents
from turnwise.project.findings import nearest
from turnwise.project.nlu_data import Example
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


def few_examples(project: Project) -> Iterator[Finding]:
    """Intents with a single example."""
    by_intent: dict[str, list[Example]] = {}
    for example in project.nlu.examples:
        if example.intent:
            by_intent.setdefault(example.intent, []).append(example)
    for name, examples in by_intent.items():
        if len(examples) == 1:
            problem = f"the intent '{name}' has one example only"
            yield found(Severity.HINT, examples[0].place, problem, fix="add others, differently worded")


def same_example(project: Project) -> Iterator[Finding]:
    """Examples that stand under two intents."""
    first: dict[str, Example] = {}
    for example in project.nlu.examples:
        if example.intent is None:
            continue
        other = first.setdefault(example.text, example)
        if other.intent != example.intent:
            where = f"{other.place.file}:{other.place.line}"
            problem = f"'{example.text}' is an example of '{other.intent}' too ({where})"
            yield found(Severity.WARNING, example.place, problem, fix="decide for one of the two")
