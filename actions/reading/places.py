"""Names of cities and countries in what people write, with typing errors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

_SURE = 0.8  # similarity from which a single nearest name is taken as meant; "Berlln" has 0.83 of "Berlin"
_NEAR = 0.7  # similarity from which a name is worth suggesting


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReading:
    """What a text says about a place."""

    place: str | None
    """The name as we write it; None when no known place is meant."""
    assumed: bool = False
    """Whether `place` was not written so, but is the one name near to what was written."""
    suggestions: tuple[str, ...] = ()
    """The nearest names, best first, when `place` is None."""


def read_place(text: str, names: Mapping[str, str]) -> PlaceReading:
    """The place meant by `text`.

    Args:
        text: A name, or a short answer with a name in it, such as "to Porto, please".
        names: Every way to say a place, in lower case, to the name we write.
    """
    folded_names = {fold(name): place for name, place in names.items()}
    folded = fold(text)
    found = folded_names.get(folded) or _contained(folded, folded_names)
    if found:
        return PlaceReading(place=found)
    nearest = _nearest(_without_little_words(folded), folded_names)
    if nearest and nearest[0][0] >= _SURE and (len(nearest) == 1 or nearest[1][0] < nearest[0][0] - 0.05):
        return PlaceReading(place=nearest[0][1], assumed=True)
    return PlaceReading(place=None, suggestions=tuple(place for _, place in nearest))


def fold(text: str) -> str:
    """Lower case, without accents and with single spaces: "São  Paulo" becomes "sao paulo"."""
    plain = unicodedata.normalize("NFKD", text.strip().lower())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", letters).strip(" .,!?")


def _contained(text: str, names: Mapping[str, str]) -> str | None:
    """The longest known name that stands in `text` as whole words; "us" is too common for that."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            return names[name]
    words = _without_little_words(text)
    return names.get(words)


def _without_little_words(text: str) -> str:
    little = {
        "to",
        "from",
        "in",
        "at",
        "it",
        "is",
        "its",
        "it's",
        "the",
        "please",
        "no",
        "not",
        "actually",
        "sorry",
    }
    return " ".join(word for word in re.findall(r"[\w'.-]+", text) if word not in little)


def _nearest(text: str, names: Mapping[str, str], most: int = 3) -> list[tuple[float, str]]:
    best: dict[str, float] = {}
    for name, place in names.items():
        score = SequenceMatcher(None, text, name).ratio()
        if score >= _NEAR and score > best.get(place, 0.0):
            best[place] = score
    ranked = sorted(((score, place) for place, score in best.items()), key=lambda item: (-item[0], item[1]))
    return ranked[:most]
