"""`rasa interactive`, taught through a pipe and through a terminal."""

from __future__ import annotations

import io
import shutil
import socket
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.evaluation.bot import DOMAIN, STORIES, write_project
from turnwise.actions.action import NoActionServer
from turnwise.cli.graph_server import GraphServer
from turnwise.cli.main import main
from turnwise.evaluation.lesson import Lesson
from turnwise.project.project import Project
from turnwise.training.model import load_assistant
from turnwise.training.train import Training

Teach = Callable[..., int]
SECONDS = 60
MODEL = "models/model.tar.gz"
HELLO = ["hello", "", "", ""]
"""The user greets; intent, greeting and listening are confirmed."""
EXPORT = ["/stop", "5"]
DEFAULT_FILES = ["", "", ""]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("trained"))
    Training(project=Project(folder)).run(folder / "models", name="model")
    return folder


@pytest.fixture
def project(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the trained project, in which the test may write."""
    shutil.copytree(trained, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def teach(project: Path, monkeypatch: pytest.MonkeyPatch) -> Teach:
    """Holds a lesson with these lines as the teacher's answers; returns the exit code."""

    def run(*lines: str, flags: tuple[str, ...] = ()) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return main(["interactive", "-m", MODEL, "--skip-visualization", *flags])

    return run


def test_what_is_taught_is_written(teach: Teach, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Corrected intents, entities and actions, new ones included; each change is shown first."""
    correction = ["soup please", "no", "want", "yes", "[soup](dish) please"]
    answer = ["no", "utter_coming", "yes", "It is coming.", "no", "action_listen"]
    assert teach(*HELLO, *correction, *answer, *EXPORT, *DEFAULT_FILES, "yes") == 0
    shown = capsys.readouterr().out
    assert "It is coming." in shown
    assert "+- story: interactive_story_1" in shown
    assert (project / "data/stories.yml").read_text() == STORIES + (
        "- story: interactive_story_1\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
        "  - intent: want\n    entities:\n    - dish: soup\n  - slot_was_set:\n    - dish: soup\n"
        "  - action: utter_coming\n"
    )
    assert (
        "- intent: want\n  examples: |\n    - [soup](dish) please\n" in (project / "data/nlu.yml").read_text()
    )
    domain = (project / "domain.yml").read_text()
    assert "- chat\n- want\n" in domain
    assert "  utter_coming:\n  - text: It is coming.\n" in domain
    assert main(["data", "validate"]) == 0


@pytest.mark.parametrize("answer", [["no"], []])
def test_nothing_is_written_without_consent(teach: Teach, project: Path, answer: list[str]) -> None:
    """Neither if the teacher disagrees nor if nobody answers."""
    assert teach(*HELLO, *EXPORT, *DEFAULT_FILES, *answer) == 0
    assert (project / "data/stories.yml").read_text() == STORIES
    assert (project / "domain.yml").read_text() == DOMAIN


def test_undoing_and_forking(teach: Teach, project: Path) -> None:
    """What is undone is not written; both ways of a fork are."""
    undone = ["bye", "", "/stop", "2"]
    fork = ["bye", "", "", "", "/stop", "3", "2", "weather", "", "no", "utter_chat", "no", "action_listen"]
    assert teach(*HELLO, *undone, *fork, *EXPORT, *DEFAULT_FILES, "yes") == 0
    added = (project / "data/stories.yml").read_text().removeprefix(STORIES)
    greeting = "  steps:\n  - intent: greet\n  - action: utter_greet\n"
    assert added == (
        f"- story: interactive_story_1\n{greeting}  - intent: bye\n  - action: utter_bye\n"
        f"- story: interactive_story_2\n{greeting}  - intent: chat\n  - action: utter_chat\n"
    )


def test_starting_fresh(teach: Teach, project: Path) -> None:
    """Each conversation is a story; `--e2e` writes the users' words."""
    assert teach(*HELLO, "/stop", "4", *HELLO, *EXPORT, *DEFAULT_FILES, "yes", flags=("--e2e",)) == 0
    added = (project / "data/stories.yml").read_text()
    assert added.count("interactive_story_") == 2
    assert added.count("    user: |-\n      hello\n") == 2


def test_other_files(teach: Teach, project: Path) -> None:
    """Files that do not exist are made."""
    files = ["new/stories.yml", "new/nlu.yml", "new/domain.yml"]
    assert teach("good day", "no", "greet", "", "", "", *EXPORT, *files, "yes") == 0
    assert (project / "new/stories.yml").read_text().startswith('version: "3.1"\n\nstories:\n')
    assert "good day" in (project / "new/nlu.yml").read_text()
    assert not (project / "new/domain.yml").exists()  # nothing was new in it
    assert (project / "data/stories.yml").read_text() == STORIES


def test_nothing_was_said(teach: Teach, capsys: pytest.CaptureFixture[str]) -> None:
    assert teach(*EXPORT) == 0
    assert "Nothing was taught" in capsys.readouterr().err


def test_a_model_that_cannot_converse(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1, and it is said why."""
    assert main(["train", "nlu", "--fixed-model-name", "nlu"]) == 0
    assert main(["interactive", "-m", "models/nlu.tar.gz"]) == 1
    assert "cannot converse" in capsys.readouterr().err


def test_a_project_without_a_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Events carry the assistant's id, so that it has to have one."""
    config = project / "config.yml"
    config.write_text(config.read_text().replace("assistant_id: small\n", ""))
    assert main(["interactive", "-m", MODEL]) == 1
    assert "assistant_id" in capsys.readouterr().err


def test_ctrl_c_opens_the_menu(project: Path) -> None:
    """In a terminal, at any question; the lesson goes on from there."""
    program = (
        "import sys; from turnwise.cli.main import main; "
        f"sys.exit(main(['interactive', '-m', '{MODEL}', '--skip-visualization']))"
    )
    child = pexpect.spawn(
        sys.executable, ["-c", program], cwd=str(project), encoding="utf-8", timeout=SECONDS
    )
    child.expect("Your input ->")
    child.sendline("hello")
    child.expect("understood: greet")
    child.expect("Is that right")
    child.sendintr()
    child.expect("What now")
    child.sendline("1")
    child.expect("Your input ->")
    child.sendintr()
    child.expect("What now")
    child.sendline("5")
    child.expect("Nothing was taught")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_the_graph_shows_the_conversation(project: Path) -> None:
    """Stories, and what is being taught, on a page of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lesson = Lesson(
        assistant=load_assistant(project / MODEL), server=NoActionServer(), say=lambda message: None
    )
    graph = GraphServer(Project(project), lesson, port=port)
    try:
        with urllib.request.urlopen(graph.url) as answer:
            text = answer.read().decode()
        assert "utter_greet" in text
        assert "http" not in text.replace("http-equiv", "")
    finally:
        graph.close()
