"""Finds entities: a conditional random field over token features, its weights in eight bits.

(Lafferty, McCallum & Pereira 2001; the weights are learned in `tagger_training`.)
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.bilou import OUTSIDE, Tagging
from turnwise.nlu.message import Token
from turnwise.nlu.models.paths import Paths
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.tag_features import in_words, rows_of
from turnwise.nlu.models.tags import States
from turnwise.nlu.models.word_vectors import WordVectors, english

Floats = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]

_PREFIXES = "BILU"


class Tagger:
    """Tags the tokens of a text with entities, roles and groups."""

    def __init__(
        self,
        states: States,
        features: Sequence[str],
        weights: Quantised,
        moves: npt.NDArray[np.float16],
        *,
        sees_intent: bool,
        meanings: WordVectors | None = None,
    ) -> None:
        """Args:
        features: Those seen in training, in order of the rows of `weights`.
        weights: Shape (features, states).
        moves: Weights of moves between labels; see `Moves`.
        sees_intent: Whether it was trained with the intent as a feature.
        meanings: What words mean, if it was trained with that.
        """
        self.states = states
        self.features = features
        # One row more, all zero, stands for features that were not seen in training.
        self._weights = np.vstack((weights.values, np.zeros_like(weights.values, shape=(1, states.count))))
        self.weights = Quantised(values=self._weights[:-1], steps=weights.steps)
        self.moves = moves
        self.sees_intent = sees_intent
        self.meanings = meanings
        self._rows = rows_of(features, meanings)
        self._paths = Paths(states, moves)
        self._attributes = _named(states)

    def taggings(self, tokens: Sequence[Token], *, intent: str | None = None) -> dict[str, Tagging]:
        """Tags of the likeliest path, by attribute: entity, and role and group where there are any."""
        emissions = self._emissions(tokens, intent)
        shares = self._paths.shares(emissions)
        return self._tagged(self._paths.likeliest(emissions, shares), shares)

    def _emissions(self, tokens: Sequence[Token], intent: str | None) -> Floats:
        """Score of each state at each token, by its features alone; shape (tokens, states)."""
        rows = self._rows.of(tokens, intent=intent if self.sees_intent else None)
        every = np.fromiter(itertools.chain.from_iterable(rows), dtype=np.intp)
        taken = self._weights.take(every, axis=0).astype(np.float32)
        sums = np.empty((len(rows), self.states.count), dtype=np.float32)
        # Sums of whole numbers, exact in any order; NumPy is quickest at them as products with ones.
        ones = np.ones(max(map(len, rows)), dtype=np.float32)
        end = 0
        for own, told in zip(sums, rows, strict=True):
            begin, end = end, end + len(told)
            np.matmul(ones[: len(told)], taken[begin:end], out=own)
        sums *= self.weights.steps
        return sums

    def _tagged(self, path: Sequence[int], shares: Shares) -> dict[str, Tagging]:
        outside = shares[:, 0].tolist()
        inside = [(index, state) for index, state in enumerate(path) if state]
        taggings: dict[str, Tagging] = {}
        for attribute, named in self._attributes.items():
            tags, confidences = [OUTSIDE] * len(path), outside.copy()
            for index, state in inside:
                if state in named:
                    tags[index], same = named[state]
                    confidences[index] = min(1.0, float(shares[index].take(same).sum()))
            taggings[attribute] = Tagging(tags=tags, confidences=confidences)
        return taggings

    def reasons(
        self, tokens: Sequence[Token], index: int, *, intent: str | None = None
    ) -> list[tuple[str, float]]:
        """What spoke for the tag of a token against "outside": features in words, and their weights."""
        state = self._paths.searched(self._emissions(tokens, intent))[index]
        told = self._rows.of(tokens, intent=intent if self.sees_intent else None)[index]
        seen = [row for row in told if row < len(self.features)]
        rows = self.weights.rows(np.array(seen, dtype=np.int32))
        votes = rows[:, state] - rows[:, 0]
        return [(in_words(self.features[row]), float(vote)) for row, vote in zip(seen, votes, strict=True)]

    def dump(self) -> dict[str, bytes]:
        described = {
            "labels": self.states.labels,
            "features": self.features,
            "sees_intent": self.sees_intent,
            "meanings": self.meanings is not None,
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "weights": self.weights.values,
            "steps": self.weights.steps,
            "moves": self.moves,
        }
        return {
            "tagger.json": json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode(),
            "tagger.npz": packed(arrays),
        }

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Tagger:
        described = json.loads(files["tagger.json"])
        arrays = unpacked(files["tagger.npz"])
        return cls(
            States(labels=[(entity, role, group) for entity, role, group in described["labels"]]),
            described["features"],
            Quantised(values=arrays["weights"], steps=arrays["steps"]),
            arrays["moves"],
            sees_intent=described["sees_intent"],
            meanings=english() if described["meanings"] else None,
        )


def _named(states: States) -> dict[str, dict[int, tuple[str, npt.NDArray[np.intp]]]]:
    """For each attribute that labels have, by state: its tag, and all states of the same name."""
    size = len(states.labels)
    named: dict[str, dict[int, tuple[str, npt.NDArray[np.intp]]]] = {}
    for position, attribute in enumerate(("entity", "role", "group")):
        names = 4 * [label[position] for label in states.labels]
        same = {name: 1 + np.flatnonzero([other == name for other in names]) for name in set(names) if name}
        if same:
            named[attribute] = {
                1 + place: (f"{_PREFIXES[place // size]}-{name}", same[name])
                for place, name in enumerate(names)
                if name
            }
    return named
