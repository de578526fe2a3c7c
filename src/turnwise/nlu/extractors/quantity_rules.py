"""Regular expressions for days, times of day, units and currencies, made of the words of a language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from turnwise.nlu.extractors.quantity_words import QuantityWords

CURRENCY_SIGNS: Mapping[str, str] = {"$": "$", "€": "EUR", "£": "£", "¥": "¥"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day, a time of day, or both."""

    start: int
    end: int
    day: date | None = None
    clock: tuple[int, int] | None = None
    """Hour and minute."""
    instant: datetime | None = None
    """When it is neither, as in "in two hours"."""
    grain: str = "day"


class Rules:
    """Regular expressions made of the words of a language."""

    def __init__(self, words: QuantityWords) -> None:
        self.words = words
        self.months = _numbered(words.months, first=1)
        self.weekdays = _numbered(words.weekdays, first=0)
        self.units = {form: unit for unit, forms in words.units.items() for form in forms.split()}
        self.currencies = {form: unit for unit, forms in words.money.items() for form in forms.split()}
        self.currencies |= dict(CURRENCY_SIGNS)
        self.unit = re.compile(rf"\s?({_any(self.units)})\b")
        self.currency = re.compile(rf"\s?({_any(self.currencies)})(?!\w)")
        self.ordinals = re.compile(r"(?<![\w.,])(\d{1,3})(?:st|nd|rd|th|er|ère|ème|e|º|ª)(?!\w)")
        self.ahead = re.compile(rf"\b(?:{_any(words.ahead.split('|'))})\s$")
        in_front = words.ago != "ago"
        self.ago_before = re.compile(rf"\b(?:{words.ago})\s$" if in_front else r"(?!)")
        self.ago_after = re.compile(r"(?!)" if in_front else rf"\s(?:{words.ago})\b")
        self._day = _day_pattern(words, self.months)
        self._weekday = _weekday_pattern(words, self.weekdays)
        self._named = re.compile(rf"\b({_any(words.days)})(?!\w)")
        self._clock = _clock_pattern(words)

    def days(self, text: str, now: datetime) -> Iterator[Moment]:
        """Dates, weekdays, and words such as "tomorrow"."""
        for match in self._named.finditer(text):
            day = now.date() + timedelta(days=self.words.days[match[1]])
            yield Moment(start=match.start(), end=match.end(), day=day)
        for match in self._weekday.finditer(text):
            day = self._weekday_date(match, now.date())
            yield Moment(start=match.start(), end=match.end(), day=day)
        for match in self._day.finditer(text):
            found = _date_of(match, self.months, now.date())
            if found:
                yield Moment(start=match.start(), end=match.end(), day=found)

    def _weekday_date(self, match: re.Match[str], today: date) -> date:
        """The next such day after today; "next" in front changes nothing, "last" goes back."""
        ahead = (self.weekdays[match["day"]] - today.weekday() - 1) % 7 + 1
        back = (match["which"] or match["after"]) in self.words.previous.split()
        return today + timedelta(days=ahead - (7 if ahead < 7 else 14) if back else ahead)

    def clocks(self, text: str) -> Iterator[Moment]:
        for match in self._clock.finditer(text):
            told = match.groupdict()
            if told["noon"]:
                hour, minute = self.words.noon[told["noon"]], 0
            else:
                hour, minute = int(told["hour"] or told["bare"]), int(told["minute"] or 0)
                half = (told["half"] or told["half2"] or "")[:1]
                hour = hour % 12 + (12 if half == "p" else 0) if half else hour
            if hour < 24 and minute < 60:
                grain = "minute" if told["minute"] else "hour"
                yield Moment(start=match.start(), end=match.end(), clock=(hour, minute), grain=grain)


def _numbered(words: str, *, first: int) -> dict[str, int]:
    """Each form of each word to the number of the word."""
    return {form: number for number, forms in enumerate(words.split(), first) for form in forms.split("/")}


def _any(forms: Mapping[str, Any] | Sequence[str]) -> str:
    """A pattern for any of several phrases, the longer ones first."""
    return "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))


def _day_pattern(words: QuantityWords, months: Mapping[str, int]) -> re.Pattern[str]:
    month, ordinal = _any(months), r"(?:st|nd|rd|th|er|\.|º)?"
    of = rf"(?:{words.of}\s)?" if words.of else ""
    lead = rf"(?:(?:{_any(words.before_day.split('|'))})\s)?"
    year = rf",?\s(?:{words.of}\s)?(?P<{{0}}>\d{{{{4}}}})" if words.of else r",?\s(?P<{0}>\d{{4}})"
    return re.compile(
        rf"(?<![\w.]){lead}(?:"
        rf"(?P<d1>\d{{1,2}}){ordinal}\s{of}(?P<m1>{month})\b\.?(?:{year.format('y1')})?"
        rf"|(?P<m2>{month})\b\.?\s(?P<d2>\d{{1,2}}){ordinal}(?!\d)(?:{year.format('y2')})?"
        r"|(?P<y3>\d{4})-(?P<m3>\d{2})-(?P<d3>\d{2})"
        r"|(?P<d4>\d{1,2})[./](?P<m4>\d{1,2})[./](?P<y4>\d{4})"
        r")(?!\w)"
    )


def _weekday_pattern(words: QuantityWords, weekdays: Mapping[str, int]) -> re.Pattern[str]:
    which = _any([*words.following.split(), *words.previous.split(), *words.this.split()])
    lead = rf"(?:(?:{_any(words.before_day.split('|'))})\s)?"
    return re.compile(
        rf"\b{lead}(?:(?P<which>{which})\s)?(?P<day>{_any(weekdays)})\b(?:\s(?P<after>{which})\b)?"
    )


def _clock_pattern(words: QuantityWords) -> re.Pattern[str]:
    lead = rf"(?:\b(?:{_any(words.before_clock.split('|'))})\s)?"
    oclock = _any(words.oclock.split())
    return re.compile(
        rf"\b(?:{_any(words.before_clock.split('|'))})\s(?P<bare>\d{{1,2}})(?![\w:.,]|\s?(?:{oclock}|[ap]\.?m)\b)"
        rf"|{lead}(?:(?<![\w:.,$€£])(?P<hour>\d{{1,2}})"
        rf"(?:(?:[:h.](?P<minute>\d{{2}})(?!\d)(?:\s?(?P<half>[ap]\.?m\b\.?)|\s?(?:{oclock})\b)?)"
        rf"|\s?(?P<half2>[ap]\.?m\b\.?)|\s?(?:{oclock})\b)"
        rf"|\b(?P<noon>{_any(words.noon)})\b)"
    )


def _date_of(match: re.Match[str], months: Mapping[str, int], today: date) -> date | None:
    """The date a match names; without a year the next one; None for the 31st of June."""
    told = match.groupdict()
    kind = next(number for number in "1234" if told[f"d{number}"])
    month_text, year_text = told[f"m{kind}"], told[f"y{kind}"]
    month = months.get(month_text) or int(month_text)
    year = int(year_text) if year_text else today.year
    try:
        found = date(year, month, int(told[f"d{kind}"]))
        return found if year_text or found >= today else found.replace(year=year + 1)
    except ValueError:
        return None
