"""`rasa init` writes a project that works at once, and nothing that was not agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from turnwise.cli import main as cli
from turnwise.cli.init import STARTER
from turnwise.project.config_rewriting import with_automatic_parts

FILES = {
    *("actions/__init__.py", "actions/actions.py", "tests/test_stories.yml"),
    *("data/nlu.yml", "data/rules.yml", "data/stories.yml", "domain.yml"),
    *("config.yml", "credentials.yml", "endpoints.yml"),
}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands `rasa init` goes on with; they are noted instead of run."""
    noted: list[str] = []
    start = cli.main

    def note(words: Sequence[str] | None = None) -> int:
        assert words
        if words[0] == "init":
            return start(words)
        noted.append(" ".join(words))
        return 0

    monkeypatch.setattr(cli, "main", note)
    return noted


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the user types, in this order; an empty line takes the default."""
    lines: list[str] = []

    def answer(question: str) -> str:
        if not lines:
            raise EOFError
        return lines.pop(0)

    monkeypatch.setattr("builtins.input", answer)
    return lines


def written(folder: Path) -> set[str]:
    """The files in a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def starter(name: str) -> Any:
    """A YAML file of the starter bot."""
    return yaml.safe_load((STARTER / name).read_text(encoding="utf-8"))


def test_without_prompts_the_defaults_are_taken(folder: Path, commands: list[str]) -> None:
    """The files are in the current folder, a first model is trained, no shell is opened."""
    assert cli.main(["init", "--no-prompt"]) == 0
    assert written(folder) == FILES
    assert commands == ["train"]


def test_the_files_are_the_users_own(folder: Path, commands: list[str]) -> None:
    """They can be changed, whatever the rights of the installed package."""
    cli.main(["init", "--no-prompt"])
    assert all((folder / name).stat().st_mode & 0o200 for name in FILES)


def test_what_is_not_the_starters_stays(folder: Path, commands: list[str]) -> None:
    """Files of the same names are written anew, others are left alone."""
    (folder / "domain.yml").write_text("old", encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    cli.main(["init", "--no-prompt"])
    assert (folder / "domain.yml").read_text(encoding="utf-8") != "old"
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_the_questions_lead_to_folder_training_and_shell(
    folder: Path, commands: list[str], answers: list[str]
) -> None:
    """Where, whether to make it, whether to train, whether to talk."""
    answers += ["bots/mine", "y", "maybe", "yes", "yes"]
    assert cli.main(["init"]) == 0
    assert written(folder / "bots" / "mine") == FILES
    assert commands == ["train", "shell"]
    assert Path.cwd() == folder / "bots" / "mine"


def test_training_and_shell_can_be_declined(folder: Path, commands: list[str], answers: list[str]) -> None:
    """Training is offered with yes as the default, the shell with no."""
    answers += ["", "no"]
    assert cli.main(["init"]) == 0
    assert commands == []
    answers += ["", "y", "", ""]
    assert cli.main(["init"]) == 0
    assert commands == ["train"]


@pytest.mark.parametrize("lines", [["new", "no"], [".", ""]])
def test_nothing_is_written_against_the_users_will(
    lines: list[str], folder: Path, commands: list[str], answers: list[str]
) -> None:
    """Neither into a folder that is not to be made, nor, unless agreed, into one with files."""
    (folder / "notes.txt").touch()
    answers += lines
    assert cli.main(["init"]) == 0
    assert written(folder) == {"notes.txt"}
    assert commands == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--no-prompt", "--init-dir", "nowhere"], "--init-dir: there is no folder 'nowhere'"),
        (["--init-dir", "notes.txt"], "--init-dir: 'notes.txt' is a file"),
        ([], "nobody answers the question"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str],
    message: str,
    folder: Path,
    commands: list[str],
    answers: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1, and nothing is written."""
    (folder / "notes.txt").touch()
    assert cli.main(["init", *words]) == 1
    assert message in capsys.readouterr().err
    assert written(folder) == {"notes.txt"}


def test_the_starter_has_the_intents_and_responses_people_know() -> None:
    """Those of Rasa's starter bot, so that its tutorials apply."""
    domain = starter("domain.yml")
    intents = ["greet", "goodbye", "affirm", "deny", "mood_great", "mood_unhappy", "bot_challenge"]
    responses = ["greet", "cheer_up", "did_that_help", "happy", "goodbye", "iamabot"]
    assert domain["intents"] == intents
    assert list(domain["responses"]) == [f"utter_{name}" for name in responses]
    assert [item["intent"] for item in starter("data/nlu.yml")["nlu"]] == intents
    assert len(starter("data/rules.yml")["rules"]) == 2
    assert len(starter("data/stories.yml")["stories"]) == 3


def test_the_starters_examples_are_all_different() -> None:
    """No sentence stands under two intents, nor twice under one."""
    examples = [
        line for item in starter("data/nlu.yml")["nlu"] for line in str(item["examples"]).splitlines()
    ]
    assert len(examples) == len(set(examples)) >= 80


def test_the_starter_leaves_pipeline_and_policies_to_the_engine() -> None:
    """Both are chosen automatically, and the assistant gets its id at the first training."""
    config = starter("config.yml")
    assert config == {
        "recipe": "default.v1",
        "assistant_id": "placeholder_default",
        "language": "en",
        "pipeline": None,
        "policies": None,
    }


def test_the_first_training_changes_nothing_but_the_assistants_id() -> None:
    """The components that are chosen automatically stand in config.yml as training would write them."""
    text = (STARTER / "config.yml").read_text(encoding="utf-8")
    assert with_automatic_parts(text, ["pipeline", "policies"]) == text
