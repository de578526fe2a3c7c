"""Times of day, and parts of a day, in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from turnwise.nlu.extractors.quantity.moments import Moment
from turnwise.nlu.extractors.quantity.words import GAP, PAD, QuantityWords, any_of


class ClockRules:
    """Times of day in one language."""

    def __init__(self, words: QuantityWords) -> None:
        self.words = words
        oclock, lead = any_of(words.oclock.split("|")), rf"\b{any_of(words.before_clock)}\s?"
        hour, late = rf"(?P<hour>\d{{1,2}}){PAD}*", rf"(?:{GAP}(?P<half>{any_of(words.halves)})(?!\w))"
        free = r"(?:(?<![\w:.,/$€£+])|(?<=\dt))"
        more = rf"(?:\s(?P<and_past>{any_of(words.and_past)})(?!\w))?"
        ending = rf"(?:{late}|{GAP}{oclock}\b)?"
        minute, side = any_of(words.units["minute"].split()), rf"(?P<side>{any_of(words.minutes_past)})"
        patterns = [
            # 10:30, 10.30 am, 17h30, 17 Uhr 30
            rf"(?:{lead})?{free}{hour}(?::|h)(?P<minute>\d\d)(?::\d\d)?(?![\d:]){late}?(?:\s?{oclock}\b)?",
            rf"(?:{lead})?{free}{hour}\.(?P<minute>\d\d)(?!\d)(?:{late}|\s?{oclock}\b)",
            rf"(?:{lead})?{free}{hour}{GAP}{oclock}\s?(?P<minute>[0-5]\d){PAD}*(?![\w:.,%€$£])",
            # 5 pm, five o'clock, sept heures et demie
            rf"(?:{lead})?{free}{hour}(?:(?:{GAP}{oclock}\b)?{late}|{GAP}{oclock}\b){more}",
            # half past six, viertel nach drei, halb sieben Uhr
            rf"(?:{lead})?\b(?P<past>{any_of(words.past)})\s{hour}{ending}(?!\w)",
            rf"(?:{lead})?{free}(?P<minutes>\d{{1,2}}){PAD}*\s(?:{minute}\s)?{side}\s{hour}{ending}(?!\w)",
            # at five, a las seis y media
            rf"{lead}{hour}(?![\w:.,%€$£]){more}",
            rf"(?:{lead})?\b(?P<noon>{any_of(words.noon)})\b{more}",
        ]
        self._clocks = [re.compile(pattern) for pattern in patterns]
        self._part = re.compile(rf"(?:\b|(?<=tag))({any_of(words.parts)})(?!\w)")
        self._lone_part = re.compile(rf"\b({any_of(words.lone_parts)})(?!\w)")

    def found(self, text: str, today: date) -> Iterator[Moment]:
        """Times of day, the same one perhaps more than once, and in different lengths."""
        for pattern in self._clocks:
            for match in pattern.finditer(text):
                if found := self._clock(match):
                    yield found
        for match in self._lone_part.finditer(text):
            own = None if match[1] in self.words.parts else today
            yield Moment(start=match.start(), end=match.end(), day=own, part=self.words.lone_parts[match[1]])

    def parts(self, text: str) -> Iterator[Moment]:
        """Parts of a day that are a time only beside another one, as in "monday morning"."""
        for match in self._part.finditer(text):
            yield Moment(start=match.start(), end=match.end(), part=self.words.parts[match[1]])

    def _clock(self, match: re.Match[str]) -> Moment | None:
        told = match.groupdict()
        hour = self.words.noon[told["noon"]] if told.get("noon") else int(told["hour"])
        minutes = int(told.get("minute") or 0) + self._shift(told)
        half = (told.get("half") or "")[:1]
        if hour > 24 or (half and not 1 <= hour <= 12) or int(told.get("minute") or 0) > 59:
            return None
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        total = (hour * 60 + minutes) % (24 * 60)
        spoken = bool(self._shift(told))
        return Moment(
            start=match.start(),
            end=match.end(),
            clock=divmod(total, 60),
            twelve=(self.words.twelve_hours or spoken) and not (half or told.get("noon")) and 1 <= hour <= 12,
            grain="minute" if told.get("minute") or spoken else "hour",
        )

    def _shift(self, told: dict[str, str | None]) -> int:
        """How many minutes later than the hour it is."""
        if told.get("past"):
            return self.words.past[str(told["past"])]
        if told.get("and_past"):
            return self.words.and_past[str(told["and_past"])]
        return int(told.get("minutes") or 0) * self.words.minutes_past.get(told.get("side") or "", 0)
