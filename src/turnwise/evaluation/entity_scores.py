"""Reports on entities: for each extractor, which label it gives each token beside which one is annotated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from turnwise.evaluation.json_files import write_json, write_json_if_any
from turnwise.evaluation.metrics import confusion, metrics, with_confusions
from turnwise.evaluation.options import ReportOptions

NO_ENTITY = "no_entity"
"""The label of tokens outside of entities; it gets no score."""
TOGETHER = "entities"
"""What the reports on all extractors together are called."""
WITH_CONFIDENCES = frozenset({"CRFEntityExtractor", "DIETClassifier"})
"""Extractors that say how sure they are."""


class EntityResultLike(Protocol):
    """Annotated and found entities of one text."""

    @property
    def tokens(self) -> Sequence[tuple[int, int]]: ...
    @property
    def targets(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def predictions(self) -> Sequence[Mapping[str, Any]]: ...
    def to_json(self) -> dict[str, Any]: ...


def active_extractors(results: Iterable[EntityResultLike]) -> list[str]:
    """The extractors that found anything, sorted."""
    names = {entity.get("extractor") for result in results for entity in result.predictions}
    return sorted(name for name in names if name)


def evaluate_entities(
    results: Sequence[EntityResultLike], extractors: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Scores and errors of each extractor, as the HTTP API shows them.

    Args:
        extractors: Those to be measured; None: all that found anything.
    """
    chosen = active_extractors(results) if extractors is None else extractors
    return {name: _Alignment.of(results, name).evaluation() for name in chosen}


def write_entity_reports(
    results: Sequence[EntityResultLike], extractors: Sequence[str] | None, options: ReportOptions
) -> dict[str, dict[str, Any]]:
    """As `evaluate_entities`, and writes the files that `options` ask for.

    Several extractors are measured together as well: a pattern that finds order numbers and nothing else
    is no bad extractor, and what counts for the user is that somebody finds each entity.
    """
    chosen = active_extractors(results) if extractors is None else extractors
    alignments = {name: _Alignment.of(results, name) for name in chosen}
    if len(chosen) > 1:
        alignments[TOGETHER] = _Alignment.of(results, None)
    evaluations = {name: alignment.evaluation() for name, alignment in alignments.items()}
    for name, alignment in alignments.items():
        _write(name, alignment, evaluations[name], options)
    return evaluations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    """Labels of all tokens of all texts, by some extractor."""

    results: Sequence[EntityResultLike]
    targets: Sequence[Sequence[str]]
    """By text and token."""
    predictions: Sequence[Sequence[str]]
    confidences: Sequence[float]
    """Of every token of every text, in order; 0 outside of entities."""

    @classmethod
    def of(cls, results: Sequence[EntityResultLike], extractor: str | None) -> _Alignment:
        """By one extractor; None: by all, of which the first in the pipeline counts where they disagree."""
        targets: list[list[str]] = []
        predictions: list[list[str]] = []
        confidences: list[float] = []
        for result in results:
            own = [e for e in result.predictions if extractor in (None, e.get("extractor"))]
            annotated = [best_entity(token, result.targets) for token in result.tokens]
            found = [best_entity(token, own) for token in result.tokens]
            targets.append([entity_label(entity) for entity in annotated])
            predictions.append([entity_label(entity) for entity in found])
            confidences += [_confidence(entity) for entity in found]
        return cls(
            results=results,
            targets=targets,
            predictions=predictions,
            confidences=confidences,
        )

    @property
    def all_targets(self) -> list[str]:
        return [label for labels in self.targets for label in labels]

    @property
    def all_predictions(self) -> list[str]:
        return [label for labels in self.predictions for label in labels]

    def evaluation(self) -> dict[str, Any]:
        targets, predictions = self.all_targets, self.all_predictions
        found = metrics(targets, predictions, without=NO_ENTITY)
        pairs = confusion(targets, predictions)
        return {
            "report": with_confusions(found.report, pairs, without=(NO_ENTITY,)),
            "precision": found.precision,
            "f1_score": found.f1,
            "accuracy": found.accuracy,
            "errors": self.errors(),
        }

    def errors(self) -> list[dict[str, Any]]:
        """Texts with a wrong label."""
        return [
            result.to_json()
            for result, targets, predictions in zip(self.results, self.targets, self.predictions, strict=True)
            if targets != predictions
        ]

    def successes(self) -> list[dict[str, Any]]:
        """Texts with an entity of which some token was labelled rightly."""
        return [
            result.to_json()
            for result, targets, predictions in zip(self.results, self.targets, self.predictions, strict=True)
            if any(a == b != NO_ENTITY for a, b in zip(targets, predictions, strict=True))
        ]


def best_entity(token: tuple[int, int], entities: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The entity that shares most characters with `token`, the first of equals; None if none shares any."""
    best, most = None, 0
    for entity in entities:
        if not isinstance(entity.get("start"), int) or not isinstance(entity.get("end"), int):
            continue
        shared = min(token[1], entity["end"]) - max(token[0], entity["start"])
        if shared > most:
            best, most = entity, shared
    return best


def entity_label(entity: Mapping[str, Any] | None) -> str:
    """What a token of the entity is called: `city`, or `city.group.role` as far as it has them."""
    if entity is None:
        return NO_ENTITY
    return ".".join(entity[key] for key in ("entity", "group", "role") if entity.get(key)) or NO_ENTITY


def _confidence(entity: Mapping[str, Any] | None) -> float:
    if entity is None or entity.get("extractor") not in WITH_CONFIDENCES:
        return 0.0
    keys = ("confidence_entity", "confidence_role", "confidence_group")
    return min(float(entity.get(key) or 1.0) for key in keys)


def _write(name: str, alignment: _Alignment, evaluation: Mapping[str, Any], options: ReportOptions) -> None:
    def path(what: str) -> Path:
        return options.out / f"{name}_{what}"

    write_json(path("report.json"), evaluation["report"])
    if options.successes:
        write_json_if_any(path("successes.json"), alignment.successes())
    if options.errors:
        write_json_if_any(path("errors.json"), evaluation["errors"])
    if options.plots:
        pairs = confusion(alignment.all_targets, alignment.all_predictions)
        options.plots.confusion(pairs, f"Tokens of entities, by {name}", path("confusion_matrix.png"))
        if name in WITH_CONFIDENCES:
            right, wrong = _by_verdict(alignment)
            title = f"Confidence in entities, by {name}"
            options.plots.histogram(right, wrong, title, path("histogram.png"), counted="Tokens")


def _by_verdict(alignment: _Alignment) -> tuple[list[float], list[float]]:
    """Confidences of rightly and of wrongly labelled tokens."""
    rows = list(zip(alignment.all_targets, alignment.all_predictions, alignment.confidences, strict=True))
    right = [confidence for target, found, confidence in rows if target == found != NO_ENTITY]
    wrong = [confidence for target, found, confidence in rows if found not in (NO_ENTITY, target)]
    return right, wrong
