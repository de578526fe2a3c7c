"""The record that flows through the components: a text, and what has been found out about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from turnwise.nlu.featurizers.featurizer import Featurizer
    from turnwise.project.nlu_data import Example


@dataclass(slots=True, kw_only=True)
class Token:
    """A piece of the text; `start` and `end` are offsets, end exclusive."""

    text: str
    start: int
    end: int
    lemma: str = ""
    """Dictionary form where the tokenizer knows one, else the text."""
    pos: str | None = None
    """Part of speech, from spaCy only."""
    patterns: dict[str, bool] = field(default_factory=dict)
    """Which named regexes and lookup tables match here, from RegexFeaturizer."""

    def __post_init__(self) -> None:
        self.lemma = self.lemma or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intent and how sure a classifier is of it, in [0, 1]; `name` None when none was found."""

    name: str | None = None
    confidence: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "confidence": self.confidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something named in the text: `text[start:end]`, except for `/intent{...}` messages."""

    entity: str
    start: int
    end: int
    value: Any
    extractor: str
    confidence_entity: float | None = None
    role: str | None = None
    confidence_role: float | None = None
    group: str | None = None
    confidence_group: float | None = None
    processors: tuple[str, ...] = ()
    """Components that rewrote the value, in order."""
    extra: tuple[tuple[str, Any], ...] = ()
    """Further fields of one extractor, such as Duckling's `additional_info`."""

    def to_json(self) -> dict[str, Any]:
        """The entity as `/model/parse` shows it: fields that were not set are left out."""
        known: dict[str, Any] = {
            "entity": self.entity,
            "start": self.start,
            "end": self.end,
            "confidence_entity": self.confidence_entity,
            "role": self.role,
            "confidence_role": self.confidence_role,
            "group": self.group,
            "confidence_group": self.confidence_group,
        }
        shown = {key: value for key, value in known.items() if value is not None}
        shown |= {"value": self.value, "extractor": self.extractor} | dict(self.extra)
        if self.processors:
            shown["processors"] = list(self.processors)
        return shown


@dataclass(slots=True)
class Message:
    """One text on its way through the pipeline; each component fills in what it finds."""

    text: str
    intent: Intent = field(default_factory=Intent)
    ranking: list[Intent] | None = None
    """Likeliest first; None while no classifier gave one."""
    entities: list[Entity] = field(default_factory=list)
    tokens: list[Token] | None = None
    selectors: dict[str, Any] | None = None
    """What response selectors chose, as it stands under `response_selector`."""
    featurizers: list[Featurizer[Any]] = field(default_factory=list)
    """Those that can describe this text; asked only when a component wants their features."""
    example: Example | None = None
    """What it is an example of, in training."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What components tell each other, such as a spaCy document; never shown."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that a component adds to the parse result, such as a sentiment."""

    def to_json(self) -> dict[str, Any]:
        """The parse result of `POST /model/parse`; keys nobody filled in are absent."""
        shown: dict[str, Any] = {
            "text": self.text,
            "intent": self.intent.to_json(),
            "entities": [entity.to_json() for entity in self.entities],
        }
        if self.tokens is not None:
            shown["text_tokens"] = [[token.start, token.end] for token in self.tokens]
        if self.ranking is not None:
            shown["intent_ranking"] = [intent.to_json() for intent in self.ranking]
        if self.selectors is not None:
            shown["response_selector"] = self.selectors
        return shown | self.extra
