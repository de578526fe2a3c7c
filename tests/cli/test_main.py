"""How a command is started, and how it ends."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from turnwise import __version__
from turnwise.cli.main import main
from turnwise.errors import Place, ProjectError


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module in the place of `turnwise.cli.export`; tests give it a `run`."""
    module = ModuleType("turnwise.cli.export")
    module.__spec__ = argparse.__spec__
    monkeypatch.setitem(sys.modules, "turnwise.cli.export", module)
    return module


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 1), (["evaluate"], 1), (["evaluate", "markers"], 1), (["data"], 0), (["data", "split"], 0)],
)
def test_a_group_of_commands_prints_its_help(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a command nothing runs; the exit codes are Rasa's."""
    assert main(words) == code
    assert capsys.readouterr().out.startswith(" ".join(["usage: rasa", *words]))


def test_the_versions_in_use_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names Turnwise, the Rasa it is compatible with, the SDK and Python."""
    assert main(["--version"]) == 0
    out = capsys.readouterr().out
    assert f"Turnwise Version : {__version__}" in out
    assert "Compatible Rasa  : 3.6.21" in out
    assert "Rasa SDK Version : 3." in out


def test_the_command_gets_the_flags_and_gives_the_exit_code(command: ModuleType, folder: Path) -> None:
    """What `run` returns is what the process exits with."""
    command.run = lambda args: len(args.conversation_ids)  # type: ignore[attr-defined]
    assert main(["export", "--conversation-ids", "a,b"]) == 3


def test_the_project_can_be_imported(command: ModuleType, folder: Path) -> None:
    """The current folder is on the import path while a command runs."""
    (folder / "my_component.py").write_text("ANSWER = 42\n", encoding="utf-8")
    command.run = lambda _: __import__("my_component").ANSWER  # type: ignore[attr-defined]
    assert main(["export"]) == 42


def test_a_mistake_of_the_user_is_one_message(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1; place, problem and remedy on stderr, without a traceback."""
    mistake = ProjectError(Place("domain.yml", 3), "unknown key 'intent'", fix="write 'intents'")

    def run(args: argparse.Namespace) -> int:
        raise mistake

    command.run = run  # type: ignore[attr-defined]
    assert main(["export"]) == 1
    assert capsys.readouterr().err == "domain.yml:3: unknown key 'intent'\n  fix: write 'intents'\n"
    with pytest.raises(ProjectError):
        main(["export", "--debug"])


def test_ctrl_c_ends_a_command_quietly(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 130, as shells expect it, and no traceback."""

    def run(args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    command.run = run  # type: ignore[attr-defined]
    assert main(["export"]) == 130
    assert capsys.readouterr().err == ""


def test_a_crash_shows_its_traceback(command: ModuleType, folder: Path) -> None:
    """What is not the user's mistake is not hidden."""

    def run(args: argparse.Namespace) -> int:
        raise ZeroDivisionError

    command.run = run  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        main(["export"])


def test_output_that_nobody_reads_to_its_end_is_no_mistake() -> None:
    """`rasa --version | head -1` ends without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "turnwise", "--version"]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
