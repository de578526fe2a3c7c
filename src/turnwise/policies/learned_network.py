"""A small neural network over sparse features: what is kept of it, and how it answers."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from turnwise.policies.dialogue_features import ANY_TIME, LATELY, Feature, Features

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Doubles = npt.NDArray[np.float64]

VALUE_STEP = 2.0**-8
"""Feature values are multiples of this; see `learned_training.py`."""


class Reason(NamedTuple):
    """How much one feature spoke for an answer."""

    kind: str
    """Of the feature; see `Feature`."""
    ago: int
    name: str
    weight: float
    """What it added to the lead over the second best answer, in logits; negative: it spoke against."""

    @property
    def when(self) -> str:
        """How long ago it was the case, in words."""
        if self.ago == ANY_TIME:
            return "at any time"
        if self.ago == LATELY:
            return "lately"
        unit = "step" if self.kind in ("action", "loop") else "turn"
        return f"{self.ago} {unit}{'s'[: self.ago != 1]} ago" if self.ago else "now"


class Encoded(NamedTuple):
    """Features that the network knows."""

    rows: list[int]
    """Their positions in the vocabulary."""
    values: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One hidden layer of rectified sums of feature vectors, then one score for each label."""

    vocabulary: Sequence[Feature]
    """Sorted."""
    labels: Sequence[str]
    """Sorted."""
    scale: float
    """What feature values are multiplied by."""
    temperature: float = 1.0
    """What scores are divided by, such that probabilities come true as often as they say."""
    input_weights: Halves
    """Shape (features, hidden)."""
    input_bias: Halves
    """Shape (hidden,)."""
    output_weights: Halves
    """Shape (hidden, labels)."""
    output_bias: Halves
    """Shape (labels,)."""
    positions: Mapping[Feature, int] = field(default_factory=dict)
    """Of each feature in the vocabulary; derived."""
    _input: Floats = field(init=False, repr=False)
    _output: Floats = field(init=False, repr=False)
    _input_bias: Floats = field(init=False, repr=False)
    _output_bias: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        positions = {feature: index for index, feature in enumerate(self.vocabulary)}
        object.__setattr__(self, "positions", positions)
        for name in ("input", "output"):
            weights = getattr(self, f"{name}_weights").astype(np.float32)
            object.__setattr__(self, f"_{name}", weights)
            object.__setattr__(self, f"_{name}_bias", getattr(self, f"{name}_bias").astype(np.float32))

    def encoded(self, features: Features) -> Encoded:
        """Positions and scaled values of the known ones among `features`."""
        return encoded(features, self.positions, self.scale)

    def scores(self, features: Features) -> Floats:
        """Calibrated logits; shape (labels,)."""
        return self._answer(self._hidden(self.encoded(features)))

    def probabilities(self, features: Features) -> Floats:
        """Shape (labels,); they sum to 1."""
        return softmax(self.scores(features))

    def _hidden(self, known: Encoded) -> Floats:
        """Shape (hidden,)."""
        values = np.array(known.values, dtype=np.float32)
        hidden: Floats = np.maximum(
            _product(values, self._input[known.rows]) + self._input_bias, np.float32(0)
        )
        return hidden

    def _answer(self, hidden: Floats) -> Floats:
        scores: Floats = (_product(hidden, self._output) + self._output_bias) / np.float32(self.temperature)
        return scores

    def reasons(
        self, features: Features, *, chosen: int, rival: int | None = None, most: int = 10
    ) -> list[Reason]:
        """What spoke for label `chosen` against `rival`, weightiest first.

        With the same hidden units active the network is linear, so that the weights of all features
        and a constant add up to the difference of the two scores.
        """
        known = self.encoded(features)
        active = self._hidden(known) > 0
        towards = self._output[:, chosen]
        if rival is not None:
            towards = towards - self._output[:, rival]
        lead = active * towards / np.float32(self.temperature)
        weights = (self._input[known.rows] @ lead) * np.array(known.values, dtype=np.float32)
        order = np.argsort(-np.abs(weights), kind="stable")[:most]
        reasons = []
        for index in order.tolist():
            kind, ago, name = self.vocabulary[known.rows[index]]
            reasons.append(Reason(kind, ago, name, float(weights[index])))
        return reasons

    def dump(self) -> dict[str, bytes]:
        described = {
            "vocabulary": self.vocabulary,
            "labels": self.labels,
            "scale": self.scale,
            "temperature": self.temperature,
        }
        files = {"network.json": json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()}
        for name in _ARRAYS:
            content = io.BytesIO()
            np.lib.format.write_array(content, getattr(self, name), allow_pickle=False)
            files[f"{name}.npy"] = content.getvalue()
        return files

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Network:
        """The network that `dump` wrote."""
        described = json.loads(files["network.json"])
        arrays: dict[str, Any] = {
            name: np.lib.format.read_array(io.BytesIO(files[f"{name}.npy"]), allow_pickle=False)
            for name in _ARRAYS
        }
        return cls(
            vocabulary=[(kind, ago, name) for kind, ago, name in described["vocabulary"]],
            labels=described["labels"],
            scale=described["scale"],
            temperature=described["temperature"],
            **arrays,
        )


_ARRAYS = ("input_weights", "input_bias", "output_weights", "output_bias")


def encoded(features: Features, positions: Mapping[Feature, int], scale: float) -> Encoded:
    """Positions, and scaled values on the grid, of those of `features` that have a position."""
    rows: list[int] = []
    values: list[float] = []
    for feature, value in features.items():
        row = positions.get(feature)
        if row is not None:
            rows.append(row)
            values.append(round(value * scale / VALUE_STEP) * VALUE_STEP)
    return Encoded(rows, values)


def _product(row: Floats, matrix: Floats) -> Floats:
    """`row @ matrix`, which for so little work would wake the threads of the linear algebra library."""
    product: Floats = np.einsum("i,ij->j", row, matrix)
    return product


def softmax(scores: Floats) -> Floats:
    """Probabilities of one row of scores."""
    weights = np.exp(scores - scores.max(initial=-np.inf))
    shares: Floats = weights / weights.sum()
    return shares
