"""Dates, days, weeks, months and years in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from turnwise.nlu.extractors.quantity.durations import SECONDS, Duration
from turnwise.nlu.extractors.quantity.moments import Moment, after, floor, in_time
from turnwise.nlu.extractors.quantity.words import PAD, QuantityWords, any_of, just_before, numbered

_LONG = ("week", "month", "year")
"""Units of which "next" and "last" are said as of a time."""


_FARTHEST = 900 * SECONDS["year"]
"""Seconds from now to what is still a time; calendars end."""


class DayRules:
    """Days, and what is longer, in one language."""

    def __init__(self, words: QuantityWords, *, month_first: bool) -> None:
        self.words = words
        self.month_first = month_first
        self.months = numbered(words.months, first=1)
        self.weekdays = numbered(words.weekdays, first=0)
        self.units = {form: unit for unit in _LONG for form in words.units[unit].split()}
        self.units |= dict.fromkeys(words.weekend.split("|"), "weekend")
        self._previous = re.compile(any_of(words.previous))
        self._following = re.compile(any_of(words.following))
        self._named = re.compile(rf"\b({any_of(words.days)})(?!\w)")
        self._no_day = re.compile(rf"\b{any_of(words.no_day_after)}\s$")
        self._now = re.compile(rf"\b{any_of(words.now)}(?!\w)")
        self._date = _date_pattern(words, self.months)
        which = any_of("|".join((words.following, words.previous, words.this)))
        lead = rf"(?:\b{any_of(words.before_day)}\s)?"
        # "Montagmorgen" is one word.
        end = rf"(?:(?!\w)|(?={any_of(words.parts)}))"
        # The "next" of "friday next week" is the week's.
        behind = rf"(?:\s(?P<after>{which})(?!\w)(?!\s{any_of(self.units)}))?"
        self._weekday = re.compile(
            rf"\b{lead}(?:(?P<which>{which})\s)?(?P<day>{any_of(self.weekdays)}){end}{behind}"
        )
        self._unit = re.compile(
            rf"\b{lead}(?:(?P<which>{which})\s(?P<unit>{any_of(self.units)})"
            rf"|(?P<unit2>{any_of(self.units)})\s(?P<after>{any_of(words.following)}|{any_of(words.previous)}))(?!\w)"
        )
        self._weekend = re.compile(rf"\b(?:am|el|le|ce|the|on the|this)\s{any_of(words.weekend)}(?!\w)")
        self._month = re.compile(
            rf"\b(?:{any_of(words.before_month)}\s(?P<month>{any_of(self.months)})"
            rf"|(?P<month2>{any_of(self.months)})(?=\s(?:{any_of(words.of)}\s)?\d{{4}}))"
            rf"(?:\s(?:{any_of(words.of)}\s)?(?P<year>(?:19|20)\d\d))?(?![\w.])"
        )
        self._year = re.compile(
            rf"\b{any_of(words.before_month)}(?:\sjahr)?\s(?P<year>(?:19|20)\d\d)(?![.,:]\d|\w)"
        )
        self._ahead = re.compile(rf"\b{any_of(words.ahead)}\s$")
        self._ago_before = re.compile(r"(?!)" if words.ago_follows else rf"\b{any_of(words.ago)}\s$")
        self._ago_after = re.compile(rf"\s{any_of(words.ago)}\b" if words.ago_follows else r"(?!)")
        sides = f"{any_of(words.following)}|{any_of(words.previous)}"
        self._which = re.compile(rf"\b(?:{any_of(words.before_day)}\s)?(?P<which>{sides})\s$")

    def found(self, text: str, durations: Sequence[Duration], now: datetime) -> Iterator[Moment]:
        """All of them, each by itself."""
        today = now.date()
        for match in self._named.finditer(text):
            if not just_before(self._no_day, text, match.start()):
                yield _of_day(match, today + timedelta(days=self.words.days[match[1]]))
        for match in self._weekday.finditer(text):
            yield _of_day(match, self._weekday_date(match, today), weekday=True)
        for match in self._date.finditer(text):
            if day := self._date_of(match, today):
                yield _of_day(match, day)
        for match in self._now.finditer(text):
            yield Moment(start=match.start(), end=match.end(), begin=floor(now, "second"), grain="second")
        yield from self._long(text, now)
        for duration in durations:
            yield from self._relative(text, duration, now)

    def _weekday_date(self, match: re.Match[str], today: date) -> date:
        """The next such day after today; "next" in front changes nothing, "last" goes back."""
        ahead = (self.weekdays[match["day"]] - today.weekday() - 1) % 7 + 1
        back = self._previous.fullmatch(match["which"] or match["after"] or "")
        return today + timedelta(days=ahead - (7 if ahead < 7 else 14) if back else ahead)

    def _date_of(self, match: re.Match[str], today: date) -> date | None:
        """The date a match names; without a year the next one; None for the 31st of June."""
        told = match.groupdict()
        kind = next(number for number in "12345" if told[f"d{number}"])
        day, month_text, year_text = int(told[f"d{kind}"]), told[f"m{kind}"], told[f"y{kind}"]
        month = self.months.get(month_text) or int(month_text)
        if kind in "45" and self.month_first and "." not in match[0] and (kind == "5" or day <= 12):
            day, month = month, day  # 20/11/2026 is plain, 24/7 is no date
        year = int(year_text) if year_text else today.year
        try:
            found = date(year + 2000 if year < 100 else year, month, day)
            return found if year_text or found >= today else found.replace(year=year + 1)
        except ValueError:
            return None

    def _long(self, text: str, now: datetime) -> Iterator[Moment]:
        for match in self._unit.finditer(text):
            which = match["which"] or match["after"]
            steps = 1 if self._following.fullmatch(which) else -1 if self._previous.fullmatch(which) else 0
            yield _of_unit(match, self.units[match["unit"] or match["unit2"]], steps, now)
        for match in self._weekend.finditer(text):
            yield _of_unit(match, "weekend", 0, now)
        for match in self._month.finditer(text):
            month = self.months[match["month"] or match["month2"]]
            year = int(match["year"]) if match["year"] else now.year + (month < now.month)
            begin = floor(now, "year").replace(year=year, month=month)
            yield Moment(start=match.start(), end=match.end(), begin=begin, grain="month")
        for match in self._year.finditer(text):
            begin = floor(now, "year").replace(year=int(match["year"]))
            yield Moment(start=match.start(), end=match.end(), begin=begin, grain="year")

    def _relative(self, text: str, duration: Duration, now: datetime) -> Iterator[Moment]:
        """Such as "in two weeks", "two weeks ago", "the next two weeks"."""
        ahead = just_before(self._ahead, text, duration.start)
        leading = ahead or just_before(self._ago_before, text, duration.start)
        trailing = self._ago_after.match(text, duration.end)
        count, unit = int(duration.count), duration.unit
        if duration.count * SECONDS[unit] > _FARTHEST:
            return
        if leading or trailing:
            start = leading.start() if leading else duration.start
            end = trailing.end() if trailing else duration.end
            begin, grain = in_time(now, count if ahead else -count, unit)
            yield Moment(start=start, end=end, begin=begin, grain=grain)
        elif which := just_before(self._which, text, duration.start):
            first = floor(now, unit)
            if self._following.fullmatch(which["which"]):
                first, last = after(first, unit), after(first, unit, count + 1)
            else:
                first, last = after(first, unit, -count), first
            yield Moment(start=which.start(), end=duration.end, begin=first, until=last, grain=unit)


def _of_day(match: re.Match[str], day: date, *, weekday: bool = False) -> Moment:
    return Moment(start=match.start(), end=match.end(), day=day, weekday=weekday)


def _of_unit(match: re.Match[str], unit: str, steps: int, now: datetime) -> Moment:
    """This, the next or the last week, weekend, month or year."""
    if unit != "weekend":
        begin = after(floor(now, unit), unit, steps)
        return Moment(start=match.start(), end=match.end(), begin=begin, grain=unit)
    monday = after(floor(now, "week"), "week", steps + 1)
    begin = monday - timedelta(days=2, hours=6)
    return Moment(start=match.start(), end=match.end(), begin=begin, until=monday, grain="hour")


def _date_pattern(words: QuantityWords, months: Mapping[str, int]) -> re.Pattern[str]:
    month, ordinal = any_of(months), rf"(?:st|nd|rd|th|er|e|\.|º)?{PAD}*"
    of = rf"(?:{any_of(words.of)}\s)?"
    lead = rf"(?:\b(?:{any_of(words.before_day)})\s)?"
    year = rf",?\s{of}(?P<{{0}}>(?:19|20)\d\d)"
    return re.compile(
        rf"(?<![\w./]){lead}(?:"
        rf"(?P<d1>\d{{1,2}}){ordinal}\s?{of}(?P<m1>{month})\b\.?(?:{year.format('y1')})?"
        rf"|(?P<m2>{month})\b\.?\s(?:the\s)?(?P<d2>\d{{1,2}}){ordinal}(?![\d:])(?:{year.format('y2')})?"
        r"|(?P<y3>[12]\d{3})-(?P<m3>\d{1,2})-(?P<d3>\d{1,2})(?=t\d|(?!\w))"
        r"|(?P<d4>\d{1,2})(?P<sign>[./-])(?P<m4>\d{1,2})(?P=sign)(?P<y4>[12]\d{3}|\d\d(?!\d))"
        r"|(?P<d5>\d{1,2})(?:/(?=\d{1,2}(?![/\d]))|\.(?=\d{1,2}\.(?!\d)))(?P<m5>\d{1,2})\.?(?P<y5>(?!))?"
        r")(?=t\d|(?!\w))"
    )
