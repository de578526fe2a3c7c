"""A linear model of intents: one weight for each feature and intent, in eight bits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.classifiers.ranking import softmax
from turnwise.nlu.models.assurance import Assurance
from turnwise.nlu.models.nearness import Nearness
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import TextVectors, Vector

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentModel:
    """Scores intents, and says how sure it is of them."""

    names: Sequence[str]
    """Intents in order of their columns."""
    vectors: TextVectors
    weights: Quantised
    """Shape (features of `vectors`, then dense features; intents)."""
    bias: Floats
    """Shape (intents,)."""
    temperature: float
    """What scores are divided by, such that their softmax comes true as often as it says."""
    assurance: Assurance

    def scores(self, vector: Vector) -> Floats:
        """Scores of one text; shape (intents,)."""
        scores: Floats = self.weights.times(vector.indices, vector.values) + self.bias
        return scores

    def confidences(self, vector: Vector) -> npt.NDArray[np.float64]:
        """How likely each intent is meant; shape (intents,).

        What is missing to a sum of 1 is the chance that none of them is.
        """
        scores = self.scores(vector)
        shares = softmax(scores / self.temperature)
        best = int(shares.argmax())
        likely, sure = float(shares[best]), self.assurance.confidence(scores, self._dense(vector))
        if sure >= likely:
            shares *= (1 - sure) / max(1 - likely, 1e-12)
            shares[best] = sure
            return shares
        less: npt.NDArray[np.float64] = shares * (sure / likely)
        return less

    def _dense(self, vector: Vector) -> Floats:
        """The dense features of a text."""
        return vector.values[vector.indices >= self.vectors.size]

    def reasons(
        self, vector: Vector, *, chosen: int, rival: int, most: int = 10
    ) -> list[tuple[str, str, float]]:
        """What spoke for `chosen` against `rival`: family, feature and weight, strongest first.

        Negative weights spoke for the rival. Dense features are not listed, since they have no names.
        """
        rows = self.weights.rows(vector.indices)
        votes = vector.values * (rows[:, chosen] - rows[:, rival])
        order = np.argsort(-np.abs(votes), kind="stable").tolist()
        named = [index for index in order if vector.indices[index] < self.vectors.size][:most]
        return [(*self.vectors.name_at(int(vector.indices[index])), float(votes[index])) for index in named]

    def dump(self) -> dict[str, bytes]:
        described = {
            "names": list(self.names),
            "features": self.vectors.to_json(),
            "temperature": self.temperature,
            "usual": self.assurance.usual,
            "trust": self.assurance.trust,
            "slope": self.assurance.slope,
            "offset": self.assurance.offset,
            "near": {"usual": self.assurance.near.usual, "spread": self.assurance.near.spread},
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "weights": self.weights.values,
            "steps": self.weights.steps,
            "bias": self.bias,
            "telling": self.vectors.telling,
            "centres": self.assurance.centres.astype(np.float16),
            "precision": self.assurance.precision.astype(np.float16),
            "texts": self.assurance.near.texts.values,
            "texts_steps": self.assurance.near.texts.steps,
            "texts_ends": self.assurance.near.ends,
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
            assurance=Assurance(
                centres=arrays["centres"].astype(np.float32),
                precision=arrays["precision"].astype(np.float32),
                near=Nearness(
                    texts=Quantised(values=arrays["texts"], steps=arrays["texts_steps"]),
                    ends=arrays["texts_ends"],
                    **described["near"],
                ),
                **{name: described[name] for name in ("usual", "trust", "slope", "offset")},
            ),
        )
