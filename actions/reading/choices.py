"""Which of the offered flights a person means: "the second one", "the cheapest", "11:55", "TP531"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

_ORDINALS = {
    "first": 1, "1st": 1, "one": 1, "second": 2, "2nd": 2, "two": 2, "third": 3, "3rd": 3, "three": 3,
    "fourth": 4, "4th": 4, "four": 4, "fifth": 5, "5th": 5, "five": 5,
}  # fmt: skip
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


def read_choice(text: str, offers: Sequence[Choosable]) -> int | None:
    """Index into `offers` of the flight meant by `text`; None when it is not clear which one."""
    if not offers:
        return None
    words = text.strip().lower()
    for reader in (_by_flight_number, _by_time, _by_superlative, _by_part_of_day, _by_position):
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
    # "the second one": the ordinal counts, not the "one" behind it.
    words = re.sub(r"\b(?:the|that|this|which|\w+(?:st|nd|rd|th|first|second|third)) one\b",
                   lambda match: match[0].removesuffix(" one"), words)  # fmt: skip
    positions = [_ORDINALS[w] if w in _ORDINALS else int(w) for w in re.findall(r"\w+", words)
                 if w in _ORDINALS or re.fullmatch(r"\d", w)]  # fmt: skip
    if len(set(positions)) == 1 and 1 <= positions[0] <= len(offers):
        return positions[0] - 1
    return None
