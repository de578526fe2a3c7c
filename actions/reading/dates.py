"""Days as people write them: "3 June", "June 3rd", "tomorrow", "next Friday", "in two weeks", 3/6."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from actions.reading.numbers import NUMBER_WORDS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? +(?P<year>\d{4}))?"
_WEEKDAY = r"(?P<weekday>mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day|nesday|urday|sday)?"
_COUNT = r"(?P<count>\d+|" + "|".join(NUMBER_WORDS) + r"|a)"


def read_date(text: str, today: date) -> date | None:
    """The day meant by `text`, or None. A day without a year is the next such day, today included.

    "Friday" and "this Friday" are the first Friday after today; "next Friday" is the one of the following
    week, which begins on Monday. 3/6 is the third of June. A full date may lie in the past; whether that does
    is for the caller to say.
    """
    words = re.sub(r"\s+", " ", text.strip().lower())
    for pattern, reader in _READERS:
        match = re.search(pattern, words)
        if match:
            return reader(match, today)
    return None


def _iso(match: re.Match[str], _today: date) -> date | None:
    return _valid(int(match["year"]), int(match["month"]), int(match["day"]))


def _numeric(match: re.Match[str], today: date) -> date | None:
    day, month = int(match["day"]), int(match["month"])
    if month > 12 >= day:  # 06/25 can only be written month first
        day, month = month, day
    if match["year"]:
        year = int(match["year"])
        return _valid(year + 2000 if year < 100 else year, month, day)
    return _next(month, day, today)


def _named_month(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS.index(match["month"]) + 1
    if match["year"]:
        return _valid(int(match["year"]), month, int(match["day"]))
    return _next(month, int(match["day"]), today)


def _weekday(match: re.Match[str], today: date) -> date:
    wanted = _WEEKDAYS.index(match["weekday"][:3])
    if match["which"] == "next":
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _ahead(match: re.Match[str], today: date) -> date | None:
    count = _count(match["count"])
    days = count * (7 if match["unit"].startswith("week") else 1)
    return today + timedelta(days=days) if days <= 3650 else None


def _weekend(match: re.Match[str], today: date) -> date:
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    return saturday + timedelta(days=7) if match["which"] == "next" else saturday


def _day_of_month(match: re.Match[str], today: date) -> date | None:
    """The next "5th": of this month if it is still to come, else of the first later month that has it."""
    day = int(match["day"])
    year, month = today.year, today.month
    for _ in range(13):
        found = _valid(year, month, day)
        if found and found >= today:
            return found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


def _fixed(days: int) -> Callable[[re.Match[str], date], date | None]:
    return lambda _match, today: today + timedelta(days=days)


def _count(word: str) -> int:
    return 1 if word == "a" else int(word) if word.isdigit() else NUMBER_WORDS[word]


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(month: int, day: int, today: date) -> date | None:
    """The first such day from today on; 29 February may be years away."""
    years = range(today.year, today.year + 9)
    return next((d for d in (_valid(y, month, day) for y in years) if d and d >= today), None)


# Tried in this order: what says most comes first.
_READERS: tuple[tuple[str, Callable[[re.Match[str], date], date | None]], ...] = (
    (r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b", _iso),
    (r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})(?:[/.](?P<year>\d{4}|\d{2}))?\b", _numeric),
    (rf"\b{_DAY} +(?:of +)?{_MONTH}{_YEAR}(?!\w)", _named_month),
    (rf"\b{_MONTH} +(?:the +)?{_DAY}\b{_YEAR}", _named_month),
    (r"\bday after tomorrow\b", _fixed(2)),
    (r"\b(?:tomorrow|tomorow|tmrw|tmr)\b", _fixed(1)),
    (r"\b(?:today|tonight)\b", _fixed(0)),
    (r"\byesterday\b", _fixed(-1)),
    (rf"\bin {_COUNT} (?P<unit>days?|weeks?)\b", _ahead),
    (rf"\b{_COUNT} (?P<unit>days?|weeks?) (?:from now|from today|ahead)\b", _ahead),
    (r"\b(?P<which>this|next)? ?weekend\b", _weekend),
    (rf"\b(?:(?P<which>next|this|coming) )?{_WEEKDAY}\b", _weekday),
    (r"\bthe (?P<day>\d{1,2})(?:st|nd|rd|th)\b", _day_of_month),
    (r"^(?:on )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b", _day_of_month),
    (r"\bnext week\b", _fixed(7)),
)
