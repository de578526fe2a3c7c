"""Modules of a project, written to a folder and imported from there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.conftest import open_server

__all__ = ["open_server"]

Parts = Callable[..., str]


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Writes a module of a project, and gives its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source: str, name: str = "own_parts") -> str:
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return name

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] in ("own_parts", "rasa")]:
        del sys.modules[name]
