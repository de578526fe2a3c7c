"""Describes each token, and those beside it, by case, letters, position and part of speech."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from turnwise.nlu.component import TrainingSet
from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.featurizers.token_features import TOKEN_FEATURES
from turnwise.nlu.message import Message, Token

FeatureName = Literal[
    "BOS", "EOS", "low", "title", "upper", "digit",
    "prefix2", "prefix5", "suffix1", "suffix2", "suffix3", "suffix5", "pos", "pos2",
]  # fmt: skip

_DEFAULT: list[list[FeatureName]] = [
    ["low", "title", "upper"],
    ["BOS", "EOS", "low", "upper", "title", "digit"],
    ["low", "title", "upper"],
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalSettings:
    """What may stand under `LexicalSyntacticFeaturizer`."""

    alias: str | None = None
    """Name for `featurizers: [...]` of a classifier."""
    features: list[list[FeatureName]] = field(default_factory=lambda: [list(names) for names in _DEFAULT])
    """What is told of the token before, the token itself and the token after; longer lists look further."""


class LexicalSyntacticFeaturizer(Featurizer[LexicalSettings]):
    """One feature for each value seen in training at each place of the window; tokens only."""

    Settings = LexicalSettings
    reads: ClassVar[frozenset[str]] = frozenset({"tokens"})
    writes: ClassVar[frozenset[str]] = frozenset({"featurizer", "features"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts"})

    positions_: Mapping[str, int] = {}

    def train(self, training: TrainingSet) -> None:
        seen = {
            value
            for message in training.messages
            for values in self._values(message.tokens or [])
            for value in values
        }
        self._take(sorted(seen))

    def _take(self, values: Sequence[str]) -> None:
        self.positions_ = {value: index for index, value in enumerate(values)}
        self.size = len(values)

    def _values(self, tokens: Sequence[Token]) -> list[list[str]]:
        """For each token what is told of its window, as `place:feature=value`."""
        window = self.settings.features
        told = [
            {name: str(_told(name, token, index, len(tokens))) for names in window for name in names}
            for index, token in enumerate(tokens)
        ]
        return [
            [
                f"{place}:{name}={told[other][name]}"
                for place, names in enumerate(window)
                if 0 <= (other := index + place - len(window) // 2) < len(tokens)
                for name in names
            ]
            for index in range(len(tokens))
        ]

    def tokens(self, message: Message) -> list[Features]:
        return [
            Features.of_counts({self.positions_[v]: 1.0 for v in values if v in self.positions_}, self.size)
            for values in self._values(message.tokens or [])
        ]

    def dump(self) -> dict[str, bytes]:
        return {"values.json": json.dumps(list(self.positions_), ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._take(json.loads(files["values.json"]))


def _told(name: FeatureName, token: Token, index: int, count: int) -> object:
    if name == "BOS":
        return index == 0
    if name == "EOS":
        return index == count - 1
    return TOKEN_FEATURES[name](token)
