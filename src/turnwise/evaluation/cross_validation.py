"""Cross-validation: every example is tested once by a model that did not learn from it."""

from __future__ import annotations

import logging
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from turnwise.errors import UsageError
from turnwise.evaluation.entity_scores import evaluate_entities
from turnwise.evaluation.label_scores import INTENTS, RESPONSES, evaluate_labels
from turnwise.evaluation.nlu_results import NluResults, Parse, nlu_results
from turnwise.evaluation.nlu_scores import evaluate_nlu
from turnwise.evaluation.options import ReportOptions
from turnwise.nlu.pipeline import Pipeline
from turnwise.project.nlu_data import Example, NLUData

log = logging.getLogger(__name__)

SEED = 42
"""Decides which examples share a fold."""

Progress = Callable[[str, float], None]
Spread = tuple[float, float]
"""Mean and standard deviation over the folds."""


@dataclass(slots=True, kw_only=True)
class CrossValidation:
    """What came of all folds."""

    results: NluResults = field(default_factory=NluResults)
    """Of all examples, each by the model that did not know it."""
    train: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """Scores on what a model learnt from, by what was measured, one entry for each fold."""
    test: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """Scores on what it did not learn from."""

    def evaluation(self, options: ReportOptions | None = None) -> dict[str, Any]:
        """Reports over all folds together; see `evaluate_nlu`."""
        return evaluate_nlu(self.results, options)

    def spreads(self, part: str) -> dict[str, dict[str, Spread]]:
        """Mean and deviation of each score over the folds; `part` is "train" or "test"."""
        folds: Mapping[str, Sequence[Mapping[str, float]]] = self.train if part == "train" else self.test
        return {
            measured: {
                name: _spread([scores[name] for scores in every])
                for name in ("accuracy", "f1_score", "precision")
            }
            for measured, every in folds.items()
        }

    def to_json(self) -> dict[str, Any]:
        """What `POST /model/test/intents?cross_validation_folds=` answers."""
        evaluation = self.evaluation()
        return {
            "intent_evaluation": _summary(evaluation["intent_evaluation"]),
            "entity_evaluation": _entity_summary(evaluation["entity_evaluation"] or {}),
            "response_selection_evaluation": _summary(evaluation["response_selection_evaluation"]),
        }


def _spread(values: Sequence[float]) -> Spread:
    return statistics.fmean(values), statistics.pstdev(values)


def _summary(evaluation: Mapping[str, Any] | None) -> dict[str, Any]:
    report = (evaluation or {}).get("report", {})
    average = report.get("weighted avg", {})
    return {
        "report": report,
        "precision": average.get("precision"),
        "f1_score": average.get("f1-score"),
        "errors": (evaluation or {}).get("errors", []),
    }


def _entity_summary(extractors: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One entry for several extractors: their reports by name, and all errors."""
    return {
        "report": {name: evaluation["report"] for name, evaluation in extractors.items()},
        "precision": None,
        "f1_score": None,
        "errors": [error for evaluation in extractors.values() for error in evaluation["errors"]],
    }


def cross_validate(
    data: NLUData,
    pipeline: Sequence[Mapping[str, Any]],
    *,
    folds: int,
    language: str = "en",
    responses: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    seed: int = SEED,
    progress: Progress | None = None,
) -> CrossValidation:
    """Trains `folds` models, each without one of as many equal parts of the data, and tests it on that part.

    Intents with fewer examples than folds are left out, since not every part could have one.

    Args:
        pipeline: The `pipeline` list of a configuration.
        responses: The domain's responses, by name.

    Raises:
        UsageError: fewer than two folds, or no intent has enough examples.
        ProjectErrors: `pipeline` is at fault.
    """
    if folds < 2:
        raise UsageError("--folds: at least 2 are needed")
    enough = without_rare_intents(data, folds)
    if not enough.examples:
        raise UsageError(
            f"no intent has {folds} examples\n  fix: write more examples, or choose fewer --folds"
        )
    validation = CrossValidation()
    for number, (train, test) in enumerate(stratified_folds(enough, folds, seed)):
        if progress:
            progress("cross-validation", number / folds)
        log.info(
            "cross_validation.fold number=%d train=%d test=%d", number + 1, len(train.examples), len(test)
        )
        parse = _trained(pipeline, train, language, responses or {})
        _add_scores(validation.train, nlu_results(train.examples, parse))
        tested = nlu_results(test, parse)
        _add_scores(validation.test, tested)
        validation.results.extend(tested)
    if progress:
        progress("cross-validation", 1.0)
    return validation


def _trained(
    pipeline: Sequence[Mapping[str, Any]],
    data: NLUData,
    language: str,
    responses: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Parse:
    """How a model trained on `data` reads texts; it is saved and loaded again first, as it is when served."""
    learned = Pipeline.train(pipeline, data, language=language, responses=responses)
    loaded = Pipeline.load(pipeline, learned.dump(), language=language)
    return lambda text: loaded.parse(text).to_json()


def without_rare_intents(data: NLUData, least: int) -> NLUData:
    """`data` without the examples of intents that have fewer than `least`."""
    counts = Counter(example.intent for example in data.examples if example.intent)
    kept = tuple(example for example in data.examples if counts.get(example.intent or "", 0) >= least)
    return replace(data, examples=kept)


def stratified_folds(
    data: NLUData, folds: int, seed: int = SEED
) -> Iterator[tuple[NLUData, tuple[Example, ...]]]:
    """For each fold what is trained with, and what is tested with.

    The examples of each intent, and of each response, are dealt out evenly, after shuffling.
    """
    chance = random.Random(seed)
    by_label: dict[str, list[int]] = {}
    for index, example in enumerate(data.examples):
        by_label.setdefault(example.response_key or example.intent or "", []).append(index)
    fold_of: dict[int, int] = {}
    dealt = 0
    for label in sorted(by_label):
        indices = by_label[label]
        chance.shuffle(indices)
        for index in indices:
            # Going on where the last label ended keeps the folds equally large.
            fold_of[index] = dealt % folds
            dealt += 1
    for fold in range(folds):
        train = tuple(e for index, e in enumerate(data.examples) if fold_of[index] != fold)
        test = tuple(e for index, e in enumerate(data.examples) if fold_of[index] == fold)
        yield replace(data, examples=train), test


def _add_scores(folds: dict[str, list[dict[str, float]]], results: NluResults) -> None:
    measured: dict[str, dict[str, Any]] = {}
    if results.intents:
        measured["intents"] = evaluate_labels(results.intents, INTENTS)
    if results.responses:
        measured["responses"] = evaluate_labels(results.responses, RESPONSES)
    for extractor, evaluation in evaluate_entities(results.entities).items():
        measured[f"entities of {extractor}"] = evaluation
    for name, evaluation in measured.items():
        scores = {key: evaluation[key] for key in ("accuracy", "f1_score", "precision")}
        folds.setdefault(name, []).append(scores)
