"""A support vector machine over dense features: Rasa's SklearnIntentClassifier, stored without pickle."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from turnwise.errors import UsageError
from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.classifiers.ranking import ranking, softmax
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.message import Message

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Positives = Annotated[list[Annotated[float, Meta(gt=0)]], Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SklearnSettings:
    """What may stand under `SklearnIntentClassifier`."""

    C: Positives = field(default_factory=lambda: [1, 2, 5, 10, 20, 100])
    """Penalties to try for examples on the wrong side."""
    gamma: Positives = field(default_factory=lambda: [0.1])
    """Widths of the kernel to try; without effect on the linear one."""
    kernels: Annotated[list[Literal["linear", "rbf"]], Meta(min_length=1)] = field(
        default_factory=lambda: ["linear"]
    )
    """Kernels to try."""
    max_cross_validation_folds: int = 5
    """Most folds of the search."""
    scoring_function: str = "f1_weighted"
    """What the search maximises; a name that scikit-learn knows."""
    num_threads: int = 1
    """Processes of the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A trained support vector machine: one decision for each pair of classes."""

    vectors: Floats
    """Support vectors, grouped by class; shape (vectors, features)."""
    counts: npt.NDArray[np.int64]
    """How many of them belong to each class; shape (classes,)."""
    coefficients: Floats
    """Shape (classes - 1, vectors), as libsvm gives them."""
    offsets: Floats
    """Shape (pairs of classes,)."""
    kernel: str
    gamma: float

    def scores(self, features: Floats) -> Floats:
        """Votes of the pairwise decisions, ties broken by how clear they are; shape (classes,)."""
        likeness = self._kernel(features)
        ends = np.concatenate([[0], np.cumsum(self.counts)])
        classes = len(self.counts)
        votes, clarity = np.zeros(classes), np.zeros(classes)
        pairs = [(first, second) for first in range(classes) for second in range(first + 1, classes)]
        for (first, second), offset in zip(pairs, self.offsets, strict=True):
            one, other = slice(ends[first], ends[first + 1]), slice(ends[second], ends[second + 1])
            weighed = self.coefficients[second - 1, one] @ likeness[one]
            decision = weighed + self.coefficients[first, other] @ likeness[other] + offset
            votes[first if decision > 0 else second] += 1
            clarity[first] += decision
            clarity[second] -= decision
        scores: Floats = votes + clarity / (3 * (np.abs(clarity) + 1))
        return scores

    def _kernel(self, features: Floats) -> Floats:
        """Likeness of a text to each support vector; shape (vectors,)."""
        if self.kernel == "rbf":
            shared: Floats = np.exp(-self.gamma * np.square(self.vectors - features).sum(axis=1))
        else:
            shared = self.vectors @ features
        return shared


class SklearnIntentClassifier(Component[SklearnSettings]):
    """Chooses an SVM by cross-validation. Needs scikit-learn to train, and NumPy alone to serve.

    Confidences are a softmax of the pairwise votes, its temperature learned on held-out texts.
    """

    Settings = SklearnSettings
    reads: ClassVar[frozenset[str]] = frozenset({"dense"})
    writes: ClassVar[frozenset[str]] = frozenset({"intent"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents"})

    intents_: tuple[str, ...] = ()
    machine_: Machine | None = None
    temperature_: float = 1.0

    def train(self, training: TrainingSet) -> None:
        pairs = [
            (_dense(message), example.intent)
            for message, example in zip(training.messages, training.data.examples, strict=True)
            if example.intent
        ]
        self.intents_ = tuple(sorted({intent for _, intent in pairs}))
        if len(self.intents_) < 2:
            log.warning("nlu.sklearn.untrained intents=%d fix='two intents are needed'", len(self.intents_))
            return
        features = np.array([vector for vector, _ in pairs], dtype=np.float64)
        labels = np.array([self.intents_.index(intent) for _, intent in pairs])
        found = self._search(features, labels)
        self.machine_ = _machine_of(found)
        self.temperature_ = self._held_out_temperature(features, labels, found)

    def _search(self, features: Floats, labels: npt.NDArray[np.int64]) -> Any:
        """The best machine over the whole grid, trained on all texts."""
        try:
            from sklearn.metrics import get_scorer
            from sklearn.model_selection import GridSearchCV
            from sklearn.svm import SVC
        except ModuleNotFoundError as error:
            problem = "SklearnIntentClassifier needs scikit-learn to train"
            raise UsageError(f'{problem}\n  fix: pip install "turnwise[sklearn]"') from error
        try:
            scorer = get_scorer(self.settings.scoring_function)
        except ValueError as error:
            problem = f"scikit-learn has no scorer '{self.settings.scoring_function}'"
            raise UsageError(
                f"SklearnIntentClassifier: {problem}\n  fix: write 'scoring_function: f1_weighted', say"
            ) from error
        grid = {"C": self.settings.C, "gamma": self.settings.gamma, "kernel": self.settings.kernels}
        smallest = int(np.bincount(labels).min())
        folds = max(2, min(self.settings.max_cross_validation_folds, smallest // 5))
        machine = SVC(class_weight="balanced", decision_function_shape="ovo")
        search = GridSearchCV(machine, grid, cv=folds, scoring=scorer, n_jobs=self.settings.num_threads)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of intents too small for a fold
            return search.fit(features, labels).best_estimator_

    def _held_out_temperature(self, features: Floats, labels: npt.NDArray[np.int64], best: Any) -> float:
        from sklearn.base import clone

        from turnwise.nlu.models.intent_fitting import fold_of
        from turnwise.nlu.models.intent_training import best_temperature

        part = fold_of(labels.astype(np.intp), 3, seed=1)
        inside, outside = np.flatnonzero(part != 0), np.flatnonzero(part == 0)
        if len(set(labels[inside].tolist())) < len(self.intents_) or not len(outside):
            return 1.0
        machine = _machine_of(clone(best).fit(features[inside], labels[inside]))
        scores = np.array([machine.scores(row) for row in features[outside]], dtype=np.float32)
        return best_temperature(scores, labels[outside].astype(np.intp))

    def process(self, message: Message) -> None:
        if self.machine_ is None:
            return
        scores = self.machine_.scores(_dense(message)) / self.temperature_
        message.ranking = ranking(self.intents_, softmax(scores), length=10)
        message.intent = message.ranking[0]

    def dump(self) -> dict[str, bytes]:
        if self.machine_ is None:
            return {}
        machine = self.machine_
        described = {
            "intents": self.intents_,
            "temperature": self.temperature_,
            "kernel": machine.kernel,
            "gamma": machine.gamma,
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "vectors": machine.vectors.astype(np.float32),
            "counts": machine.counts,
            "coefficients": machine.coefficients.astype(np.float32),
            "offsets": machine.offsets.astype(np.float32),
        }
        return {
            "machine.json": json.dumps(described, ensure_ascii=False).encode(),
            "machine.npz": packed(arrays),
        }

    def restore(self, files: Mapping[str, bytes]) -> None:
        if not files:
            return
        described = json.loads(files["machine.json"])
        arrays = unpacked(files["machine.npz"])
        self.intents_ = tuple(described["intents"])
        self.temperature_ = described["temperature"]
        self.machine_ = Machine(**arrays, kernel=described["kernel"], gamma=described["gamma"])


def _dense(message: Message) -> Floats:
    """What dense featurizers say of the text, as it is, end to end."""
    parts = [
        features.values
        for featurizer in message.featurizers
        if "dense" in featurizer.writes and (features := featurizer.sentence(message)) is not None
    ]
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)


def _machine_of(trained: Any) -> Machine:
    """The numbers of a fitted `sklearn.svm.SVC`."""
    # For two classes scikit-learn turns the signs of what libsvm gives.
    sign = -1.0 if len(trained.classes_) == 2 else 1.0
    return Machine(
        vectors=np.asarray(trained.support_vectors_),
        counts=np.asarray(trained.n_support_, dtype=np.int64),
        coefficients=sign * np.asarray(trained.dual_coef_),
        offsets=sign * np.asarray(trained.intercept_),
        kernel=trained.kernel,
        gamma=float(trained.gamma),
    )
