"""The `version` key of training data: which files may be read at all."""

from __future__ import annotations

import re

from turnwise.project.cursor import Cursor

LATEST_VERSION = "3.1"


def is_readable(top: Cursor) -> bool:
    """Whether the file's format is known; a newer one is skipped with a notice, an older one read with one.

    A `version` that is no text is a mistake: YAML makes a number of 3.1, and 3.10 of 3.1 too.
    """
    cursor = top.get("version")
    if cursor is None:
        return True
    if not isinstance(cursor.value, str):
        cursor.wrong("the version must be a text", fix=f'write version: "{cursor.value or LATEST_VERSION}"')
        return False
    number = _parsed(cursor.value)
    if number is None:
        cursor.note(f"'{cursor.value}' is no version", fix=f'write version: "{LATEST_VERSION}"')
        return True
    latest = _parsed(LATEST_VERSION) or ()
    if number > latest:
        cursor.note(
            f"version {cursor.value} is newer than {LATEST_VERSION}; the whole file is skipped",
            fix=f'write version: "{LATEST_VERSION}" if the file does not need the newer format',
        )
        return False
    if number < latest:
        cursor.note(f"version {cursor.value} is read as {LATEST_VERSION}", fix=f'write "{LATEST_VERSION}"')
    return True


def _parsed(version: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d+(\.\d+)*", version.strip()):
        return None
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
