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
from turnwise.nlu.message import Message
from turnwise.nlu.models.assurance import Assurance
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import TextVectors, Vector, dense_of, features_of, with_dense, words_of
from turnwise.nlu.models.word_vectors import WordVectors, english

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentModel:
    """Scores intents, and says how sure it is of them."""

    names: Sequence[str]
    """Intents in order of their columns."""
    vectors: TextVectors
    meanings: WordVectors | None
    """What words mean, if it is known and no featurizer told."""
    weights: Quantised
    """Shape (features of `vectors`, then dense features; intents)."""
    bias: Floats
    """Shape (intents,)."""
    temperature: float
    """What scores are divided by, such that their softmax comes true as often as it says."""
    assurance: Assurance

    def vector(self, message: Message, aliases: Sequence[str] = ()) -> Vector:
        """What the model knows of a message.

        Args:
            aliases: Which dense featurizers to ask; empty for all.
        """
        document = features_of(message)
        dense = dense_of(message, document, aliases, self.meanings)
        return with_dense(self.vectors.vector(document), dense, self.vectors.size)

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
        if not vector.values.any():
            return shares * 0  # nothing is known of it
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
        self, message: Message, aliases: Sequence[str] = (), *, chosen: int, rival: int, most: int = 10
    ) -> list[tuple[str, str, float]]:
        """What spoke for `chosen` against `rival`: family, feature and weight, strongest first.

        Negative weights spoke for the rival. Numbers of dense featurizers are not listed, as they have no
        names; what words mean is, word by word.
        """
        vector = self.vector(message, aliases)
        rows = self.weights.rows(vector.indices)
        leans = rows[:, chosen] - rows[:, rival]
        named = vector.indices < self.vectors.size
        votes = [
            (*self.vectors.name_at(place), vote)
            for place, vote in zip(
                vector.indices[named].tolist(), (vector.values * leans)[named].tolist(), strict=True
            )
        ]
        if self.meanings is not None:
            votes += _of_meanings(self.meanings, words_of(message), vector.values[~named], leans[~named])
        return sorted(votes, key=lambda vote: -abs(vote[2]))[:most]

    def dump(self) -> dict[str, bytes]:
        described = {
            "names": list(self.names),
            "features": self.vectors.to_json(),
            "meanings": self.meanings is not None,
            "temperature": self.temperature,
            "assurance": self.assurance.numbers(),
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "weights": self.weights.values,
            "steps": self.weights.steps,
            "bias": self.bias,
            "telling": self.vectors.telling,
        }
        return {
            "intents.json": json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode(),
            "intents.npz": packed(arrays | self.assurance.arrays()),
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
            meanings=english() if described["meanings"] else None,
            temperature=described["temperature"],
            assurance=Assurance.of(described["assurance"], arrays),
        )


def _of_meanings(
    meanings: WordVectors, words: Sequence[str], dense: Floats, leans: Floats
) -> list[tuple[str, str, float]]:
    """What the meaning of each word spoke for.

    Args:
        dense: The meaning of all words together, as the model sees it; shape (size,).
        leans: What each of its numbers speaks for; shape (size,).
    """
    known = [word for word in words if meanings.row(word) is not None]
    rows = meanings.vectors.rows(np.array(meanings.rows(known), dtype=np.int32))
    length = float(np.linalg.norm(rows.sum(axis=0)))
    votes = rows @ leans * (float(np.linalg.norm(dense)) / max(length, 1e-9))
    return [("meanings", word, vote) for word, vote in zip(known, votes.tolist(), strict=True)]
