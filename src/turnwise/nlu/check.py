"""Mistakes in the `pipeline` list that show before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from turnwise.errors import Place, ProjectError
from turnwise.nlu.component import Component
from turnwise.nlu.registry import COMPONENTS, component_class

_WRITERS: Mapping[str, str] = {
    "tokens": "a tokenizer, such as WhitespaceTokenizer,",
    "featurizer": "a featurizer, such as CountVectorsFeaturizer,",
    "features": "a featurizer, such as CountVectorsFeaturizer,",
    "dense": "a featurizer of meaning, such as SpacyFeaturizer,",
    "doc": "SpacyNLP",
    "intent": "an intent classifier, such as DIETClassifier,",
}
"""What somebody must have written, in words, to who writes it."""


def check_pipeline(
    config: Sequence[Mapping[str, Any]], place: Place | Sequence[Place], *, language: str = "en"
) -> list[ProjectError]:
    """All mistakes in a `pipeline` list, in its order.

    Args:
        config: The list; each item has a `name`, all else are settings.
        place: Where the list stands, or each of its items.
        language: The project's language, an ISO code.
    """
    mistakes: list[ProjectError] = []
    kinds: list[type[Component[Any]] | None] = []
    places = [place] * len(config) if isinstance(place, Place) else place
    for entry, where in zip(config, places, strict=True):
        kind = _class_of(entry, where, mistakes)
        if kind is not None:
            mistakes += _misplaced(kind, kinds, where)
            mistakes += _foreign(kind, language, where)
        kinds.append(kind)
    return mistakes + _repeated_aliases(config, places)


def _class_of(
    entry: Mapping[str, Any], place: Place, mistakes: list[ProjectError]
) -> type[Component[Any]] | None:
    """The class an entry names; what is wrong with the entry goes to `mistakes`."""
    name = entry.get("name")
    if not isinstance(name, str):
        mistakes.append(
            ProjectError(
                place, "a component has no name", fix=f"add 'name:', such as {next(iter(COMPONENTS))}"
            )
        )
        return None
    kind = None
    try:
        kind = component_class(name, place)
        kind.configure(entry, place)
    except ProjectError as error:
        mistakes.append(error)
    return kind


def _misplaced(
    kind: type[Component[Any]], before: Sequence[type[Component[Any]] | None], place: Place
) -> list[ProjectError]:
    """What is wrong with the order of components; None is one that was not found, and may write anything."""
    name = kind.__name__
    earlier = [other for other in before if other is not None]
    known = len(earlier) == len(before)
    written = {part for other in earlier for part in other.writes}
    mistakes = [
        ProjectError(
            place.at(name), f"'{name}' needs {_WRITERS.get(part, part)} before it", fix="add or move it up"
        )
        for part in sorted(kind.reads - written if known else ())
    ]
    first = next((other.__name__ for other in earlier if "tokens" in other.writes), None)
    if "tokens" in kind.writes and first:
        problem = f"two tokenizers: '{first}' and '{name}'"
        mistakes.append(ProjectError(place.at(name), problem, fix="keep one of them"))
    return mistakes


def _foreign(kind: type[Component[Any]], language: str, place: Place) -> list[ProjectError]:
    name = kind.__name__
    served = kind.languages is None or language in kind.languages
    if served and language not in kind.foreign_languages:
        return []
    problem = f"'{name}' does not serve the language '{language}'"
    fix = "use JiebaTokenizer" if language == "zh" else "use SpacyTokenizer with a model of that language"
    return [ProjectError(place.at(name), problem, fix=fix)]


def _repeated_aliases(config: Sequence[Mapping[str, Any]], places: Sequence[Place]) -> list[ProjectError]:
    seen: set[str] = set()
    mistakes = []
    for entry, place in zip(config, places, strict=True):
        name, alias = str(entry.get("name")), str(entry.get("alias") or "")
        if alias and alias in seen:
            problem = f"two featurizers have the alias '{alias}'"
            mistakes.append(ProjectError(place.at(name, "alias"), problem, fix="give each its own"))
        seen.add(alias)
    return mistakes
