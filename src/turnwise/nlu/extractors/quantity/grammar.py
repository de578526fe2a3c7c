"""The rules of `QuantityEntityExtractor`: from numbers up to money, durations and times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from turnwise.errors import UsageError
from turnwise.nlu.extractors.quantity.durations import DurationRules
from turnwise.nlu.extractors.quantity.languages import WORDS
from turnwise.nlu.extractors.quantity.money import MoneyRules
from turnwise.nlu.extractors.quantity.numbers import Number, Numbers, plain
from turnwise.nlu.extractors.quantity.times import TimeRules
from turnwise.nlu.extractors.quantity.words import PAD

_DAY_FIRST = frozenset({"AU", "GB", "IE", "IN", "NZ", "ZA", "UK"})
"""Regions that speak English and write 3 May as 3/5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A quantity in a text, its value as Duckling writes it."""

    dim: str
    start: int
    end: int
    value: Mapping[str, Any]


class Grammar:
    """The rules in one language."""

    def __init__(self, language: str, region: str = "") -> None:
        """
        Args:
            language: An ISO code.
            region: Of the country, such as GB; decides whether 3/5 is in May or in March.

        Raises:
            UsageError: the language is not spoken.
        """
        if language not in WORDS:
            problem = f"QuantityEntityExtractor: language '{language}' is not spoken"
            raise UsageError(f"{problem}\n  fix: use one of {', '.join(sorted(WORDS))}")
        words = WORDS[language]
        self._numbers = Numbers(language, words)
        self._money = MoneyRules(words)
        self._durations = DurationRules(words)
        self._times = TimeRules(words, month_first=language == "en" and region not in _DAY_FIRST)

    def found(self, text: str, now: datetime) -> Iterator[Found]:
        """All quantities, also those inside longer ones.

        Args:
            now: What "tomorrow" counts from, with its time zone.
        """
        low = "".join(own if len(own := char.lower()) == 1 else char for char in text.replace(PAD, " "))
        low = self._numbers.in_digits(low)
        numbers = list(self._numbers.found(low))
        for number in numbers:
            if not number.attached:
                yield _as_number(number)
        for money in self._money.found(low, numbers):
            yield Found(dim="amount-of-money", start=money.start, end=money.end, value=money.value())
        durations = self._durations.found(low, numbers)
        for duration in durations:
            yield Found(dim="duration", start=duration.start, end=duration.end, value=duration.value())
        for start, end, value in self._times.found(low, durations, now):
            yield Found(dim="time", start=start, end=end, value=value)


def _as_number(number: Number) -> Found:
    dim = "ordinal" if number.ordinal else "number"
    value = {"value": plain(number.value), "type": "value"}
    return Found(dim=dim, start=number.start, end=number.end, value=value)
