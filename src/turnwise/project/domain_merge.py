"""Several domain files, and what NLU data and stories add, as one serialised domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from turnwise.errors import NOWHERE, Place
from turnwise.project.cursor import Cursor
from turnwise.project.domain_schema import named_items
from turnwise.project.entity_use import used_entities
from turnwise.project.findings import Findings
from turnwise.project.versions import LATEST_VERSION

Places = Mapping[tuple[str, ...], Place]

DEFAULT_SESSION = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
_LISTS = ("intents", "entities", "actions")
_MAPPINGS = ("slots", "responses", "forms")
_TRAINING_KEYS = frozenset({"nlu", "stories", "rules"})
"""Training data that shares a file with the domain; it is no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSource:
    """A domain as Rasa serialises it, and where its parts stand."""

    data: Mapping[str, Any] = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    """By section and name; for the mappings of slots also by number, from 1."""


def source_of_file(top: Cursor) -> DomainSource:
    """One checked domain file."""
    data = {str(key): _plain(value) for key, value in top.value.items() if key not in _TRAINING_KEYS}
    if "intents" in data:
        data["intents"] = [_normal_intent(item) for item in data["intents"]]
    for form in data.get("forms", {}).values():
        form.setdefault("required_slots", {})  # what Rasa shows of a form that asks for nothing
    return DomainSource(data=data, places=_places(top))


def _places(top: Cursor) -> Places:
    places: dict[tuple[str, ...], Place] = {}
    for key, section in top.entries():
        if key in _MAPPINGS:
            places.update({(key, str(name)): child.place for name, child in section.entries()})
        elif key in _LISTS:
            places.update({(key, name): child.place for name, child in named_items(section)})
    slots = top.get("slots")
    for name, slot in slots.entries() if slots else ():
        for number, mapping in enumerate(slot.child("mappings").items(), start=1):
            places["slots", str(name), str(number)] = mapping.place
    return places


def _plain(value: Any) -> Any:
    """A copy that JSON can hold: names are texts, dates ISO 8601."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _normal_intent(item: Any) -> Any:
    """Rasa writes every way to say "no entities" as an empty list."""
    if isinstance(item, dict):
        for properties in item.values():
            if "use_entities" in properties and not properties["use_entities"]:
                properties["use_entities"] = []
    return item


def merged(sources: Sequence[DomainSource], findings: Findings) -> DomainSource:
    """The domain that several files make together: of what stands twice, the first counts."""
    if len(sources) == 1:
        return sources[0]
    data: dict[str, Any] = {}
    places: dict[tuple[str, ...], Place] = {}
    for source in sources:
        for key, value in source.data.items():
            _note_repeated(key, data.get(key), source, places, findings)
            data[key] = _joined(key, data.get(key), value, data)
        for path, place in source.places.items():
            places.setdefault(path, place)
    return DomainSource(data=data, places=places)


def _joined(section: str, known: Any, more: Any, so_far: Mapping[str, Any]) -> Any:
    if section == "actions":
        forms = so_far.get("forms", {})
        more = [item for item in more if name_of(item) not in forms]
    if known is None:
        return more
    # What was read first counts; what was read last stands first, as slots are filled in that order.
    if section in _LISTS:
        joined = {name_of(item): item for item in more}
        joined.update((name_of(item), item) for item in known)
        return list(joined.values())
    if section in _MAPPINGS:
        return {**more, **known}
    if section == "e2e_actions":
        return sorted({*known, *more})
    if section == "session_config" and {**DEFAULT_SESSION, **known} == DEFAULT_SESSION:
        return more
    return known


def name_of(item: Any) -> str:
    """Name of a list item that is a name, or a mapping with the name as its key."""
    return str(next(iter(item))) if isinstance(item, dict) else str(item)


def _note_repeated(
    section: str, known: Any, source: DomainSource, places: Places, findings: Findings
) -> None:
    if not known or section not in (*_LISTS, *_MAPPINGS):
        return
    names = {name_of(item) for item in known}
    for name in (name_of(item) for item in source.data[section]):
        place = source.places.get((section, name), NOWHERE)
        first = places.get((section, name))
        if name in names and first is not None:
            text = f"defined twice; this one is ignored, {first.file}:{first.line} counts"
            findings.note(place, text, fix="remove one of them")


def with_training_data(
    source: DomainSource,
    *,
    retrieval_intents: Iterable[str],
    responses: Mapping[str, Sequence[Mapping[str, Any]]],
    action_texts: Iterable[str],
    response_places: Mapping[str, Place],
) -> DomainSource:
    """Adds what NLU data and stories imply.

    Retrieval intents get their marker and their action `utter_<intent>`; responses of NLU files replace
    those of the domain. A retrieval intent's own `use_entities` is lost on the way: Rasa does that too.
    """
    data = dict(source.data)
    retrieval = sorted(set(retrieval_intents))
    if retrieval:
        data["intents"] = _with_retrieval(data, retrieval)
        listed = data.get("actions") or []
        names = {name_of(item) for item in listed}
        data["actions"] = [*listed, *(f"utter_{i}" for i in retrieval if f"utter_{i}" not in names)]
    if responses:
        own: Mapping[str, Any] = data.get("responses") or {}
        data["responses"] = {**own, **{name: list(every) for name, every in responses.items()}}
    texts = {*(data.get("e2e_actions") or ()), *action_texts}
    if texts:
        data["e2e_actions"] = sorted(texts)
    places = dict(source.places)
    for name, place in response_places.items():
        places["responses", name] = place
    return DomainSource(data=data, places=places)


def _with_retrieval(data: Mapping[str, Any], retrieval: Sequence[str]) -> list[Any]:
    used = used_entities(data)
    listed = data.get("intents") or []
    known = {name_of(item) for item in listed}
    marked = [
        {name_of(item): {"used_entities": sorted(used[name_of(item)]), "is_retrieval_intent": True}}
        if name_of(item) in retrieval
        else item
        for item in listed
    ]
    return [*marked, *({name: {"is_retrieval_intent": True}} for name in retrieval if name not in known)]


def serialised(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form of the HTTP API: nothing empty, intents by name, `version` and `session_config` always."""
    result = {key: value for key, value in data.items() if value not in (None, [], {}, "")}
    if "intents" in result:
        result["intents"] = sorted(result["intents"], key=name_of)
    result.setdefault("session_config", dict(DEFAULT_SESSION))
    result.setdefault("version", LATEST_VERSION)
    return result
