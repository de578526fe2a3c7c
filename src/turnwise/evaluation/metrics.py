"""Precision, recall and F1 of predicted labels, laid out as scikit-learn's classification report is.

Definitions are those of `sklearn.metrics.precision_recall_fscore_support` with a score of 0 where there is
nothing to divide by; the tests compare both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Label = str | None
MOST_CONFUSED = 3
"""How many of the most frequent predictions of a label are looked at for confusions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What a list of predictions is worth."""

    report: Mapping[str, Any] = field(default_factory=dict)
    """Scores of each label, and their averages; empty where there was nothing to evaluate."""
    precision: float = 0.0
    """Average over the labels, each weighted by how often it was right."""
    f1: float = 0.0
    accuracy: float = 0.0

    @property
    def f1_score(self) -> float:
        return self.f1


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often which label was predicted for which."""

    labels: Sequence[str]
    """Everything that was expected or predicted, sorted."""
    counts: Mapping[tuple[str, str], int]
    """By expected and predicted label; pairs that did not occur are left out."""

    def row(self, label: str) -> list[int]:
        """How often each of `labels` was predicted where `label` was right."""
        return [self.counts.get((label, predicted), 0) for predicted in self.labels]


def cleaned(labels: Sequence[Label]) -> list[str]:
    """`labels` with the empty text for what nothing was predicted for."""
    return ["" if label is None else label for label in labels]


def confusion(targets: Sequence[Label], predictions: Sequence[Label]) -> Confusion:
    """Counts pairs of expected and predicted labels; both sequences have the same length."""
    expected, predicted = cleaned(targets), cleaned(predictions)
    counts = Counter(zip(expected, predicted, strict=True))
    return Confusion(labels=sorted({*expected, *predicted}), counts=counts)


def metrics(targets: Sequence[Label], predictions: Sequence[Label], *, without: str | None = None) -> Metrics:
    """Compares predictions with what would have been right.

    Args:
        targets: The right labels; one is scored if it occurs here.
        predictions: As many labels.
        without: A label that gets no score of its own, such as the one for words outside of entities.
    """
    expected, predicted = cleaned(targets), cleaned(predictions)
    labels = sorted(set(expected) - {without})
    if not labels:
        return Metrics()
    right = Counter(a for a, b in zip(expected, predicted, strict=True) if a == b)
    scores = {
        label: _scores(right[label], predicted_count, support)
        for label, predicted_count, support in _counted(labels, expected, predicted)
    }
    accuracy = sum(right.values()) / len(expected)
    everything_scored = {*expected, *predicted} <= set(labels)
    report: dict[str, Any] = dict(scores)
    averages = _averages(scores)
    micro = _micro(labels, right, expected, predicted)
    if everything_scored:
        report |= {"accuracy": accuracy, **averages, "micro avg": micro}
    else:
        report |= {"micro avg": micro, **averages, "accuracy": accuracy}
    weighted = averages["weighted avg"]
    return Metrics(report=report, precision=weighted["precision"], f1=weighted["f1-score"], accuracy=accuracy)


def _counted(
    labels: Sequence[str], expected: Sequence[str], predicted: Sequence[str]
) -> list[tuple[str, int, int]]:
    supports, found = Counter(expected), Counter(predicted)
    return [(label, found[label], supports[label]) for label in labels]


def _scores(right: int, predicted: int, support: int) -> dict[str, float]:
    precision = right / predicted if predicted else 0.0
    recall = right / support if support else 0.0
    total = precision + recall
    f1 = 2 * precision * recall / total if total else 0.0
    return {"precision": precision, "recall": recall, "f1-score": f1, "support": support}


def _averages(scores: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    import numpy as np

    names = ("precision", "recall", "f1-score")
    support = np.array([row["support"] for row in scores.values()])
    columns = {name: np.array([row[name] for row in scores.values()]) for name in names}
    total = int(support.sum())
    weights = support if total else None
    return {
        "macro avg": {**{name: float(np.average(columns[name])) for name in names}, "support": total},
        "weighted avg": {
            **{name: float(np.average(columns[name], weights=weights)) for name in names},
            "support": total,
        },
    }


def _micro(
    labels: Sequence[str], right: Mapping[str, int], expected: Sequence[str], predicted: Sequence[str]
) -> dict[str, float]:
    chosen = set(labels)
    support = sum(label in chosen for label in expected)
    return _scores(
        sum(right[label] for label in labels), sum(label in chosen for label in predicted), support
    )


def with_confusions(
    report: Mapping[str, Any], found: Confusion, *, without: Collection[str] = ()
) -> dict[str, Any]:
    """`report` with `confused_with` for each label: what was wrongly predicted most often, and how often."""
    completed = dict(report)
    for label in found.labels:
        if label not in without and isinstance(completed.get(label), Mapping):
            completed[label] = {**completed[label], "confused_with": _confused_with(label, found, without)}
    return completed


def _confused_with(label: str, found: Confusion, without: Collection[str]) -> dict[str, int]:
    row = dict(zip(found.labels, found.row(label), strict=True))
    # Of equals the last label comes first, as in a sorted row read from its end.
    ranked = sorted(row, key=lambda other: row[other])[::-1][:MOST_CONFUSED]
    return {other: row[other] for other in ranked if other != label and other not in without and row[other]}
