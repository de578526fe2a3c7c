"""What commands print for people: coloured lines and a progress bar; log records are set up in `logs.py`."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

GREEN, YELLOW, RED, CYAN = "32", "33", "31", "36"
"""SGR parameters of the colours in use."""

BAR_WIDTH = 24
"""Cells of the progress bar."""


def has_colour(stream: TextIO) -> bool:
    """Whether colours are welcome: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured(text: str, colour: str, stream: TextIO) -> str:
    """`text` in `colour` where `stream` shows colours, else as it is."""
    return f"\x1b[{colour}m{text}\x1b[0m" if has_colour(stream) else text


def print_success(text: str) -> None:
    """A line about something done, on stdout."""
    print(coloured(text, GREEN, sys.stdout), flush=True)


def print_info(text: str) -> None:
    """A line worth noticing, on stdout."""
    print(coloured(text, CYAN, sys.stdout), flush=True)


def print_warning(text: str) -> None:
    """A line about something odd, on stderr."""
    print(coloured(text, YELLOW, sys.stderr), file=sys.stderr, flush=True)


def print_error(text: str) -> None:
    """A line about what went wrong, on stderr."""
    print(coloured(text, RED, sys.stderr), file=sys.stderr, flush=True)


class Progress:
    """A progress bar on stderr, called as `progress(name, fraction)`; leaves the screen clean when closed.

    Where stderr is no terminal there is nothing to overdraw, so each name is printed once, when it is done.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._drawn = ""
        self._done: set[str] = set()

    def __call__(self, name: str, fraction: float) -> None:
        """Shows that `fraction`, in [0, 1], of the work called `name` is done."""
        fraction = min(max(fraction, 0.0), 1.0)
        if self._stream.isatty():
            self._draw(name, fraction)
        elif fraction == 1.0 and name not in self._done:
            self._done.add(name)
            print(f"{name}: done", file=self._stream, flush=True)

    def _draw(self, name: str, fraction: float) -> None:
        filled = round(fraction * BAR_WIDTH)
        line = f"{'█' * filled}{'░' * (BAR_WIDTH - filled)} {fraction:4.0%} {name}"
        line = line[: shutil.get_terminal_size().columns - 1]
        if line == self._drawn:
            return
        self._drawn = line
        # Carriage return, then erase to the end of the line: a longer name before leaves nothing behind.
        self._stream.write(f"\r\x1b[K{line}")
        self._stream.flush()

    def close(self) -> None:
        """Takes the bar off the screen."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
