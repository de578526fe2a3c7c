"""Logistic regression over whatever features the pipeline computes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.classifiers.ranking import Length, ranking, softmax
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.featurizers.featurizer import name_at, sentence_features
from turnwise.nlu.message import Message
from turnwise.nlu.reasons import MOST_OF_TEXT, between, nothing_unless, strongest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticRegressionSettings:
    """What may stand under `LogisticRegressionClassifier`."""

    max_iter: int = 100
    """Most iterations of the optimiser."""
    solver: Literal["lbfgs", "newton-cg", "liblinear", "sag", "saga"] = "lbfgs"
    """Accepted for Rasa's sake: all of them seek the same optimum, and L-BFGS always does the work."""
    tol: float = 1e-4
    """Largest slope at which the optimiser stops."""
    random_state: int = 42
    """Accepted for Rasa's sake: L-BFGS draws no random numbers."""
    ranking_length: Length = 10
    """How many intents to report; 0 for all."""


class LogisticRegressionClassifier(Component[LogisticRegressionSettings]):
    """The same model as scikit-learn's, on the same features, with classes weighing the same."""

    Settings = LogisticRegressionSettings
    reads: ClassVar[frozenset[str]] = frozenset({"featurizer"})
    uses: ClassVar[frozenset[str]] = frozenset({"features", "dense", "tokens", "patterns"})
    writes: ClassVar[frozenset[str]] = frozenset({"intent"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents"})

    intents_: tuple[str, ...] = ()
    weights_: npt.NDArray[np.float16] | None = None
    bias_: npt.NDArray[np.float32] | None = None

    def train(self, training: TrainingSet) -> None:
        from turnwise.nlu.classifiers.softmax_regression import balanced, softmax_regression
        from turnwise.nlu.featurizers.matrix import feature_matrix

        pairs = [
            (message, example.intent)
            for message, example in zip(training.messages, training.data.examples, strict=True)
            if example.intent
        ]
        self.intents_ = tuple(sorted({intent for _, intent in pairs}))
        if len(self.intents_) < 2:
            log.warning(
                "nlu.logistic_regression.untrained intents=%d fix='two intents are needed'",
                len(self.intents_),
            )
            return
        position = {intent: index for index, intent in enumerate(self.intents_)}
        labels = np.array([position[intent] for _, intent in pairs], dtype=np.intp)
        model = softmax_regression(
            feature_matrix([message for message, _ in pairs]),
            labels,
            len(self.intents_),
            example_weights=balanced(labels, len(self.intents_)),
            max_iter=self.settings.max_iter,
            tolerance=self.settings.tol,
        )
        # Half precision leaves two sure digits of every confidence and makes small files.
        self.weights_, self.bias_ = model.weights.astype(np.float16), model.bias.astype(np.float32)

    def process(self, message: Message) -> None:
        if self.weights_ is None or self.bias_ is None:
            return
        features = sentence_features(message)
        scores = features.values @ self.weights_[features.indices].astype(np.float32) + self.bias_
        message.ranking = ranking(self.intents_, softmax(scores), length=self.settings.ranking_length)
        message.intent = message.ranking[0]

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which features spoke for the intent, against the second best; dense ones have no names."""
        return nothing_unless(
            {"intent": between(self.intents_, message.ranking or (), partial(self._votes, message))}
        )

    def _votes(self, message: Message, *, chosen: int, rival: int) -> list[tuple[str, str, float]]:
        assert self.weights_ is not None
        features = sentence_features(message)
        rows = self.weights_[features.indices].astype(np.float32)
        votes = features.values * (rows[:, chosen] - rows[:, rival])
        named = [
            (*name, float(vote))
            for index, vote in zip(features.indices.tolist(), votes, strict=True)
            if (name := name_at(message, index)) is not None
        ]
        return [named[place] for place in strongest(np.array([vote for *_, vote in named]), MOST_OF_TEXT)]

    def dump(self) -> dict[str, bytes]:
        if self.weights_ is None or self.bias_ is None:
            return {}
        return {
            "intents.json": json.dumps(self.intents_, ensure_ascii=False).encode(),
            "model.npz": packed({"weights": self.weights_, "bias": self.bias_}),
        }

    def restore(self, files: Mapping[str, bytes]) -> None:
        if not files:
            return
        self.intents_ = tuple(json.loads(files["intents.json"]))
        arrays: dict[str, npt.NDArray[Any]] = unpacked(files["model.npz"])
        self.weights_, self.bias_ = arrays["weights"], arrays["bias"]
