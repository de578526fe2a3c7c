"""Entities that a regular expression or a list of names finds."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.message import Entity, Message
from turnwise.nlu.patterns import Pattern, patterns_of
from turnwise.nlu.reasons import nothing_unless

_SHOWN = 60
"""Letters of a pattern that an explanation shows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexExtractorSettings:
    """What may stand under `RegexEntityExtractor`."""

    case_sensitive: bool = False
    """Whether patterns tell `Rome` from `rome`."""
    use_lookup_tables: bool = True
    """Whether `lookup:` entries are used."""
    use_regexes: bool = True
    """Whether `regex:` entries are used."""
    use_word_boundaries: bool = True
    r"""Whether lookup elements match whole words only; regexes are taken as they are."""


class RegexEntityExtractor(Component[RegexExtractorSettings]):
    """Each match of a regex or lookup table that bears an annotated entity's name is that entity."""

    Settings = RegexExtractorSettings
    version: ClassVar[int] = 2
    writes: ClassVar[frozenset[str]] = frozenset({"entities"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"entity_names", "regexes", "lookups"})

    patterns_: Sequence[Pattern] = ()
    _compiled: Sequence[tuple[Pattern, re.Pattern[str]]] = ()

    def train(self, training: TrainingSet) -> None:
        found = patterns_of(
            training.data,
            regexes=self.settings.use_regexes,
            lookups=self.settings.use_lookup_tables,
            word_boundaries=self.settings.use_word_boundaries,
            names=training.data.entity_names,
        )
        if not found:
            log.warning(
                "nlu.regex_extractor.no_patterns fix='give a regex or lookup the name of an annotated entity'"
            )
        self._take(found)

    def _take(self, patterns: Sequence[Pattern]) -> None:
        flags = re.NOFLAG if self.settings.case_sensitive else re.IGNORECASE
        self.patterns_ = patterns
        self._compiled = [(entry, re.compile(entry.pattern, flags)) for entry in patterns]

    def process(self, message: Message) -> None:
        for entry, pattern in self._compiled:
            message.entities += [
                Entity(
                    entity=entry.name,
                    start=found.start(),
                    end=found.end(),
                    value=found[0],
                    extractor=self.name,
                )
                for found in pattern.finditer(message.text)
            ]

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which pattern matched, or that it is in a lookup table."""
        found = [
            {
                "entity": entity.entity,
                "value": entity.value,
                "because": self._source(entity, message.text),
            }
            for entity in message.entities
            if entity.extractor == self.name
        ]
        return nothing_unless({"entities": found})

    def _source(self, entity: Entity, text: str) -> str:
        told = []
        for entry, pattern in self._compiled:
            found = pattern.match(text, entity.start) if entry.name == entity.entity else None
            if found and found.end() == entity.end:
                told.append(f"is in the lookup table {entry.name}" if entry.lookup else _matching(entry))
        return " and ".join(told)

    def dump(self) -> dict[str, bytes]:
        entries = [[entry.name, entry.pattern, entry.lookup] for entry in self.patterns_]
        return {"patterns.json": json.dumps(entries, ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._take(
            [
                Pattern(name=name, pattern=pattern, lookup=lookup)
                for name, pattern, lookup in json.loads(files["patterns.json"])
            ]
        )


def _matching(entry: Pattern) -> str:
    shown = entry.pattern if len(entry.pattern) <= _SHOWN else f"{entry.pattern[:_SHOWN]}…"
    return f"matches {shown}"
