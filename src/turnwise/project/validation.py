"""Checks of a whole project: whether domain, NLU data, stories and rules fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from turnwise.dialogue.domain import DEFAULT_INTENTS, Domain
from turnwise.dialogue.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET, Slot, SlotMapping
from turnwise.errors import NOWHERE, Place
from turnwise.project.findings import Notice, nearest
from turnwise.project.nlu_data import Example
from turnwise.project.project import Project
from turnwise.project.story_steps import StoryGraph, StoryStep

UTTER = "utter_"
ACTION = "action_"
_SAID_BY_DEFAULT_ACTIONS = frozenset(
    {"utter_restart", "utter_default", "utter_back", "utter_ask_rephrase", "utter_ask_affirmation"}
)
"""Responses that nobody needs to name in a story."""


class Severity(Enum):
    """What a finding does to the verdict."""

    ERROR = "error"
    """The project is not valid."""
    WARNING = "warning"
    """The project is not valid when warnings count."""
    HINT = "hint"
    """Something to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found."""

    severity: Severity
    notice: Notice

    def __str__(self) -> str:
        return str(self.notice)


def _found(severity: Severity, place: Place, text: str, *, fix: str) -> Finding:
    return Finding(severity=severity, notice=Notice(place, text, fix))


def findings_of(project: Project) -> list[Finding]:
    """Everything that the checks found, by file and line; each thing once.

    Story structure conflicts are not among them: they need stories expanded, see
    `turnwise.training.story_conflicts`.
    """
    found = {finding: None for check in _CHECKS for finding in check(project)}
    return sorted(found, key=lambda finding: finding.notice)


def _steps_with(graph: StoryGraph, kind: type[Event]) -> Iterator[tuple[StoryStep, Event, Place]]:
    for step in graph.steps:
        for event, place in zip(step.events, step.places, strict=True):
            if isinstance(event, kind):
                yield step, event, place


def _once(named: Iterable[tuple[str, Place]]) -> Iterator[tuple[str, Place]]:
    """Each name with the first place it stands at."""
    first: dict[str, Place] = {}
    for name, place in named:
        first.setdefault(name, place)
    return iter(first.items())


def _used_actions(graph: StoryGraph) -> list[tuple[str, Place]]:
    return [
        (event.name, place)
        for _, event, place in _steps_with(graph, ActionExecuted)
        if isinstance(event, ActionExecuted) and event.name
    ]


def _used_intents(graph: StoryGraph) -> list[tuple[str, Place]]:
    return [
        (event.intent_name, place)
        for _, event, place in _steps_with(graph, UserUttered)
        if isinstance(event, UserUttered) and event.intent_name is not None
    ]


def _empty_domain(project: Project) -> Iterator[Finding]:
    if project.domain.is_empty:
        yield _found(Severity.ERROR, Place(project.domain_path), "the domain is empty", fix="add intents")


def _triggers(project: Project) -> Iterator[Finding]:
    for item in project.domain.source.get("intents", ()):
        for name, properties in item.items() if isinstance(item, dict) else ():
            if "triggers" in properties:
                place = project.domain.intents[name].place.at("triggers")
                yield _found(
                    Severity.ERROR,
                    place,
                    "intents trigger no actions since Rasa 2",
                    fix="write a rule instead",
                )


def _unknown_actions(project: Project) -> Iterator[Finding]:
    known = project.domain.action_indices
    for name, place in _once(_used_actions(project.stories)):
        if name.startswith(ACTION) and name not in known:
            fix = nearest(name, (n for n in known if n.startswith(ACTION)), otherwise="add it under actions")
            yield _found(Severity.ERROR, place, f"the domain has no action '{name}'", fix=fix)


def _unknown_loops(project: Project) -> Iterator[Finding]:
    domain = project.domain
    used = (
        (event.name, place)
        for _, event, place in _steps_with(project.stories, ActiveLoop)
        if isinstance(event, ActiveLoop) and event.name and event.name != SHOULD_NOT_BE_SET
    )
    for name, place in _once(used):
        if name not in domain.action_indices:
            fix = nearest(name, domain.forms, otherwise="add it under forms")
            yield _found(Severity.ERROR, place, f"the domain has no form '{name}'", fix=fix)


def _unknown_story_slots(project: Project) -> Iterator[Finding]:
    used = (
        (event.name, place)
        for _, event, place in _steps_with(project.stories, SlotSet)
        if isinstance(event, SlotSet)
    )
    for name, place in _once(used):
        if name not in project.domain.slots:
            fix = nearest(name, project.domain.slots, otherwise="add it under slots")
            yield _found(Severity.ERROR, place, f"the domain has no slot '{name}'", fix=fix)


def _form_slots(project: Project) -> Iterator[Finding]:
    domain = project.domain
    for form in domain.forms.values():
        for name in form.required_slots:
            if name not in domain.slots:
                fix = nearest(name, domain.slots, otherwise="add it under slots")
                place = form.place.at("required_slots")
                yield _found(Severity.ERROR, place, f"the domain has no slot '{name}'", fix=fix)


def _mappings(domain: Domain) -> Iterator[tuple[Slot, SlotMapping]]:
    return ((slot, mapping) for slot in domain.slots.values() for mapping in slot.mappings)


def _mapping_conditions(project: Project) -> Iterator[Finding]:
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
                yield _found(Severity.ERROR, place, f"the domain has no form '{name}'", fix=fix)
            elif slot.name not in form.required_slots and mapping.type != "from_trigger_intent":
                problem = f"the form '{name}' does not ask for the slot '{slot.name}'"
                yield _found(Severity.ERROR, place, problem, fix=f"add it to required_slots of {name}")


def _mapping_sources(project: Project) -> Iterator[Finding]:
    """Entities and intents that mappings name and the domain does not."""
    domain = project.domain
    for _, mapping in _mappings(domain):
        if mapping.entity is not None and mapping.entity not in domain.entities:
            fix = nearest(mapping.entity, domain.entities, otherwise="add it under entities")
            problem = f"the domain has no entity '{mapping.entity}'; the mapping has no effect"
            yield _found(Severity.HINT, mapping.place.at("entity"), problem, fix=fix)
        for intent in (*mapping.intents, *mapping.not_intents):
            if intent not in domain.intents:
                fix = nearest(intent, domain.intents, otherwise="add it under intents")
                yield _found(
                    Severity.HINT, mapping.place.at("intent"), f"the domain has no intent '{intent}'", fix=fix
                )


def _intents(project: Project) -> Iterator[Finding]:
    domain, graph = project.domain, project.stories
    own = {name: intent for name, intent in domain.intents.items() if name not in DEFAULT_INTENTS}
    taught = set(project.nlu.intents)
    used = {name for name, _ in _used_intents(graph)}
    for name, intent in own.items():
        if name not in taught:
            yield _found(Severity.HINT, intent.place, f"the intent '{name}' has no examples", fix="add some")
        if name not in used:
            problem = f"the intent '{name}' is used in no story or rule"
            yield _found(Severity.HINT, intent.place, problem, fix="write one, or remove the intent")
    in_data = ((e.intent, e.place) for e in project.nlu.examples if e.intent)
    for name, place in (*_once(in_data), *_once(_used_intents(graph))):
        if name not in domain.intents:
            fix = nearest(name, own, otherwise="add it under intents")
            yield _found(Severity.WARNING, place, f"the domain has no intent '{name}'", fix=fix)


def _entities(project: Project) -> Iterator[Finding]:
    known = project.domain.entities
    annotated = ((span.entity, e.place) for e in project.nlu.examples for span in e.entities)
    for name, place in _once(annotated):
        if name not in known:
            fix = nearest(name, known, otherwise="add it under entities")
            yield _found(Severity.HINT, place, f"the domain has no entity '{name}'", fix=fix)


def _few_examples(project: Project) -> Iterator[Finding]:
    by_intent: dict[str, list[Example]] = {}
    for example in project.nlu.examples:
        if example.intent:
            by_intent.setdefault(example.intent, []).append(example)
    for name, examples in by_intent.items():
        if len(examples) == 1:
            problem = f"the intent '{name}' has one example only"
            yield _found(Severity.HINT, examples[0].place, problem, fix="add others, differently worded")


def _same_example(project: Project) -> Iterator[Finding]:
    first: dict[str, Example] = {}
    for example in project.nlu.examples:
        if example.intent is None:
            continue
        other = first.setdefault(example.text, example)
        if other.intent != example.intent:
            where = f"{other.place.file}:{other.place.line}"
            problem = f"'{example.text}' is an example of '{other.intent}' too ({where})"
            yield _found(Severity.WARNING, example.place, problem, fix="decide for one of the two")


def _unknown_responses(project: Project) -> Iterator[Finding]:
    known = _sayable(project.domain)
    for name, place in _once(_used_actions(project.stories)):
        if name.startswith(UTTER) and name not in known:
            fix = nearest(name, known, otherwise="add it under responses")
            yield _found(Severity.WARNING, place, f"there is no response '{name}'", fix=fix)
    for name in project.domain.user_actions:
        if name.startswith(UTTER) and name not in known:
            fix = nearest(name, known, otherwise="add it under responses")
            place = Place(project.domain_path, 0, ("actions", name))
            yield _found(Severity.HINT, place, f"there is no response '{name}'", fix=fix)


def _sayable(domain: Domain) -> set[str]:
    """Names of responses, and of the actions that answer retrieval intents."""
    retrieval = {name.partition("/")[0] for name in domain.responses if "/" in name}
    return {*domain.responses, *retrieval}


def _unused_responses(project: Project) -> Iterator[Finding]:
    domain = project.domain
    used = {name for name, _ in _used_actions(project.stories)} | _SAID_BY_DEFAULT_ACTIONS
    used |= {
        asked
        for form in domain.forms.values()
        for slot in form.required_slots
        for asked in (f"{UTTER}ask_{slot}", f"{UTTER}ask_{form.name}_{slot}")
    }
    places = project.response_places
    for name in domain.responses:
        if name not in used and name.partition("/")[0] not in used:
            place = places.get(name, NOWHERE)
            problem = f"the response '{name}' is used in no story or rule"
            yield _found(Severity.HINT, place, problem, fix="remove it if no action says it either")


def _config(project: Project) -> Iterator[Finding]:
    place = Place(project.config.file)
    for key in ("language", "assistant_id"):
        if project.config.file and getattr(project.config, key) is None:
            yield _found(Severity.HINT, place, f"'{key}' is missing", fix=f"add {key}:")


_CHECKS: tuple[Callable[[Project], Iterator[Finding]], ...] = (
    _config,
    _empty_domain,
    _triggers,
    _unknown_actions,
    _unknown_loops,
    _unknown_story_slots,
    _form_slots,
    _mapping_conditions,
    _mapping_sources,
    _intents,
    _entities,
    _few_examples,
    _same_example,
    _unknown_responses,
    _unused_responses,
)
