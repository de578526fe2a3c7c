"""Gathers NLU training data from files of every format into one `NLUData`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from turnwise.errors import Place
from turnwise.project.findings import Findings
from turnwise.project.nlu_data import EntitySpan, Example, Lookup, NLUData, Regex

RESPONSE_SEPARATOR = "/"


@dataclass(slots=True)
class NLUCollector:
    """What has been read so far; readers of single formats add to it."""

    findings: Findings
    examples: list[Example] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    regexes: list[Regex] = field(default_factory=list)
    lookups: dict[str, tuple[Place, list[str]]] = field(default_factory=dict)
    responses: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    response_places: dict[str, Place] = field(default_factory=dict)

    def add_example(
        self,
        text: str,
        intent: str | None,
        entities: tuple[EntitySpan, ...],
        place: Place,
        metadata: Mapping[str, Any],
    ) -> None:
        """One sentence; an entity whose value differs from its words makes a synonym."""
        for span in entities:
            words = text[span.start : span.end]
            if span.value != words:
                self.add_synonym(words, str(span.value), place)
        base, slash, _ = (intent or "").partition(RESPONSE_SEPARATOR)
        example = Example(
            text=text,
            intent=base or None,
            response_key=intent if slash else None,
            entities=entities,
            metadata=metadata,
            place=place,
        )
        self.examples.append(example)

    def add_synonym(self, words: str, value: str, place: Place) -> None:
        """`words` mean `value`; a later, different meaning wins, with a notice."""
        known = self.synonyms.get(words)
        if known is not None and known != value:
            self.findings.note(
                place, f"'{words}' was a synonym of '{known}' and now is one of '{value}'", fix="remove one"
            )
        self.synonyms[words] = value

    def add_lookup(self, name: str, elements: Iterable[str], place: Place) -> None:
        """Elements of a table; tables of the same name become one."""
        self.lookups.setdefault(name, (place, []))[1].extend(elements)

    def result(self) -> NLUData:
        """All that was added; exact duplicates of examples are left out."""
        return NLUData(
            examples=tuple(_unique(self.examples)),
            synonyms=self.synonyms,
            regexes=tuple(sorted(self.regexes, key=lambda regex: regex.name + regex.pattern)),
            lookups=tuple(
                Lookup(name=name, elements=tuple(elements), place=place)
                for name, (place, elements) in self.lookups.items()
            ),
            responses=self.responses,
            response_places=self.response_places,
        )


def _unique(examples: Iterable[Example]) -> Iterable[Example]:
    seen = set()
    for example in examples:
        metadata = repr(example.metadata) if example.metadata else ""
        identity = (example.text, example.response_key or example.intent, example.entities, metadata)
        if identity not in seen:
            seen.add(identity)
            yield example
