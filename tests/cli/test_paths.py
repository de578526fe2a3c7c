"""What becomes of a path that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.cli.paths import existing_path, optional_path
from turnwise.errors import UsageError


def test_a_path_that_exists_is_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Silently, whatever the default."""
    (folder / "mine.yml").touch()
    (folder / "domain.yml").touch()
    assert existing_path("mine.yml", flag="--domain", default="domain.yml") == Path("mine.yml")
    assert capsys.readouterr().err == ""


def test_a_missing_path_gives_way_to_the_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a warning that names flag, path and default."""
    (folder / "domain.yml").touch()
    assert existing_path("mine.yml", flag="--domain", default="domain.yml") == Path("domain.yml")
    assert capsys.readouterr().err == "--domain: there is no 'mine.yml'; 'domain.yml' is used instead.\n"


def test_nothing_asked_for_takes_the_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a warning: nobody is surprised."""
    (folder / "credentials.yml").touch()
    path = optional_path(None, flag="--credentials", default="credentials.yml")
    assert path == Path("credentials.yml")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("value", "problem"), [("x.yml", "there is no 'x.yml'"), (None, "no path is given")])
def test_no_path_at_all_is_an_error(value: str | None, problem: str, folder: Path) -> None:
    """If the command cannot do without; else there is none."""
    with pytest.raises(UsageError, match=f"--config: {problem}\n  fix: "):
        existing_path(value, flag="--config", default="config.yml")
    assert optional_path(value, flag="--config", default="config.yml") is None
