"""What a person at a keyboard can do: edit lines, choose with the arrow keys, leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from turnwise.cli.terminal import EditedTerminal

CHOICES = [("/affirm", "Yes (/affirm)"), ("/deny", "No (/deny)")]
DOWN, ENTER, CTRL_C, CTRL_D, UP = "\x1b[B", "\r", "\x03", "\x04", "\x1b[A"


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    """Keys sent here are pressed on the terminal."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@pytest.fixture
def terminal(tmp_path: Path, keyboard: PipeInput) -> EditedTerminal:
    """A terminal with an empty history."""
    return EditedTerminal(tmp_path / "state" / "history")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (ENTER, "/affirm"),
        (DOWN + ENTER, "/deny"),
        (DOWN + DOWN + ENTER + "perhaps" + ENTER, "perhaps"),
        (CTRL_C, None),
    ],
)
async def test_buttons_are_chosen_with_the_arrow_keys(
    keys: str, answer: str | None, terminal: EditedTerminal, keyboard: PipeInput
) -> None:
    """The last entry of the list asks for free text; Ctrl-C ends the conversation."""
    keyboard.send_text(keys)
    assert await terminal.choose(CHOICES) == answer


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
async def test_a_conversation_is_left_by_a_key(
    key: str, terminal: EditedTerminal, keyboard: PipeInput
) -> None:
    """Ctrl-C and Ctrl-D both mean that no line will come."""
    keyboard.send_text(key)
    assert await terminal.line() is None


async def test_lines_are_remembered_for_the_next_time(
    tmp_path: Path, terminal: EditedTerminal, keyboard: PipeInput
) -> None:
    """The arrow keys bring back what was typed in an earlier session; only the user can read the file."""
    keyboard.send_text("track my parcel" + ENTER)
    assert await terminal.line() == "track my parcel"
    history = tmp_path / "state" / "history"
    assert history.stat().st_mode & 0o077 == 0
    again = EditedTerminal(history)
    keyboard.send_text(UP + ENTER)
    assert await again.line() == "track my parcel"
