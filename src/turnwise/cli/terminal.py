"""Both sides of a conversation on a terminal: lines are edited, remembered and chosen with the arrow keys.

Where stdin or stdout is no terminal, the same conversation is held in plain lines, so that it can be piped.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

PROMPT = "You: "


class Terminal(Protocol):
    """Where lines come from."""

    async def line(self) -> str | None:
        """The next line without its end; None when there will be no more."""

    async def choose(self, choices: Sequence[tuple[str, str]]) -> str | None:
        """What is answered to buttons: the value of a (value, label) pair, or free text; None: no more."""


def open_terminal(*, echo: bool) -> Terminal:
    """The terminal of this process; `echo` says whether lines from a pipe are printed among the answers."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return EditedTerminal(history_file())
    return PlainTerminal(echo=echo)


def history_file() -> Path:
    """Where lines are remembered: with the project, or in the user's state folder where there is none."""
    if Path("config.yml").exists():
        return Path(".turnwise", "shell_history")
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state, "turnwise", "shell_history")


class EditedTerminal:
    """A person at a keyboard."""

    def __init__(self, history: Path) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory

        history.parent.mkdir(parents=True, exist_ok=True)
        # What people type may be private: nobody else on the machine needs to read it.
        history.touch(mode=0o600)
        self._session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))

    async def line(self) -> str | None:
        """The next line; Ctrl-C and Ctrl-D end the conversation."""
        try:
            return await self._session.prompt_async(PROMPT)
        except (EOFError, KeyboardInterrupt):
            return None

    async def choose(self, choices: Sequence[tuple[str, str]]) -> str | None:
        """Shows the choices as a list, with free text as its last entry."""
        from prompt_toolkit.shortcuts.choice_input import ChoiceInput

        own_words = len(choices)
        labels = [*(label for _, label in choices), "(something else, in my own words)"]
        question = ChoiceInput(message="Choose with the arrow keys:", options=list(enumerate(labels)))
        try:
            chosen = await question.prompt_async()
        except (EOFError, KeyboardInterrupt):
            return None
        return await self.line() if chosen == own_words else choices[chosen][0]


class PlainTerminal:
    """Lines from a pipe or a file, echoed where the output is to read as a conversation."""

    def __init__(self, *, echo: bool) -> None:
        self._echo = echo

    async def line(self) -> str | None:
        """The next line of stdin, read in a thread of its own so that the event loop goes on."""
        line = await _read_line()
        if not line:
            return None
        if self._echo:
            print(f"{PROMPT}{line.rstrip()}", flush=True)
        return line.rstrip("\r\n")

    async def choose(self, choices: Sequence[tuple[str, str]]) -> str | None:
        """Lists the choices with numbers; a line that is such a number chooses, any other is free text."""
        for number, (_, label) in enumerate(choices, start=1):
            print(f"  {number}: {label}", flush=True)
        line = await self.line()
        if line is not None and line.strip().isdecimal() and 1 <= int(line) <= len(choices):
            return choices[int(line) - 1][0]
        return line


async def _read_line() -> str:
    """One line of stdin with its end; empty when stdin has ended."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def deliver(line: str) -> None:
        if not done.done():
            done.set_result(line)

    def read() -> None:
        loop.call_soon_threadsafe(deliver, sys.stdin.readline())

    # A daemon, unlike the threads of an executor, does not keep the process alive until a line comes.
    threading.Thread(target=read, name="stdin", daemon=True).start()
    return await done
