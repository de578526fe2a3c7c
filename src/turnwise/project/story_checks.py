"""Checks of stories and rules against the domain."""

from __future__ import annotations

from collections.abc import Iterator

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import ActiveLoop, SlotSet
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.errors import NOWHERE, Place
from turnwise.project.checks import Finding, Severity, events_of, found, once, used_actions
from turnwise.project.findings import nearest
from turnwise.project.project import Project

UTTER = "utter_"
ACTION = "action_"
_SAID_BY_DEFAULT_ACTIONS = frozenset(
    {"utter_restart", "utter_default", "utter_back", "utter_ask_rephrase", "utter_ask_affirmation"}
)
"""Responses that nobody needs to name in a story."""


def unknown_actions(project: Project) -> Iterator[Finding]:
    """Actions in stories and rules that the domain lacks."""
    known = project.domain.action_indices
    for name, place in once(used_actions(project.stories)):
        if name.startswith(ACTION) and name not in known:
            fix = nearest(name, (n for n in known if n.startswith(ACTION)), otherwise="add it under actions")
            yield found(Severity.ERROR, place, f"the domain has no action '{name}'", fix=fix)


def unknown_loops(project: Project) -> Iterator[Finding]:
    """Forms in stories and rules that the domain lacks."""
    domain = project.domain
    loops = events_of(project.stories, ActiveLoop)
    used = ((loop.name, place) for loop, place in loops if loop.name and loop.name != SHOULD_NOT_BE_SET)
    for name, place in once(used):
        if name not in domain.action_indices:
            fix = nearest(name, domain.forms, otherwise="add it under forms")
            yield found(Severity.ERROR, place, f"the domain has no form '{name}'", fix=fix)


def unknown_story_slots(project: Project) -> Iterator[Finding]:
    """Slots in stories and rules that the domain lacks; training refuses them."""
    used = ((slot.name, place) for slot, place in events_of(project.stories, SlotSet))
    for name, place in once(used):
        if name not in project.domain.slots:
            fix = nearest(name, project.domain.slots, otherwise="add it under slots")
            yield found(Severity.ERROR, place, f"the domain has no slot '{name}'", fix=fix)


def unknown_responses(project: Project) -> Iterator[Finding]:
    """Responses in stories, rules and actions that the domain lacks."""
    known = _sayable(project.domain)
    for name, place in once(used_actions(project.stories)):
        if name.startswith(UTTER) and name not in known:
            fix = nearest(name, known, otherwise="add it under responses")
            yield found(Severity.WARNING, place, f"there is no response '{name}'", fix=fix)
    for name in project.domain.user_actions:
        if name.startswith(UTTER) and name not in known:
            fix = nearest(name, known, otherwise="add it under responses")
            place = Place(project.domain_path, 0, ("actions", name))
            yield found(Severity.HINT, place, f"there is no response '{name}'", fix=fix)


def _sayable(domain: Domain) -> set[str]:
    """Names of responses, and of the actions that answer retrieval intents."""
    retrieval = {name.partition("/")[0] for name in domain.responses if "/" in name}
    return {*domain.responses, *retrieval}


def unused_responses(project: Project) -> Iterator[Finding]:
    """Responses that no story, rule or form says; one finding for each file, as actions may say many."""
    domain = project.domain
    used = {name for name, _ in used_actions(project.stories)} | _SAID_BY_DEFAULT_ACTIONS
    used |= {
        asked
        for form in domain.forms.values()
        for slot in form.required_slots
        for asked in (f"{UTTER}ask_{slot}", f"{UTTER}ask_{form.name}_{slot}")
    }
    unused: dict[str, list[tuple[str, Place]]] = {}
    for name in domain.responses:
        if name not in used and name.partition("/")[0] not in used:
            place = project.response_places.get(name, NOWHERE)
            unused.setdefault(place.file, []).append((name, place))
    for responses in unused.values():
        names = ", ".join(name for name, _ in responses)
        fix = "remove what no action says either"
        yield found(Severity.HINT, responses[0][1], f"used in no story or rule: {names}", fix=fix)
