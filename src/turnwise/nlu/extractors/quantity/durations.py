"""Durations: a number and a unit of time, or several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from turnwise.nlu.extractors.quantity.numbers import Number, plain
from turnwise.nlu.extractors.quantity.words import GAP, PAD, QuantityWords, any_of

SECONDS: Mapping[str, int] = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400,
    "week": 604_800, "month": 2_592_000, "year": 31_536_000,
}  # fmt: skip
_UNITS = tuple(SECONDS)
"""The shortest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """So many of a unit of time."""

    start: int
    end: int
    count: Fraction
    unit: str

    def value(self) -> dict[str, Any]:
        """As Duckling writes it."""
        count = plain(self.count)
        seconds = {"unit": "second", "value": plain(self.count * SECONDS[self.unit])}
        return {"value": count, self.unit: count, "type": "value", "unit": self.unit, "normalized": seconds}


class DurationRules:
    """Durations in one language."""

    def __init__(self, words: QuantityWords) -> None:
        self.units = {form: unit for unit, forms in words.units.items() for form in forms.split()}
        unit = rf"({any_of(self.units)})(?!\w)"
        self._unit = re.compile(rf"{GAP}{unit}")
        self._half = re.compile(rf"{GAP}{any_of(words.and_half)}(?!\w)")
        one = rf"\b(?:1{PAD}*\s)?"
        self._in_words = (
            (Fraction(1), re.compile(rf"\b{any_of(words.article)}\s{unit}")),
            (Fraction(1, 2), re.compile(rf"{one}{_before_unit(words.half)}{unit}")),
            (Fraction(1, 4), re.compile(rf"{one}{_before_unit(words.quarter)}{unit}")),
        )
        self._and = re.compile(rf"\.?(?:\s?,\s?|\s)(?:{any_of(words.conjunction)}\s)?")

    def found(self, text: str, numbers: Sequence[Number]) -> list[Duration]:
        """All durations, also those inside longer ones."""
        single = sorted([*self._counted(text, numbers), *self._told(text)], key=lambda own: own.start)
        return [*single, *self._joined(text, single)]

    def _counted(self, text: str, numbers: Sequence[Number]) -> Iterator[Duration]:
        for number in numbers:
            unit = self._unit.match(text, number.end)
            if unit and not number.ordinal and number.value > 0:
                yield self._single(text, number.start, unit, number.value)

    def _told(self, text: str) -> Iterator[Duration]:
        """Such as "an hour", "half an hour"."""
        for count, pattern in self._in_words:
            for match in pattern.finditer(text):
                yield self._single(text, match.start(), match, count)

    def _single(self, text: str, start: int, unit: re.Match[str], count: Fraction) -> Duration:
        half = self._half.match(text, unit.end()) if count.denominator == 1 else None
        told = count + Fraction(1, 2) if half else count
        name = self.units[unit[1]]
        return _whole(start, (half or unit).end(), told * SECONDS[name], name, told)

    def _joined(self, text: str, single: Sequence[Duration]) -> Iterator[Duration]:
        """Such as "2 hours and 30 minutes": each unit is shorter than the one before."""
        starts = {own.start: own for own in single}
        for first in single:
            sum_, after = first, self._next(text, first, starts)
            while after:
                sum_ = _sum(sum_, after)
                after = self._next(text, sum_, starts)
            if sum_ is not first:
                yield sum_

    def _next(self, text: str, own: Duration, starts: Mapping[int, Duration]) -> Duration | None:
        between = self._and.match(text, own.end)
        after = starts.get(between.end()) if between else None
        return after if after and _UNITS.index(after.unit) < _UNITS.index(own.unit) else None


def _before_unit(forms: str) -> str:
    """A pattern for any of these phrases, with the blank that stands behind those without `~`."""
    glued = any_of(form[:-1] for form in forms.split("|") if form.endswith("~"))
    apart = any_of(form for form in forms.split("|") if not form.endswith("~"))
    return rf"(?:{glued}|{apart}\s)"


def _sum(longer: Duration, shorter: Duration) -> Duration:
    """Both together, in the shorter's unit."""
    count = longer.count * SECONDS[longer.unit] / SECONDS[shorter.unit] + shorter.count
    if (longer.unit, shorter.unit) == ("year", "month"):
        count = 12 * longer.count + shorter.count
    return Duration(start=longer.start, end=shorter.end, count=count, unit=shorter.unit)


def _whole(start: int, end: int, seconds: Fraction, unit: str, count: Fraction) -> Duration:
    """A duration in the longest unit, at most `unit`, of which it is a whole number."""
    if unit == "year" and count.denominator != 1:
        unit, count = "month", 12 * count
    while count.denominator != 1 and unit != "second":
        unit = _UNITS[_UNITS.index(unit) - 1]
        count = seconds / SECONDS[unit]
    return Duration(start=start, end=end, count=count, unit=unit)
