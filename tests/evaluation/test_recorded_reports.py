"""Reports beside those that Rasa Open Source 3.6.21 wrote about the same project and the same stories.

`recorded/` holds its files as it wrote them. The order of stories and labels in them follows from numbers
that Rasa gives while it reads, so that it is left out of the comparison.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from turnwise.assistant import Assistant
from turnwise.evaluation.nlu_scores import evaluate_model
from turnwise.evaluation.options import ReportOptions
from turnwise.evaluation.story_reports import write_story_reports
from turnwise.evaluation.story_scores import conversations_below, evaluate_stories
from turnwise.project.project import Project

RECORDED = Path(__file__).parent / "recorded"


def blocks(text: str) -> list[str]:
    """What stands before the first story, and each story, sorted."""
    return sorted(text.rstrip("\n").replace("\n- story: ", "\0- story: ").split("\0"))


def assert_alike(ours: Any, theirs: Any) -> None:
    """Equal, numbers up to rounding."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key, value in theirs.items():
            assert_alike(ours[key], value)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, abs=1e-12)
    else:
        assert ours == theirs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the stories stand under the path that was recorded."""
    (tmp_path / "tests").mkdir()
    text = (RECORDED / "stories.yml").read_text(encoding="utf-8")
    (tmp_path / "tests/test_recorded.yml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("name", "end_to_end"), [("core", False), ("e2e", True)])
def test_stories(assistant: Assistant, folder: Path, name: str, end_to_end: bool) -> None:
    """Failed and right stories are written in the same bytes, with the same remarks; scores are the same."""
    conversations = conversations_below("tests", assistant.domain, end_to_end=end_to_end)
    evaluation = evaluate_stories(conversations, assistant, end_to_end=end_to_end)
    write_story_reports(evaluation, ReportOptions(out=folder / "out", successes=True))
    for file in sorted((RECORDED / name).iterdir()):
        ours, theirs = (folder / "out" / file.name).read_text(), file.read_text()
        if file.suffix == ".yml":
            assert blocks(ours) == blocks(theirs), file.name
        else:
            assert_alike(json.loads(ours), json.loads(theirs))


def test_nlu_data(assistant: Assistant, project_folder: Path, tmp_path: Path) -> None:
    """Reports and successes of intents and entities."""
    options = ReportOptions(out=tmp_path, successes=True)
    evaluate_model(Project(project_folder).nlu.examples, assistant, options=options)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (RECORDED / "nlu").iterdir()}
    for file in sorted((RECORDED / "nlu").iterdir()):
        assert_alike(json.loads((tmp_path / file.name).read_text()), json.loads(file.read_text()))
