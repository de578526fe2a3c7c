"""Finds entities: a conditional random field over token features, its weights in eight bits.

(Lafferty, McCallum & Pereira 2001; the weights are learned in `tagger_training`.)
"""

from __future__ import annotations

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
from turnwise.nlu.models.tag_features import features_of_tokens, in_words
from turnwise.nlu.models.tags import States

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
    ) -> None:
        """Args:
        features: Those seen in training, in order of the rows of `weights`.
        weights: Shape (features, states).
        moves: Weights of moves between labels; see `Moves`.
        sees_intent: Whether it was trained with the intent as a feature.
        """
        self.states = states
        self.features = features
        self.weights = weights
        self.moves = moves
        self.sees_intent = sees_intent
        self._places = {feature: index for index, feature in enumerate(features)}
        self._paths = Paths(states, moves)
        self._named_states = {
            (position, label[position]): 1
            + np.flatnonzero(np.tile([other[position] == label[position] for other in states.labels], 4))
            for label in states.labels
            for position in range(3)
        }

    def taggings(self, tokens: Sequence[Token], *, intent: str | None = None) -> dict[str, Tagging]:
        """Tags of the likeliest path, by attribute: entity, and role and group where there are any."""
        told = features_of_tokens(tokens, intent=intent if self.sees_intent else None)
        emissions = self._emissions(told)
        shares = self._paths.shares(emissions)
        return self._named(self._paths.likeliest(emissions, shares), shares)

    def _emissions(self, told: Sequence[Sequence[str]]) -> Floats:
        """Score of each state at each token, by its features alone; shape (tokens, states)."""
        places = [
            [place for name in names if (place := self._places.get(name)) is not None] for names in told
        ]
        sums = np.zeros((len(told), self.states.count), dtype=np.float32)
        for row, own in enumerate(places):
            sums[row] = self.weights.values.take(own, axis=0).sum(axis=0, dtype=np.float32)
        sums *= self.weights.steps
        return sums

    def _named(self, path: Sequence[int], shares: Shares) -> dict[str, Tagging]:
        labels = self.states.labels
        taggings: dict[str, Tagging] = {}
        for position, attribute in enumerate(("entity", "role", "group")):
            names = [label[position] for label in labels]
            if attribute != "entity" and not any(names):
                continue
            tags, confidences = [OUTSIDE] * len(path), shares[:, 0].tolist()
            for index, state in enumerate(path):
                name = names[self.states.label_of(state)] if state else None
                if name:
                    tags[index] = f"{_PREFIXES[(state - 1) // len(labels)]}-{name}"
                    own = shares[index].take(self._named_states[position, name])
                    confidences[index] = min(1.0, float(own.sum()))
            taggings[attribute] = Tagging(tags=tags, confidences=confidences)
        return taggings

    def reasons(
        self, tokens: Sequence[Token], index: int, *, intent: str | None = None
    ) -> list[tuple[str, float]]:
        """What spoke for the tag of a token against "outside": features in words, and their weights."""
        told = features_of_tokens(tokens, intent=intent if self.sees_intent else None)
        state = self._paths.searched(self._emissions(told))[index]
        known = [name for name in told[index] if name in self._places]
        rows = self.weights.rows(np.array([self._places[name] for name in known], dtype=np.int32))
        votes = rows[:, state] - rows[:, 0]
        return [(in_words(name), float(vote)) for name, vote in zip(known, votes, strict=True)]

    def dump(self) -> dict[str, bytes]:
        described = {"labels": self.states.labels, "features": self.features, "sees_intent": self.sees_intent}
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
        )
