"""The files of `rasa test core`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from turnwise.assistant import Assistant
from turnwise.evaluation.options import ReportOptions
from turnwise.evaluation.story_reports import write_story_reports
from turnwise.evaluation.story_scores import StoryEvaluation, conversations_below

RIGHT = "- story: right\n  steps:\n  - intent: bye\n  - action: utter_bye\n"
WRONG = "- story: wrong\n  steps:\n  - intent: greet\n  - action: utter_bye\n"

Evaluate = Callable[..., StoryEvaluation]


def test_reports(evaluate: Evaluate, tmp_path: Path) -> None:
    """Scores, wrong and right stories with the file they stand in, and a word where there are none."""
    out = tmp_path / "results"
    write_story_reports(evaluate(f"stories:\n{RIGHT}{WRONG}"), ReportOptions(out=out, successes=True))
    assert {path.name for path in out.iterdir()} == {
        "story_report.json",
        "TEDPolicy_report.json",
        "failed_test_stories.yml",
        "successful_test_stories.yml",
        "stories_with_warnings.yml",
    }
    report = json.loads((out / "story_report.json").read_text())
    assert report["conversation_accuracy"] == {"accuracy": 0.5, "correct": 1, "with_warnings": 0, "total": 2}
    failed = (out / "failed_test_stories.yml").read_text()
    assert f"- story: wrong ({tmp_path / 'test_them.yml'})\n" in failed
    assert (out / "stories_with_warnings.yml").read_text() == "# No warnings for test stories"
    assert (out / "TEDPolicy_report.json").read_text() == "{}"


def test_reports_that_are_not_wanted(evaluate: Evaluate, tmp_path: Path) -> None:
    """Only the scores are left."""
    options = ReportOptions(out=tmp_path / "results", errors=False, warnings=False)
    write_story_reports(evaluate(f"stories:\n{WRONG}"), options)
    assert {path.name for path in options.out.iterdir()} == {"story_report.json", "TEDPolicy_report.json"}


def test_the_same_stories_give_the_same_files(evaluate: Evaluate, tmp_path: Path) -> None:
    """Byte by byte."""
    contents = []
    for name in ("one", "two"):
        out = tmp_path / name
        write_story_reports(evaluate(f"stories:\n{RIGHT}{WRONG}"), ReportOptions(out=out, successes=True))
        contents.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert contents[0] == contents[1]


def test_rules_are_no_tests(evaluate: Evaluate) -> None:
    """Whatever stands beside the stories."""
    rules = "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_bye\n"
    assert len(evaluate(f"stories:\n{RIGHT}{rules}").stories) == 1


def test_hidden_folders_hold_no_tests(assistant: Assistant, tmp_path: Path) -> None:
    """Neither does a virtual environment, in which other people's stories may lie."""
    for folder in ("tests", ".venv/lib/tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tests/test_one.yml").write_text(f"stories:\n{RIGHT}")
    (tmp_path / ".venv/lib/tests/test_two.yml").write_text(f"stories:\n{WRONG}")
    found = conversations_below(tmp_path, assistant.domain, end_to_end=True)
    assert [conversation.name for conversation in found] == ["right"]
