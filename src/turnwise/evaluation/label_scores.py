"""Reports on intents and on selected responses: both are labels with a confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnwise.evaluation.json_files import write_json, write_json_if_any
from turnwise.evaluation.metrics import confusion, metrics, with_confusions
from turnwise.evaluation.nlu_results import LabelResult
from turnwise.evaluation.options import ReportOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelKind:
    """What is measured, and how its reports call it."""

    files: str
    """How the names of the files begin."""
    target: str
    """Key of the expected label in lists of errors and successes."""
    prediction: str
    """Key of the predicted label there."""
    short_prediction: str
    """Key of the predicted label among all predictions."""
    title: str
    """How the titles of pictures begin."""


INTENTS = LabelKind(
    files="intent",
    target="intent",
    prediction="intent_prediction",
    short_prediction="predicted",
    title="Intent",
)
RESPONSES = LabelKind(
    files="response_selection",
    target="intent_response_key_target",
    prediction="intent_response_key_prediction",
    short_prediction="intent_response_key_prediction",
    title="Response selection",
)


def evaluate_labels(
    results: Sequence[LabelResult], kind: LabelKind, options: ReportOptions | None = None
) -> dict[str, Any]:
    """Scores, errors and predictions, as the HTTP API shows them.

    Args:
        options: What to write into files as well; None: nothing.
    """
    targets = [result.target for result in results]
    predictions = [result.predicted for result in results]
    found = metrics(targets, predictions)
    report = with_confusions(found.report, confusion(targets, predictions))
    evaluation = {
        "predictions": [_prediction(result, kind) for result in results],
        "report": report,
        "precision": found.precision,
        "f1_score": found.f1,
        "accuracy": found.accuracy,
        "errors": [_verdict(result, kind) for result in results if not result.is_right],
    }
    if options is not None:
        _write(results, kind, evaluation, options)
    return evaluation


def _prediction(result: LabelResult, kind: LabelKind) -> dict[str, Any]:
    return {
        "text": result.text,
        kind.target: result.target,
        kind.short_prediction: result.predicted,
        "confidence": result.confidence,
    }


def _verdict(result: LabelResult, kind: LabelKind) -> dict[str, Any]:
    return {
        "text": result.text,
        kind.target: result.target,
        kind.prediction: {"name": result.predicted, "confidence": result.confidence},
    }


def _write(
    results: Sequence[LabelResult], kind: LabelKind, evaluation: dict[str, Any], options: ReportOptions
) -> None:
    def path(what: str) -> Path:
        return options.out / f"{kind.files}_{what}"

    write_json(path("report.json"), evaluation["report"])
    if options.successes:
        right = [_verdict(result, kind) for result in results if result.is_right]
        write_json_if_any(path("successes.json"), right)
    if options.errors:
        write_json_if_any(path("errors.json"), evaluation["errors"])
    if options.plots:
        pairs = confusion([r.target for r in results], [r.predicted for r in results])
        options.plots.confusion(pairs, f"{kind.title} confusion matrix", path("confusion_matrix.png"))
        options.plots.histogram(
            [result.confidence for result in results if result.is_right],
            [result.confidence for result in results if not result.is_right],
            f"{kind.title} prediction confidence distribution",
            path("histogram.png"),
        )
