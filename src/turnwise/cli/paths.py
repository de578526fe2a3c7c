"""Paths given on the command line: the one that was asked for, its default, or a clear refusal."""

from __future__ import annotations

from pathlib import Path

from turnwise.cli.console import print_warning
from turnwise.errors import UsageError


def optional_path(value: str | Path | None, *, flag: str, default: str | None = None) -> Path | None:
    """The path to use for a flag that may go without one.

    Args:
        value: What the user gave, or the flag's default.
        flag: The flag as typed, such as "--domain"; named in the warning.
        default: Taken, with a warning, when `value` does not exist but this does.

    Returns:
        An existing path, or None.
    """
    if value is not None and Path(value).exists():
        return Path(value)
    if default is None or not Path(default).exists():
        return None
    if value is not None:
        print_warning(f"{flag}: there is no '{value}'; '{default}' is used instead.")
    return Path(default)


def existing_path(value: str | Path | None, *, flag: str, default: str | None = None) -> Path:
    """As `optional_path`, for a flag that cannot do without.

    Raises:
        UsageError: neither `value` nor `default` exists.
    """
    path = optional_path(value, flag=flag, default=default)
    if path is not None:
        return path
    problem = f"there is no '{value}'" if value is not None else "no path is given"
    raise UsageError(
        f"{flag}: {problem}\n  fix: run the command in the project's folder, or give a path that exists"
    )


def domain_asked_for(value: str) -> str:
    """What `--domain` means: a project that keeps its domain in a folder need not say so."""
    from turnwise.project.project import DEFAULT_DOMAIN, DOMAIN_FOLDER

    in_folder = value == DEFAULT_DOMAIN and not Path(value).exists() and Path(DOMAIN_FOLDER).is_dir()
    return DOMAIN_FOLDER if in_folder else value
