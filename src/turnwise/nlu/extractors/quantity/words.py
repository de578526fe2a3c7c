"""What a language must say of itself so that `QuantityEntityExtractor` speaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityWords:
    """All in lower case. Words are separated by blanks; phrases by `|`, since they contain blanks."""

    point: str
    """What stands before the fraction of a number."""
    spaced: bool = False
    """Whether blanks may group the digits of a number."""
    scales: Mapping[str, int]
    """What multiplies digits, such as "million", to how much."""
    minus: str
    """What makes a number negative."""
    no_number: str = ""
    """Phrases with a number word that are none: "por ciento"."""
    months: str
    """January first; forms of one month joined by `/`."""
    weekdays: str
    """Monday first; forms of one day joined by `/`."""
    days: Mapping[str, int]
    """Words for a day, to how many days it lies ahead."""
    no_day_after: str
    """What makes no day of such a word: "guten" before "Morgen"."""
    now: str
    """Words for this moment."""
    parts: Mapping[str, tuple[int, int]]
    """Parts of a day, to the hours they last; they stand beside a day or a time of day."""
    lone_parts: Mapping[str, tuple[int, int]]
    """Those that are a time by themselves; today's, if they are no other's too."""
    units: Mapping[str, str]
    """Unit of time, to its forms."""
    weekend: str
    """Words for the weekend."""
    article: str
    """What stands for one before a unit: "an hour"."""
    half: str
    """What stands for a half before a unit: "half an hour"; with `~` where no blank follows."""
    quarter: str
    """What stands for a quarter before a unit, likewise: "a quarter of an hour"."""
    and_half: str
    """What adds a half, after a number or a unit: "and a half"."""
    following: str
    """Forms of "next"."""
    previous: str
    """Forms of "last"."""
    this: str
    """Forms of "this"."""
    ahead: str
    """What stands before a duration from now on: "in"."""
    ago: str
    """What stands before a duration up to now; in English after it."""
    ago_follows: bool = False
    before_day: str
    """What may stand before a date: "on", "the"."""
    before_month: str
    """What must stand before a month or a year that stands alone: "in"."""
    before_clock: str
    """What may stand before a time of day: "at"."""
    of: str
    """What may stand between day and month: "of"."""
    oclock: str
    """What makes a time of day of a number."""
    noon: Mapping[str, int]
    """Words for a time of day, to its hour."""
    past: Mapping[str, int]
    """What stands before an hour and changes it, such as "half past", to minutes."""
    minutes_past: Mapping[str, int]
    """What stands between minutes and the hour: "past"; 1, or -1 for minutes that are missing."""
    and_past: Mapping[str, int]
    """What stands after an hour and changes it, such as "et demie", to minutes."""
    halves: str = ""
    """What says in which half of the day an hour is: "pm"."""
    twelve_hours: bool = False
    """Whether hours up to twelve may be meant in the afternoon."""
    span: str
    """What may stand before the first of two ends: "between"."""
    to: str
    """What stands between two ends, besides a dash; "and" only after `span`."""
    conjunction: str
    """ "And"."""
    until: str
    """What makes a time or an amount the last one: "before"."""
    since: str
    """What makes a time the first one: "after"."""
    less: str
    """What makes an amount the most: "less than"."""
    more: str
    """What makes an amount the least: "more than"."""
    money: Mapping[str, str]
    """Currency, to its words."""
    cents: str
    """Words for the hundredth of a currency."""


PAD = "\uffff"
"""Fills up what was spelled out: "seven" is read as "7" and four of these, so that nothing moves."""

GAP = rf"{PAD}*\s?{PAD}*"
"""A blank, or none, between two words."""


_LOOK_BACK = 40
"""Most characters of what may stand before a quantity and belong to it."""


def just_before(pattern: re.Pattern[str], text: str, end: int) -> re.Match[str] | None:
    """The match of a pattern, which ends in `$`, that ends at `end`."""
    return pattern.search(text, max(0, end - _LOOK_BACK), end)


def any_of(forms: str | Iterable[str]) -> str:
    """A pattern for any of several phrases, the longer ones first; without any it matches nothing."""
    listed = [form for form in (forms.split("|") if isinstance(forms, str) else forms) if form]
    inner = "|".join(re.escape(form) for form in sorted(listed, key=lambda form: (-len(form), form)))
    return f"(?:{inner})" if inner else "(?!)"


def numbered(words: str, *, first: int) -> dict[str, int]:
    """Each form of each word to the number of the word."""
    return {form: number for number, forms in enumerate(words.split(), first) for form in forms.split("/")}
