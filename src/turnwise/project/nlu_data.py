"""NLU training data as values: annotated examples, synonyms, regexes, lookup tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from turnwise.errors import NOWHERE, Place

PRETRAINED_EXTRACTORS = frozenset(
    {"DucklingEntityExtractor", "QuantityEntityExtractor", "SpacyEntityExtractor"}
)
"""What they find is not learned from the project's data: nobody annotates it, and it is found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySpan:
    """One annotated entity; `start` and `end` are offsets into the plain text (end exclusive)."""

    entity: str
    start: int
    end: int
    value: Any
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence a user may say, with what it means."""

    text: str
    intent: str | None = None
    """Intent without response key: `faq` for `faq/ask_name`."""
    response_key: str | None = None
    """Full retrieval intent, `faq/ask_name`; None for ordinary intents."""
    entities: tuple[EntitySpan, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    name: str
    pattern: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    name: str
    elements: tuple[str, ...]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class NLUData:
    """All NLU training data of a project, merged over its files, in reading order."""

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Surface form to canonical value, incl. those implied by annotations with a value."""
    regexes: tuple[Regex, ...] = ()
    """Sorted by name + pattern, as Rasa does."""
    lookups: tuple[Lookup, ...] = ()
    """Tables of the same name merged, in order of first appearance."""
    responses: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Response variations by name, as found under `responses:`; retrieval ones contain a '/'."""
    response_places: Mapping[str, Place] = field(default_factory=dict)
    """Where each of `responses` stands."""

    @property
    def intents(self) -> tuple[str, ...]:
        return tuple(sorted({e.intent for e in self.examples if e.intent}))

    @property
    def entity_names(self) -> tuple[str, ...]:
        return tuple(sorted({s.entity for e in self.examples for s in e.entities}))
