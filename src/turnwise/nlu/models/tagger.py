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
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.tag_features import features_of_tokens, in_words
from turnwise.nlu.models.tags import Moves, States

Floats = npt.NDArray[np.float32]

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
        moves: Weights of moves between labels; see `Moves.of`.
        sees_intent: Whether it was trained with the intent as a feature.
        """
        self.states = states
        self.features = features
        self.weights = weights
        self.moves = moves
        self.sees_intent = sees_intent
        self._places = {feature: index for index, feature in enumerate(features)}
        self._scores = Moves.of(states, moves)
        self._named_states = {
            (position, label[position]): 1
            + np.flatnonzero(np.tile([other[position] == label[position] for other in states.labels], 4))
            for label in states.labels
            for position in range(3)
        }
        between = np.exp(self._scores.between)
        self._steps = np.stack((between, between.T))
        self._ends = np.exp(np.stack((self._scores.first, self._scores.last)))[:, None]
        size = len(states.labels) + 1
        self._between = np.ascontiguousarray(moves[:size, :size].T.astype(np.float32))

    def taggings(self, tokens: Sequence[Token], *, intent: str | None = None) -> dict[str, Tagging]:
        """Tags of the likeliest path, by attribute: entity, and role and group where there are any."""
        told = features_of_tokens(tokens, intent=intent if self.sees_intent else None)
        emissions = self._emissions(told)
        return self._named(self._path(emissions), self._shares(emissions))

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

    def _path(self, emissions: Floats) -> list[int]:
        """The likeliest path (Viterbi).

        Inside an entity there is no choice but between B and I; so labels are compared, not states, which
        are four times as many.
        """
        size = len(self.states.labels)
        labels = np.arange(size + 1)
        best = [self._scores.first + emissions[0]]
        origins: list[npt.NDArray[np.intp]] = []
        for own in emissions[1:]:
            before = best[-1]
            ended = np.maximum(before[2 * size : 3 * size + 1], before[3 * size :])
            ended[0] = before[0]
            reached = self._between + ended
            origins.append(reached.argmax(axis=1))
            begun = reached[labels, origins[-1]]
            inside = np.maximum(before[1 : size + 1], before[size + 1 : 2 * size + 1])
            best.append(np.concatenate((begun, inside, inside, begun[1:])) + own)
        path = [int((best[-1] + self._scores.last).argmax())]
        for before, origin in zip(reversed(best[:-1]), reversed(origins), strict=True):
            path.append(self._before(path[-1], before, origin))
        return path[::-1]

    def _before(self, state: int, before: Floats, origin: npt.NDArray[np.intp]) -> int:
        """The state before `state` on the best path to it.

        Args:
            before: Scores of the best paths to the token before; shape (states,).
            origin: For outside and each label that begins, what ended best before; shape (labels + 1,).
        """
        size = len(self.states.labels)
        if size < state <= 3 * size:
            begin = 1 + self.states.label_of(state)
            return begin if before[begin] >= before[begin + size] else begin + size
        ended = int(origin[1 + self.states.label_of(state)] if state else origin[0])
        if ended == 0:
            return 0
        last, only = 2 * size + ended, 3 * size + ended
        return last if before[last] >= before[only] else only

    def _shares(self, emissions: Floats) -> Floats:
        """How likely each state is at each token, over all paths; shape (tokens, states)."""
        chances = np.exp(emissions - emissions.max(axis=1, keepdims=True))
        # From both ends at once; shape (tokens, directions, 1, states).
        own = np.stack((chances, chances[::-1]), axis=1)[:, :, None]
        arrived = np.empty_like(own)
        reached = self._ends
        for index in range(len(own)):
            arrived[index] = reached
            through = reached * own[index]
            reached = (through / through.sum(axis=2, keepdims=True)) @ self._steps
        shares: Floats = arrived[:, 0, 0] * chances * arrived[::-1, 1, 0]
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def _named(self, path: Sequence[int], shares: Floats) -> dict[str, Tagging]:
        labels = self.states.labels
        taggings: dict[str, Tagging] = {}
        for position, attribute in enumerate(("entity", "role", "group")):
            names = [label[position] for label in labels]
            if attribute != "entity" and not any(names):
                continue
            tags, confidences = [], []
            for state, share in zip(path, shares, strict=True):
                name = names[self.states.label_of(state)] if state else None
                tags.append(f"{_PREFIXES[(state - 1) // len(labels)]}-{name}" if name else OUTSIDE)
                own = share[self._named_states[position, name]].sum() if name else share[0]
                confidences.append(min(1.0, float(own)))
            taggings[attribute] = Tagging(tags=tags, confidences=confidences)
        return taggings

    def reasons(
        self, tokens: Sequence[Token], index: int, *, intent: str | None = None
    ) -> list[tuple[str, float]]:
        """What spoke for the tag of a token against "outside": features in words, and their weights."""
        told = features_of_tokens(tokens, intent=intent if self.sees_intent else None)
        state = self._path(self._emissions(told))[index]
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
