"""The repository's own project, by the commands that its README names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", [["data", "validate"], ["train", "--dry-run"]])
def test_its_domain_is_found_in_its_folder(command: list[str]) -> None:
    """No flag says where the domain is; a dry run ends with 1 where nothing is trained yet."""
    run = subprocess.run(
        [sys.executable, "-m", "turnwise", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0 or (command[0] == "train" and run.returncode == 1)
    assert "--domain" not in run.stderr
