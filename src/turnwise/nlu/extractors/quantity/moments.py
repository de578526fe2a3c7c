"""What is said of a time, and the time that is meant by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

_FINER = {
    "second": "second", "minute": "second", "hour": "minute", "day": "hour",
    "week": "day", "month": "day", "year": "month",
}  # fmt: skip
"""How exactly "in two hours" is meant: to the minute."""

_GRAINS = ("second", "minute", "hour", "day", "month", "year")
_FIELDS = (("microsecond", 0), ("second", 0), ("minute", 0), ("hour", 0), ("day", 1), ("month", 1))
"""What is set back at the beginning of each grain, besides what is at that of the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a text says of a time; not all fields are set."""

    start: int
    end: int
    day: date | None = None
    weekday: bool = False
    """Whether `day` is told by the day of the week, which may stand beside a date."""
    clock: tuple[int, int] | None = None
    """Hour and minute."""
    twelve: bool = False
    """Whether the hour may be one of the afternoon."""
    part: tuple[int, int] | None = None
    """A part of the day: its first hour, and the one after its last."""
    begin: datetime | None = None
    """Where it is told otherwise, as in "next week"."""
    until: datetime | None = None
    """When it ends, if it lasts longer than its grain."""
    grain: str = "day"

    def joined(self, other: Moment) -> Moment | None:
        """Both together, if they complete each other; the places are those from the first to the last."""
        if self.begin or other.begin:
            return self._at_begin_of(other) if self.begin else other._at_begin_of(self)
        day, clock, part = self.day or other.day, self.clock or other.clock, self.part or other.part
        weekday = self.weekday and other.weekday
        if self.day and other.day:
            if self.weekday == other.weekday:
                return None
            day = other.day if self.weekday else self.day
        if (self.clock and other.clock) or (self.part and other.part):
            return None
        return Moment(
            start=min(self.start, other.start),
            end=max(self.end, other.end),
            day=day,
            weekday=weekday,
            clock=clock,
            twelve=self.twelve or other.twelve,
            part=part,
            grain=(self if self.clock else other).grain if clock else "day",
        )

    def _at_begin_of(self, other: Moment) -> Moment | None:
        """A weekday in this week, or a time on this day: "monday next week", "in 3 days at 5 pm"."""
        if self.begin is None or self.until is not None or other.begin is not None:
            return None
        day = self.begin.date()
        start, end = min(self.start, other.start), max(self.end, other.end)
        if self.grain == "week" and other.weekday and other.day:
            return replace(
                other, start=start, end=end, day=day + timedelta(days=other.day.weekday()), weekday=False
            )
        if self.grain in ("hour", "day") and other.day is None:
            return replace(other, start=start, end=end, day=day)
        return None

    def resolved(self, now: datetime) -> Moment:
        """The same, with `begin` (and `until` where it lasts); what is open means the next such time."""
        if self.begin is not None:
            return self
        if self.clock is not None:
            return replace(self, begin=self._clock_time(now))
        day = self.day or now.date()
        if self.part is not None:
            first, last = (_at(day, hour, now) for hour in self.part)
            return replace(self, begin=first, until=last, grain="hour")
        return replace(self, begin=_at(day, 0, now))

    def _clock_time(self, now: datetime) -> datetime:
        assert self.clock is not None
        hour, minute = self.clock
        if self.part is not None:
            hour = hour + 12 if hour < 12 and self.part[0] >= 12 else hour
            hours = [hour]
        else:
            hours = [hour, hour + 12] if self.twelve and hour <= 12 else [hour]
        if self.day is not None:
            return _at(self.day, hours[0], now, minute)
        both_days = (_at(now.date(), own + more, now, minute) for own in hours for more in (0, 24))
        return min(when for when in both_days if when >= floor(now, "minute"))


def _at(day: date, hour: int, now: datetime, minute: int = 0) -> datetime:
    """That hour of a day in the zone of `now`; hours from 24 on are of the next day."""
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), now.tzinfo)


def after(when: datetime, grain: str, count: int = 1) -> datetime:
    """So many grains later, by the calendar; negative for earlier."""
    if grain in ("month", "year"):
        months = when.year * 12 + when.month - 1 + count * (12 if grain == "year" else 1)
        first = when.replace(year=months // 12, month=months % 12 + 1, day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(when.day, last.day))
    step = timedelta(**{f"{grain}s": count})
    if grain in ("day", "week"):
        return when + step
    return (when.astimezone(UTC) + step).astimezone(when.tzinfo)  # clocks may be changed in between


def floor(when: datetime, grain: str) -> datetime:
    """The beginning of the second, minute, hour, day, week, month or year."""
    if grain == "week":
        return floor(when, "day") - timedelta(days=when.weekday())
    low: dict[str, Any] = dict(_FIELDS[: _GRAINS.index(grain) + 1])
    return when.replace(**low)


def in_time(now: datetime, count: int, unit: str) -> tuple[datetime, str]:
    """So long from `now`, and how exactly that is meant."""
    grain = _FINER[unit]
    return floor(after(now, unit, count), grain), grain


def as_value(moment: Moment) -> dict[str, Any]:
    """A resolved moment as Duckling writes it."""
    assert moment.begin is not None
    begin = _point(moment.begin, moment.grain)
    if moment.until is None:
        told = {**begin, "type": "value"}
    else:
        told = {"type": "interval", "from": begin, "to": _point(moment.until, moment.grain)}
    return {**told, "values": [told]}


def open_value(moment: Moment, end: str) -> dict[str, Any]:
    """All time from a resolved moment on ("from"), or up to it ("to")."""
    assert moment.begin is not None
    told = {"type": "interval", end: _point(moment.begin, moment.grain)}
    return {**told, "values": [told]}


def _point(when: datetime, grain: str) -> dict[str, Any]:
    return {"value": when.isoformat(timespec="milliseconds"), "grain": grain}
