"""Scores of labels, beside those of scikit-learn."""

from __future__ import annotations

import random
import warnings

import pytest
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix

from turnwise.evaluation.metrics import confusion, metrics, with_confusions


def labels(seed: int, kinds: str, count: int = 60) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(kinds) for _ in range(count)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("expected", "predicted"), [("abcd", "abcd"), ("abc", "abcxy"), ("ab", "cd"), ("a", "ab")]
)
def test_scores_are_those_of_scikit_learn(seed: int, expected: str, predicted: str) -> None:
    """Precision, recall, F1 and support of each label, their averages, and accuracy."""
    targets, predictions = labels(seed, expected), labels(seed + 100, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels that were never predicted
        theirs = classification_report(targets, predictions, labels=sorted(set(targets)), output_dict=True)
    ours = metrics(targets, predictions)
    for name, row in theirs.items():
        assert ours.report[name] == pytest.approx(row), name
    assert ours.accuracy == pytest.approx(accuracy_score(targets, predictions))
    assert ours.f1 == pytest.approx(theirs["weighted avg"]["f1-score"])
    assert ours.precision == pytest.approx(theirs["weighted avg"]["precision"])


@pytest.mark.parametrize("predicted", ["ab", "abc"])
def test_a_report_always_has_accuracy_and_micro_average(predicted: str) -> None:
    """Whether or not labels were predicted that nobody expected."""
    report = metrics(labels(1, "ab"), labels(2, predicted)).report
    assert {"accuracy", "micro avg", "macro avg", "weighted avg"} <= set(report)


def test_a_label_can_be_left_out() -> None:
    """It gets no score, and what it was taken for counts for the others."""
    targets = ["city", "no_entity", "no_entity", "city"]
    predictions = ["city", "city", "no_entity", "no_entity"]
    found = metrics(targets, predictions, without="no_entity")
    assert "no_entity" not in found.report
    assert found.report["city"] == {"precision": 0.5, "recall": 0.5, "f1-score": 0.5, "support": 2}
    assert found.accuracy == 0.5


def test_nothing_to_score() -> None:
    """Only labels that are left out: an empty report."""
    assert metrics(["no_entity"], ["city"], without="no_entity").report == {}


def test_no_prediction_is_a_label_without_a_name() -> None:
    """None counts as the empty text."""
    pairs = confusion(["a", "b"], ["a", None])
    assert pairs.labels == ["", "a", "b"]
    assert pairs.row("b") == [1, 0, 0]


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    """Rows are expected labels, columns predicted ones, both sorted."""
    targets, predictions = labels(3, "abc"), labels(4, "abcd")
    pairs = confusion(targets, predictions)
    assert [pairs.row(label) for label in pairs.labels] == confusion_matrix(targets, predictions).tolist()


def test_the_report_names_what_a_label_was_confused_with() -> None:
    """The most frequent wrong predictions, at most three places with the right one."""
    targets = ["a"] * 10
    predictions = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]
    report = with_confusions(metrics(targets, predictions).report, confusion(targets, predictions))
    assert report["a"]["confused_with"] == {"b": 3, "c": 2}
    assert "b" not in report
