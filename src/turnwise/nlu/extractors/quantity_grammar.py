"""The rules of `QuantityEntityExtractor`: from numbers up to money, durations and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from turnwise.errors import UsageError
from turnwise.nlu.extractors.quantity_rules import CURRENCY_SIGNS, Moment, Rules
from turnwise.nlu.extractors.quantity_words import WORDS

_SECONDS: Mapping[str, int] = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400,
    "week": 604_800, "month": 2_592_000, "year": 31_536_000,
}  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.,])\d+(?:[.,\u202f ]\d{3})*(?:[.,]\d+)?(?!\w)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A quantity in a text, its value as Duckling writes it."""

    dim: str
    start: int
    end: int
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in digits or words."""

    start: int
    end: int
    value: float
    ordinal: bool = False


class Grammar:
    """The rules in one language."""

    def __init__(self, language: str) -> None:
        if language not in WORDS:
            problem = f"QuantityEntityExtractor: language '{language}' is not spoken"
            raise UsageError(f"{problem}\n  fix: use one of {', '.join(sorted(WORDS))}")
        self.language = language
        self.words = WORDS[language]
        self._numbers = _number_reader(language)
        self._rules = Rules(self.words)

    def found(self, text: str, now: datetime) -> list[Found]:
        """All quantities, also those inside longer ones.

        Args:
            now: What "tomorrow" counts from, with its time zone.
        """
        low = "".join(own if len(own := char.lower()) == 1 else char for char in text)
        numbers = [*self._in_digits(low), *self._numbers(low)]
        durations = list(self._durations(low, numbers))
        moments = [
            *self._rules.days(low, now),
            *self._rules.clocks(low),
            *self._relative(low, durations, now),
        ]
        return [
            *(_as_number(number) for number in numbers),
            *self._money(low, numbers),
            *(Found(dim="duration", start=own.start, end=own.end, value=_duration(own)) for own in durations),
            *(_as_time(moment, now) for moment in self._joined(low, moments)),
        ]

    def _in_digits(self, text: str) -> Iterator[Number]:
        point = "." if self.language == "en" else ","
        for match in _DIGITS.finditer(text):
            yield Number(start=match.start(), end=match.end(), value=_value_of(match[0], point))
        for match in self._rules.ordinals.finditer(text):
            yield Number(start=match.start(), end=match.end(), value=float(match[1]), ordinal=True)

    def _money(self, text: str, numbers: Sequence[Number]) -> Iterator[Found]:
        for number in numbers:
            before = re.search(r"([$€£¥])\s?$", text[: number.start])
            after = self._rules.currency.match(text, number.end)
            if before:
                span, unit = (before.start(), number.end), CURRENCY_SIGNS[before[1]]
            elif after:
                span, unit = (number.start, after.end()), self._rules.currencies[after[1]]
            else:
                continue
            value = {"value": _plain(number.value), "type": "value", "unit": unit}
            yield Found(dim="amount-of-money", start=span[0], end=span[1], value=value)

    def _durations(self, text: str, numbers: Sequence[Number]) -> Iterator[_Duration]:
        for number in numbers:
            after = self._rules.unit.match(text, number.end)
            if after and not number.ordinal:
                unit = self._rules.units[after[1]]
                yield _Duration(start=number.start, end=after.end(), count=number.value, unit=unit)

    def _relative(self, text: str, durations: Sequence[_Duration], now: datetime) -> Iterator[Moment]:
        """Such as "in two weeks" and "two weeks ago"; in other languages "ago" stands before the duration."""
        for duration in durations:
            before, after = text[: duration.start], text[duration.end :]
            ahead = self._rules.ahead.search(before)
            leading = ahead or self._rules.ago_before.search(before)
            trailing = self._rules.ago_after.match(after)
            if leading or trailing:
                yield Moment(
                    start=leading.start() if leading else duration.start,
                    end=duration.end + (trailing.end() if trailing else 0),
                    instant=_moved(now, duration, 1 if ahead else -1),
                    grain=duration.unit,
                )

    def _joined(self, text: str, moments: Sequence[Moment]) -> list[Moment]:
        """A day and a time of day that stand together are one moment."""
        days = [own for own in moments if own.day]
        clocks = [own for own in moments if own.clock]
        joined = []
        for day in days:
            for clock in clocks:
                first, second = sorted((day, clock), key=lambda own: own.start)
                if first.end <= second.start and not re.search(r"[^\s,]", text[first.end : second.start]):
                    joined.append(
                        Moment(
                            start=first.start,
                            end=second.end,
                            day=day.day,
                            clock=clock.clock,
                            grain=clock.grain,
                        )
                    )
        return [*moments, *joined]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duration:
    start: int
    end: int
    count: float
    unit: str


def _moved(now: datetime, duration: _Duration, sign: int) -> datetime:
    """`now` and a duration later, or earlier; months and years by the calendar."""
    if duration.unit in ("month", "year"):
        months = round(duration.count * (12 if duration.unit == "year" else 1)) * sign
        whole = now.year * 12 + now.month - 1 + months
        first = now.replace(year=whole // 12, month=whole % 12 + 1, day=1)
        return first + timedelta(days=min(now.day, 28) - 1)
    return now + timedelta(seconds=duration.count * _SECONDS[duration.unit] * sign)


def _as_time(moment: Moment, now: datetime) -> Found:
    if moment.instant is not None:
        when = moment.instant
        if moment.grain in ("day", "week", "month", "year"):
            when = when.replace(hour=0, minute=0)
    else:
        hour, minute = moment.clock or (0, 0)
        day = moment.day or now.date()
        when = now.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=minute)
        if moment.day is None and when < now:
            when += timedelta(days=1)
    when = when.replace(second=0, microsecond=0)
    told = {"value": when.isoformat(timespec="milliseconds"), "grain": moment.grain, "type": "value"}
    return Found(dim="time", start=moment.start, end=moment.end, value={**told, "values": [told]})


def _as_number(number: Number) -> Found:
    dim = "ordinal" if number.ordinal else "number"
    value = {"value": _plain(number.value), "type": "value"}
    return Found(dim=dim, start=number.start, end=number.end, value=value)


def _duration(own: _Duration) -> dict[str, Any]:
    count = _plain(own.count)
    seconds = {"unit": "second", "value": _plain(own.count * _SECONDS[own.unit])}
    return {"value": count, own.unit: count, "type": "value", "unit": own.unit, "normalized": seconds}


def _plain(value: float) -> float:
    """Whole numbers without a fraction, as Duckling writes them."""
    return int(value) if float(value).is_integer() else value


def _value_of(digits: str, point: str) -> float:
    """The number in digits: `1,234.5` in English, `1.234,5` elsewhere; `5.30` is a fraction everywhere."""
    comma = "," if point == "." else "."
    digits = re.sub(r"[\u202f ]", "", digits)
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(comma)}\d{{3}})+(?:{re.escape(point)}\d+)?", digits):
        digits = digits.replace(comma, "")
    return float(digits.replace(",", "."))


def _number_reader(language: str) -> Callable[[str], Iterator[Number]]:
    """A function from a text to the numbers that it spells out in words.

    Raises:
        UsageError: the library is not installed.
    """
    try:
        from text_to_num import find_numbers  # type: ignore[import-untyped]  # ships no types
    except ModuleNotFoundError as error:
        problem = "QuantityEntityExtractor needs the package text2num"
        raise UsageError(f'{problem}\n  fix: pip install "turnwise[quantities]"') from error

    def read(text: str) -> Iterator[Number]:
        words = [_Word(match) for match in _WORD.finditer(text)]
        for found in find_numbers(words, language, threshold=0):
            span = words[found.start : found.end]
            if not any(word.text().isdigit() for word in span):
                yield Number(
                    start=span[0].start, end=span[-1].end, value=float(found.value), ordinal=found.is_ordinal
                )

    return read


class _Word:
    """A word, as text2num wants it."""

    def __init__(self, match: re.Match[str]) -> None:
        self.start, self.end = match.span()
        self._text = match[0]

    def text(self) -> str:
        return self._text

    def nt_separated(self, previous: _Word) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False
