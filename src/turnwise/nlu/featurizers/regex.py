"""Marks the tokens that regexes and lookup tables of the training data match."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from turnwise.nlu.component import TrainingSet
from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.message import Message
from turnwise.nlu.patterns import Pattern, patterns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexFeaturizerSettings:
    """What may stand under `RegexFeaturizer`."""

    alias: str | None = None
    """Name for `featurizers: [...]` of a classifier."""
    case_sensitive: bool = True
    """Whether patterns tell `Rome` from `rome`."""
    use_lookup_tables: bool = True
    """Whether `lookup:` entries are used."""
    use_regexes: bool = True
    """Whether `regex:` entries are used."""
    use_word_boundaries: bool = True
    """Whether lookup elements match whole words only."""


class RegexFeaturizer(Featurizer[RegexFeaturizerSettings]):
    """One feature for each pattern, 1 where it matches; also notes `{name: bool}` on every token."""

    Settings = RegexFeaturizerSettings
    reads: ClassVar[frozenset[str]] = frozenset({"tokens"})
    writes: ClassVar[frozenset[str]] = frozenset({"featurizer", "features", "patterns"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"regexes", "lookups"})

    patterns_: Sequence[Pattern] = ()
    _compiled: Sequence[tuple[str, re.Pattern[str]]] = ()

    def train(self, training: TrainingSet) -> None:
        found = patterns_of(
            training.data,
            regexes=self.settings.use_regexes,
            lookups=self.settings.use_lookup_tables,
            word_boundaries=self.settings.use_word_boundaries,
        )
        self._take(found)

    def _take(self, patterns: Sequence[Pattern]) -> None:
        flags = re.NOFLAG if self.settings.case_sensitive else re.IGNORECASE
        self.patterns_ = patterns
        self._compiled = [(entry.name, re.compile(entry.pattern, flags)) for entry in patterns]
        self.size = len(patterns)

    def process(self, message: Message) -> None:
        super().process(message)
        for name, pattern in self._compiled:
            spans = [found.span() for found in pattern.finditer(message.text)]
            # Where several patterns share a name the last one decides, as in Rasa.
            for token in message.tokens or []:
                token.patterns[name] = _overlaps(token.start, token.end, spans)

    def name_at(self, position: int) -> str:
        return self.patterns_[position].name

    def sentence(self, message: Message) -> Features:
        hits = {
            index: 1.0 for index, (_, pattern) in enumerate(self._compiled) if pattern.search(message.text)
        }
        return Features.of_counts(hits, self.size)

    def tokens(self, message: Message) -> list[Features]:
        spans = [[found.span() for found in pattern.finditer(message.text)] for _, pattern in self._compiled]
        return [
            Features.of_counts(
                {index: 1.0 for index, own in enumerate(spans) if _overlaps(token.start, token.end, own)},
                self.size,
            )
            for token in message.tokens or []
        ]

    def dump(self) -> dict[str, bytes]:
        entries = [[entry.name, entry.pattern] for entry in self.patterns_]
        return {"patterns.json": json.dumps(entries, ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._take(
            [Pattern(name=name, pattern=pattern) for name, pattern in json.loads(files["patterns.json"])]
        )


def _overlaps(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < stop and end > begin for begin, stop in spans)
