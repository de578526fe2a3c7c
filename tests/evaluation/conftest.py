"""The small project, trained once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.evaluation.bot import write_project
from turnwise.assistant import Assistant
from turnwise.evaluation.replayed_story import ReplayedStory
from turnwise.evaluation.story_scores import StoryEvaluation, conversations_below, evaluate_stories
from turnwise.project.project import Project
from turnwise.training.model import load_assistant
from turnwise.training.train import Training

Evaluate = Callable[..., StoryEvaluation]


@pytest.fixture(scope="session")
def project_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's files; nobody writes into it."""
    return write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def model(project_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's archive."""
    result = Training(project=Project(project_folder), augmentation=0).run(tmp_path_factory.mktemp("models"))
    return result.model


@pytest.fixture(scope="session")
def assistant(model: Path) -> Assistant:
    """The trained project."""
    return load_assistant(model)


@pytest.fixture
def evaluate(assistant: Assistant, tmp_path: Path) -> Evaluate:
    """Replays stories that are written as YAML steps: `evaluate(story="- intent: greet ...")`."""

    def run(text: str, *, end_to_end: bool = False, fails_early: bool = False) -> StoryEvaluation:
        file = tmp_path / "test_them.yml"
        file.write_text(text, encoding="utf-8")
        conversations = conversations_below(file, assistant.domain, end_to_end=end_to_end)
        return evaluate_stories(conversations, assistant, end_to_end=end_to_end, fails_early=fails_early)

    return run


@pytest.fixture
def replay(evaluate: Evaluate) -> Callable[..., ReplayedStory]:
    """Replays one story, given by its steps."""

    def run(steps: str, *, end_to_end: bool = False, fails_early: bool = False) -> ReplayedStory:
        indented = "\n".join(f"  {line}" for line in steps.strip().split("\n"))
        text = f"stories:\n- story: it\n  steps:\n{indented}\n"
        return evaluate(text, end_to_end=end_to_end, fails_early=fails_early).stories[0]

    return run
