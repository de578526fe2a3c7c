"""Which of the offered flights a person means: "the second one", "the cheapest", "11:55", "TP531"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

_ORDINALS = dict(zip(("first", "second", "third", "fourth", "fifth"), range(1, 6), strict=True))
_ORDINALS |= dict(zip(("1st", "2nd", "3rd", "4th", "5th"), range(1, 6), strict=True))
_CARDINALS = dict(zip(("one", "two", "three", "four", "five"), range(1, 6), strict=True))
_CARDINAL = r"\d|" + "|".join(_CARDINALS)
_POLITE = r"(?:ok|okay|yes|i'll|i|take|book|choose|want|pick|go with|please|pls|thanks),? ?"
_PARTS_OF_DAY = {"morning": (0, 12), "afternoon": (12, 18), "evening": (17, 24), "night": (20, 24)}


class Choosable(Protocol):
    """What can be chosen by number, time, price or flight number."""

    @property
    def number(self) -> str: ...
    @property
    def departs(self) -> str: ...
    @property
    def minutes(self) -> int: ...
    @property
    def total_cents(self) -> int: ...


def names(text: str, offers: Sequence[Choosable]) -> int | None:
    """Index of the flight whose number or departure time `text` names; None when there is none or several."""
    words = text.strip().lower()
    found = _by_flight_number(words, offers)
    return found if found is not None else _by_time(words, offers)


def describes(text: str, offers: Sequence[Choosable]) -> int | None:
    """Index of the flight `text` describes: by its place in the list, as the cheapest, as the evening one.

    A number counts only when nothing else can be meant: alone, or behind "option". Choosing costs money.
    """
    if not offers:
        return None
    words = text.strip().lower()
    for reader in (_by_superlative, _by_part_of_day, _by_position):
        found = reader(words, offers)
        if found is not None:
            return found
    return None


def _by_flight_number(words: str, offers: Sequence[Choosable]) -> int | None:
    compact = re.sub(r"[\s-]", "", words)
    hits = [i for i, offer in enumerate(offers) if offer.number.lower() in compact]
    return hits[0] if len(hits) == 1 else None


def _by_time(words: str, offers: Sequence[Choosable]) -> int | None:
    full = re.search(r"\b(\d{1,2})[:.h](\d{2}) ?(am|pm)?\b", words)
    match = full or re.search(r"\b(\d{1,2})() ?(am|pm)\b", words)
    if match is None:
        return None
    hour, minute = int(match[1]), match[2]
    if match[3] == "pm" and hour < 12:
        hour += 12
    wanted = f"{hour:02d}:{minute}" if minute else f"{hour:02d}:"
    hits = [i for i, offer in enumerate(offers) if offer.departs.startswith(wanted)]
    return hits[0] if len(hits) == 1 else None


def _by_superlative(words: str, offers: Sequence[Choosable]) -> int | None:
    indexes = range(len(offers))
    if re.search(r"\b(?:cheap|cheapest|least expensive|lowest)\b", words):
        return min(indexes, key=lambda i: offers[i].total_cents)
    if re.search(r"\b(?:fastest|quickest|shortest)\b", words):
        return min(indexes, key=lambda i: offers[i].minutes)
    if re.search(r"\b(?:earliest|soonest)\b", words):
        return min(indexes, key=lambda i: offers[i].departs)
    if re.search(r"\blatest\b", words):
        return max(indexes, key=lambda i: offers[i].departs)
    return None


def _by_part_of_day(words: str, offers: Sequence[Choosable]) -> int | None:
    for part, (start, end) in _PARTS_OF_DAY.items():
        if part in words:
            hits = [i for i, offer in enumerate(offers) if start <= int(offer.departs[:2]) < end]
            return hits[0] if len(hits) == 1 else None
    return None


def _by_position(words: str, offers: Sequence[Choosable]) -> int | None:
    if re.search(r"\blast\b", words):
        return len(offers) - 1
    found = {_ORDINALS[word] for word in re.findall(r"\w+", words) if word in _ORDINALS}
    cardinal = re.search(
        rf"\b(?:number|option|flight|choice|no\.?) ?#?({_CARDINAL})\b", words
    ) or re.fullmatch(rf"(?:{_POLITE})*({_CARDINAL})(?: {_POLITE})*[.!]?", words)
    if cardinal:
        found.add(_CARDINALS.get(cardinal[1]) or int(cardinal[1]))
    position = found.pop() if len(found) == 1 else 0
    return position - 1 if 1 <= position <= len(offers) else None
