"""What an unquoted YAML scalar means, by the rules of YAML 1.2 that Rasa reads with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

Scalar = str | int | float | bool | date | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + inf: float(sign + "inf") for sign in ("", "+", "-") for inf in (".inf", ".Inf", ".INF")},
}
_FIRST = frozenset("0123456789+-.")
"""Every number and date begins with one of these."""

_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Scalar]], ...] = (
    (re.compile(r"[-+]?[0-9][0-9_]*"), lambda text: int(text.replace("_", ""))),
    (
        re.compile(
            r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        ),
        lambda text: float(text.replace("_", "")),
    ),
    (re.compile(r"[-+]?0o[0-7][0-7_]*"), lambda text: _with_base(text, 8)),
    (re.compile(r"[-+]?0x[0-9a-fA-F][0-9a-fA-F_]*"), lambda text: _with_base(text, 16)),
    (re.compile(r"[-+]?0b[01][01_]*"), lambda text: _with_base(text, 2)),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), date.fromisoformat),
    (
        re.compile(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt]|[ \t]+)[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
            r"(?:[ \t]*(?:Z|[-+][0-9]{2}:[0-9]{2}))?"
        ),
        lambda text: _moment(text),
    ),
)


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar: `yes` is a text, `010` is 10, `0o10` is 8, `1e3` a float.

    Raises:
        ValueError: it has the shape of a date but there is no such day.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    for pattern, convert in _NUMBERS:
        if pattern.fullmatch(text):
            return convert(text)
    return text


def _with_base(text: str, base: int) -> int:
    return int(text.replace("_", ""), base)


def _moment(text: str) -> datetime:
    """In UTC where an offset is given; without a time zone either way, as Rasa's parser leaves it."""
    day, _, time = text.replace("T", " ").replace("t", " ").replace("\t", " ").partition(" ")
    moment = datetime.fromisoformat(f"{day} {''.join(time.split())}")
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
