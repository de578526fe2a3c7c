"""Reports on entities: each extractor by itself, and all of them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from turnwise.evaluation.entity_scores import write_entity_reports
from turnwise.evaluation.nlu_results import EntityResult
from turnwise.evaluation.options import ReportOptions

TEXT = "send ORD-1 to Rome"
TOKENS = ((0, 4), (5, 10), (11, 13), (14, 18))


def entity(name: str, start: int, end: int, extractor: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"entity": name, "start": start, "end": end, "value": TEXT[start:end]}
    return found | ({"extractor": extractor} if extractor else {})


def scores(out: Path, *predictions: dict[str, Any]) -> dict[str, float]:
    """F1 of each report, the files of which are in `out`."""
    targets = [entity("order", 5, 10), entity("city", 14, 18)]
    result = EntityResult(text=TEXT, tokens=TOKENS, targets=targets, predictions=predictions)
    found = write_entity_reports([result], None, ReportOptions(out=out))
    return {name: round(own["f1_score"], 3) for name, own in found.items()}


def test_extractors_that_complete_each_other_are_scored_together(tmp_path: Path) -> None:
    """By itself each misses what the other finds."""
    found = scores(tmp_path, entity("city", 14, 18, "DIETClassifier"), entity("order", 5, 10, "Regex"))

    assert found == {"DIETClassifier": 0.5, "Regex": 0.5, "entities": 1.0}
    report = json.loads((tmp_path / "entities_report.json").read_text())
    assert report["order"]["support"] == 1
    assert not (tmp_path / "entities_errors.json").exists()


def test_what_two_find_counts_once(tmp_path: Path) -> None:
    """Where they disagree, the first in the pipeline counts."""
    same = [entity("order", 5, 10, "DIETClassifier"), entity("order", 5, 10, "Regex")]
    city = entity("city", 14, 18, "DIETClassifier")
    assert scores(tmp_path, *same, city)["entities"] == 1.0

    wrong = entity("case", 5, 10, "Regex")
    assert scores(tmp_path, same[0], wrong, city)["entities"] == 1.0
    assert scores(tmp_path, wrong, same[0], city)["entities"] == 0.5


def test_one_extractor_alone_has_one_report(tmp_path: Path) -> None:
    assert scores(tmp_path, entity("city", 14, 18, "DIETClassifier")) == {"DIETClassifier": 0.5}
