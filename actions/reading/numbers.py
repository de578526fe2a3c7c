"""Counts of travellers, weights and amounts of money as people write them."""

from __future__ import annotations

import re

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            *(
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ),
            *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        ),
        start=1,
    )
} | {"thirty": 30, "forty": 40, "fifty": 50}

_PERSON = re.compile(
    r"(?:people|persons?|adults?|child(?:ren)?|kids?|bab(?:y|ies)|toddlers?|infants?|passengers?|travell?ers?|"
    r"friends?|wife|husband|partner|girlfriend|boyfriend|son|sons|daughters?|mum|mom|mother|dad|father|"
    r"brothers?|sisters?|colleagues?|guests?|seats?|tickets?|pax)"
)
_ALONE = re.compile(r"\b(?:just|only) (?:me|myself|i)\b|\bmyself\b|\balone\b|\bsolo\b|^(?:me|1)$")
_GRAMS = {"kg": 1000.0, "kilo": 1000.0, "g": 1.0, "gram": 1.0, "lb": 453.6, "pound": 453.6, "oz": 28.35}
_WEIGHT = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?|half(?: an?)?|an?|" + "|".join(NUMBER_WORDS) + r")"
    r"(?: and (?P<half>a half))?[ -]*"
    r"(?P<unit>kilograms?|kilos?|kgs?|grams?|g|pounds?|lbs?|ounces?|oz)\b"
)
_MONEY = re.compile(r"(?P<whole>\d{1,3}(?:[, ]\d{3})+|\d+)(?:[.,](?P<cents>\d{2}))?(?!\d)")


def read_travellers(text: str) -> int | None:
    """How many people travel: "two people", "me and my wife", "2 adults and a child", "4"; or None."""
    words = text.strip().lower()
    if _ALONE.search(words):
        return 1
    tokens = re.findall(r"-?\d+|[a-z]+", words)
    if any(token.startswith("-") for token in tokens):
        return 0  # an impossible number, and the caller's range says so
    people, pending = 0, None
    for position, token in enumerate(tokens):
        number = int(token) if token.isdigit() else NUMBER_WORDS.get(token, 0 if token == "zero" else None)
        if number is not None:
            pending = number
        elif _PERSON.fullmatch(token):
            people, pending = people + (1 if pending is None else pending), None
        elif _is_speaker(tokens, position):
            people += 1
        elif token == "couple" and pending is None:
            pending = 2
    if people:
        return people
    return pending


def _is_speaker(tokens: list[str], position: int) -> bool:
    """Whether "me" or "I" counts as a traveller: only beside "and"; "I want ..." says nothing."""
    if tokens[position] not in {"me", "i"}:
        return False
    neighbours = tokens[max(position - 1, 0) : position] + tokens[position + 1 : position + 2]
    return "and" in neighbours


def read_weight(text: str) -> int | None:
    """Grams in "3kg", "three kilos", "6.6 lbs", "half a kilo", "500 g"; a bare number is kilograms."""
    words = text.strip().lower()
    match = _WEIGHT.search(words)
    if match:
        number = _quantity(match["number"]) + (0.5 if match["half"] else 0.0)
        return round(number * _grams(match["unit"]))
    bare = re.fullmatch(r"(?:about|around|roughly)? ?(\d+(?:[.,]\d+)?|[a-z]+)", words)
    if bare and (bare[1][0].isdigit() or bare[1] in NUMBER_WORDS):
        return round(_quantity(bare[1]) * 1000)
    return None


def _quantity(word: str) -> float:
    if word.startswith("half"):
        return 0.5
    if word in {"a", "an"}:
        return 1.0
    return float(NUMBER_WORDS[word]) if word in NUMBER_WORDS else float(word.replace(",", "."))


def _grams(unit: str) -> float:
    if unit.startswith("ounce"):
        return _GRAMS["oz"]
    if unit.startswith("kilo"):
        return _GRAMS["kilo"]
    return _GRAMS[unit] if unit in _GRAMS else _GRAMS[unit.removesuffix("s")]


def read_money(text: str) -> int | None:
    """Cents in "$89.99", "89,99", "1,200.50", "45 dollars"; or None. The currency is not looked at."""
    match = _MONEY.search(text)
    if match is None:
        return None
    whole = int(re.sub(r"[, ]", "", match["whole"]))
    return whole * 100 + int(match["cents"] or 0)
