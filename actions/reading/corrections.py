"""What a short remark changes about a trip: "no, to Porto", "make it three people", "on 4 June"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from actions.reading.dates import read_date
from actions.reading.numbers import read_travellers
from actions.reading.places import read_place

_ENDS = {"to_city": r"\b(?:to|into)\b", "from_city": r"\b(?:from|out of|leaving)\b"}
_COUNTED = re.compile(
    r"\b(?:people|persons?|adults?|passengers?|travell?ers?|of us|seats|tickets"
    r"|(?:just|only) me|me and|and (?:i|me))\b",
    re.IGNORECASE,
)
_WE_ARE = re.compile(r"\bwe(?:'re| are) (?:only |just )?(\w+)\b", re.IGNORECASE)
_BEHIND_CITY = re.compile(r"\b(?:to|from|on|not|instead|for|with|please)\b", re.IGNORECASE)


def read_corrections(text: str, cities: Mapping[str, str], today: date) -> dict[str, str | int]:
    """The details of a trip that `text` names unmistakably, by slot.

    A city counts only behind "to" or "from", a number only with people, so that the answer to another
    question is not taken for a correction.
    """
    found: dict[str, str | int] = {}
    for slot, word in _ENDS.items():
        city = _city_behind(word, text, cities)
        if city:
            found[slot] = city
    day = read_date(text, today)
    if day:
        found["travel_date"] = day.isoformat()
    we_are = _WE_ARE.search(text)
    counted = we_are[1] if we_are else text if _COUNTED.search(text) else ""
    travellers = read_travellers(counted)
    if travellers:
        found["travellers"] = travellers
    return found


def names_only_other_end(slot: str, text: str) -> bool:
    """Whether a message cannot be meant for `slot`: "to Porto" says nothing of where one leaves from."""
    other = "from_city" if slot == "to_city" else "to_city"
    words = text.lower()
    return bool(re.search(_ENDS[other], words)) and not re.search(_ENDS[slot], words)


def _city_behind(word: str, text: str, cities: Mapping[str, str]) -> str | None:
    for match in re.finditer(word + r" +(?=(?P<rest>[^,;.!?]+))", text, re.IGNORECASE):
        reading = read_place(_BEHIND_CITY.split(match["rest"], maxsplit=1)[0], cities)
        if reading.place and not reading.assumed:
            return reading.place
    return None
