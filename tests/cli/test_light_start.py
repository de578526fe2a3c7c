"""The command line answers at once, because it imports nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *("aiohttp", "asyncio", "grpc", "msgspec", "numpy", "opentelemetry", "prompt_toolkit", "pycrfsuite"),
    *("rasa_sdk", "sanic", "scipy", "sklearn", "sqlalchemy", "yaml"),
}


def loaded_by(code: str, folder: Path) -> set[str]:
    """The top-level packages a fresh Python has loaded after it ran `code`."""
    report = "\nimport sys; print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code + report],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(run.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"], ["run", "--help"], []])
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    """Neither numbers nor servers nor databases are loaded to print a help text."""
    code = f"""
from turnwise.cli.main import main
try:
    main({words!r})
except SystemExit:
    pass
"""
    assert not loaded_by(code, tmp_path) & HEAVY


def test_a_new_project_is_written_without_anything_heavy(tmp_path: Path) -> None:
    """`rasa init` itself copies files; what is heavy begins with the training that follows."""
    code = "from pathlib import Path; from turnwise.cli.init import write_starter; write_starter(Path('bot'))"
    assert not loaded_by(code, tmp_path) & HEAVY
