"""Times and spans of time: days and times of day that belong together, and what lies between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from turnwise.nlu.extractors.quantity.clocks import ClockRules
from turnwise.nlu.extractors.quantity.days import DayRules
from turnwise.nlu.extractors.quantity.durations import Duration
from turnwise.nlu.extractors.quantity.moments import Moment, after, as_value, open_value
from turnwise.nlu.extractors.quantity.words import PAD, QuantityWords, any_of, just_before

_TOGETHER = 4
"""Most parts of one moment, as in "Monday, 3 May, in the morning at seven"."""

Told = tuple[int, int, Mapping[str, Any]]
"""Start, end and value of a time."""


class TimeRules:
    """Times in one language."""

    def __init__(self, words: QuantityWords, *, month_first: bool) -> None:
        self._days = DayRules(words, month_first=month_first)
        self._clocks = ClockRules(words)
        joint = rf"(?P<joint>{any_of(words.conjunction)}|{any_of(words.to)}|[-–])"
        self._joint = re.compile(rf"\s?{joint}\s?$")
        self._to = re.compile(rf"{any_of(words.to)}\s")
        self._only_to = re.compile(rf"(?:{any_of(words.to)}|[-–])")
        self._lead = re.compile(rf"\b{any_of(words.span)}\s$")
        hour = rf"(?<![\w:.,/$€£-])(?P<hour>\d{{1,2}}){PAD}*(?:[:.](?P<minute>\d\d)|\.)?"
        self._bare = re.compile(rf"{hour}\s?{joint}\s?$")
        # The T is that of 2027-05-03T10:30.
        self._gap = re.compile(rf"(?P<near>t(?=\d)|[\s,{PAD}]*)(?:{any_of(words.of)}\s)?")
        self._open = (
            ("to", re.compile(rf"\b{any_of(words.until)}\s$")),
            ("from", re.compile(rf"\b{any_of(words.since)}\s$")),
        )

    def found(self, text: str, durations: Sequence[Duration], now: datetime) -> Iterator[Told]:
        """All times, also those inside longer ones."""
        moments = self._moments(text, durations, now)
        yield from ((own.start, own.end, as_value(own)) for own in moments)
        ends: dict[int, list[Moment]] = {}
        for moment in moments:
            ends.setdefault(moment.end, []).append(moment)
        for moment in moments:
            for end, pattern in self._open:
                if before := just_before(pattern, text, moment.start):
                    yield before.start(), moment.end, open_value(moment, end)
            yield from self._spans(text, moment, ends)

    def _moments(self, text: str, durations: Sequence[Duration], now: datetime) -> list[Moment]:
        """Days and times of day, and those that stand together as one."""
        told = [*self._days.found(text, durations, now), *self._clocks.found(text, now.date())]
        starts: dict[int, list[Moment]] = {}
        grown = list(dict.fromkeys([*told, *self._clocks.parts(text)]))
        for moment in grown:
            starts.setdefault(moment.start, []).append(moment)
        for _ in range(_TOGETHER - 1):
            grown = [longer for moment in grown for longer in self._with_next(text, moment, starts)]
            told += grown
        return [moment.resolved(now) for moment in dict.fromkeys(told)]

    def _with_next(
        self, text: str, moment: Moment, starts: Mapping[int, Sequence[Moment]]
    ) -> Iterator[Moment]:
        """`moment` together with what stands next to it and completes it."""
        gap = self._gap.match(text, moment.end)
        places = dict.fromkeys((gap.end("near"), gap.end()) if gap else ())
        for place in places:
            found = (moment.joined(other) for other in starts.get(place, ()))
            yield from (joined for joined in found if joined)

    def _spans(self, text: str, last: Moment, ends: Mapping[int, Sequence[Moment]]) -> Iterator[Told]:
        """Such as "from monday to friday", "between 3 and 5 pm"; the first hour may be a bare number."""
        inner = self._to.match(text, last.start)  # the "à" of "de 9h à 17h" belongs to both
        at = inner.end() if inner else last.start
        joint = just_before(self._joint, text, at)
        if joint is None:
            return
        for first in [*ends.get(joint.start(), ()), *self._bare_ends(text, last, at)]:
            lead = just_before(self._lead, text, first.start)
            if lead or (not inner and self._only_to.fullmatch(joint["joint"])):
                begin, until = _ordered(first, last)
                span = replace(last, begin=begin, until=after(until, last.grain), grain=_finest(first, last))
                start = lead.start() if lead else first.start
                yield start, last.end, as_value(span)
                yield from self._with_day(text, start, span, ends)

    def _with_day(
        self, text: str, start: int, span: Moment, ends: Mapping[int, Sequence[Moment]]
    ) -> Iterator[Told]:
        """The same span of hours with the day before it, as in "tomorrow between 3 and 5 pm"."""
        assert span.begin is not None
        assert span.until is not None
        for named in ends.get(len(text[:start].rstrip()), ()) if span.clock and not span.day else ():
            if named.day and not named.clock and not named.part and named.begin:
                step = timedelta(days=(named.begin.date() - span.begin.date()).days)
                moved = replace(span, begin=span.begin + step, until=span.until + step)
                yield named.start, span.end, as_value(moved)

    def _bare_ends(self, text: str, last: Moment, at: int) -> Iterator[Moment]:
        """A number before a day or a time of day, as in "3 to 5 May", "3 to 5 pm"."""
        bare = just_before(self._bare, text, at)
        if bare is None or last.begin is None:
            return
        end = bare.end("minute") if bare["minute"] else bare.end("hour")
        while text[end] in PAD + ".":
            end += 1
        number = int(bare["hour"])
        if last.clock:
            yield from self._bare_hour(bare, last, end)
        elif last.day and not last.weekday and 0 < number < last.day.day:
            begin = last.begin.replace(day=number)
            yield Moment(start=bare.start(), end=end, begin=begin, day=begin.date())

    def _bare_hour(self, bare: re.Match[str], last: Moment, end: int) -> Iterator[Moment]:
        """An hour of the same half of the day as that of `last`."""
        hour, minute = int(bare["hour"]), int(bare["minute"] or 0)
        if last.begin is None or hour > 23:
            return
        last_hour = last.begin.hour
        if hour + 12 <= last_hour and not last.twelve and self._clocks.words.twelve_hours:
            hour += 12
        begin = last.begin.replace(hour=hour, minute=minute)
        yield Moment(start=bare.start(), end=end, begin=begin, grain="minute" if bare["minute"] else "hour")


def _ordered(first: Moment, last: Moment) -> tuple[datetime, datetime]:
    """Both beginnings on the same day where only one of them names it, the last not before the first."""
    assert first.begin is not None
    assert last.begin is not None
    begin, end = first.begin, last.begin
    if last.clock and first.clock and (first.day is None) != (last.day is None):
        named, other = (begin, end) if first.day else (end, begin)
        moved = other.replace(year=named.year, month=named.month, day=named.day)
        begin, end = (named, moved) if first.day else (moved, named)
    while end < begin:
        if last.clock is None:
            end = after(end, "week" if last.weekday else "year")
        elif begin.date() > end.date() and first.day is None and first.clock:
            begin = after(begin, "day", -1)
        else:
            end = after(end, "day")
    return begin, end


def _finest(first: Moment, last: Moment) -> str:
    return "minute" if "minute" in (first.grain, last.grain) else last.grain
