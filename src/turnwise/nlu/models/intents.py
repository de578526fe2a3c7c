"""A linear model of intents: one weight for each feature and intent, in eight bits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import TextVectors, Vector

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentModel:
    """Scores intents; `softmax(scores)` are calibrated confidences."""

    names: Sequence[str]
    """Intents in order of their columns."""
    vectors: TextVectors
    weights: Quantised
    """Shape (features of `vectors`, then dense features; intents)."""
    bias: Floats
    """Shape (intents,)."""
    temperature: float
    """What scores are divided by, such that confidences come true as often as they say."""

    def scores(self, vector: Vector) -> Floats:
        """Calibrated scores of one text; shape (intents,)."""
        product = self.weights.times(vector.indices, vector.values)
        scores: Floats = (product + self.bias) / np.float32(self.temperature)
        return scores

    def reasons(
        self, vector: Vector, *, chosen: int, rival: int, most: int = 10
    ) -> list[tuple[str, str, float]]:
        """What spoke for `chosen` against `rival`: family, feature and weight, strongest first.

        Negative weights spoke for the rival. Dense features are not listed, since they have no names.
        """
        rows = self.weights.rows(vector.indices)
        votes = vector.values * (rows[:, chosen] - rows[:, rival]) / self.temperature
        order = np.argsort(-np.abs(votes), kind="stable").tolist()
        named = [index for index in order if vector.indices[index] < self.vectors.size][:most]
        return [(*self.vectors.name_at(int(vector.indices[index])), float(votes[index])) for index in named]

    def dump(self) -> dict[str, bytes]:
        described = {
            "names": list(self.names),
            "features": self.vectors.to_json(),
            "temperature": self.temperature,
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "weights": self.weights.values,
            "steps": self.weights.steps,
            "bias": self.bias,
            "telling": self.vectors.telling,
        }
        return {
            "intents.json": json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode(),
            "intents.npz": packed(arrays),
        }

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> IntentModel:
        described = json.loads(files["intents.json"])
        arrays = unpacked(files["intents.npz"])
        return cls(
            names=described["names"],
            vectors=TextVectors(described["features"], arrays["telling"]),
            weights=Quantised(values=arrays["weights"], steps=arrays["steps"]),
            bias=arrays["bias"],
            temperature=described["temperature"],
        )
