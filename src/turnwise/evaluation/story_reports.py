"""The files of `rasa test core`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from turnwise.evaluation.entity_scores import write_entity_reports
from turnwise.evaluation.json_files import write_json
from turnwise.evaluation.metrics import confusion
from turnwise.evaluation.options import ReportOptions
from turnwise.evaluation.replayed_story import ReplayedStory
from turnwise.evaluation.story_scores import StoryEvaluation
from turnwise.evaluation.story_yaml import stories_document

REPORT = "story_report.json"
MATRIX = "story_confusion_matrix.png"
FAILED = "failed_test_stories.yml"
SUCCESSFUL = "successful_test_stories.yml"
WARNINGS = "stories_with_warnings.yml"

ENTITY_POLICY = "TEDPolicy"
"""Its reports are written whether or not there is such a policy, as Rasa does."""


def write_story_reports(evaluation: StoryEvaluation, options: ReportOptions) -> None:
    """Writes what `options` ask for into their folder, which is made where it is missing."""
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / REPORT, evaluation.report())
    write_entity_reports(evaluation.policy_entities, [ENTITY_POLICY], options)
    if options.plots:
        options.plots.confusion(confusion(*evaluation.action_labels), "Action confusion matrix", out / MATRIX)
    if options.errors:
        _write(out / FAILED, evaluation.failed, "None of the test stories failed - all good!")
    if options.successes:
        _write(out / SUCCESSFUL, evaluation.successful, "None of the test stories succeeded :(")
    if options.warnings:
        _write(out / WARNINGS, evaluation.with_warnings, "No warnings for test stories")


def _write(path: Path, stories: Sequence[ReplayedStory], if_none: str) -> None:
    text = stories_document([story.written() for story in stories]) if stories else f"# {if_none}"
    path.write_text(text, encoding="utf-8")
