"""Test messages as people write them in haste: a copy of `test.yml` for each kind of carelessness.

Spans of entities follow the text. What is drawn at random is the same in every run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random

from turnwise.project.nlu_data import EntitySpan, Example
from turnwise.project.nlu_file import load_nlu
from turnwise.project.nlu_writer import nlu_yaml

Pieces = list[str]
"""What became of each character of a text, empty if it is gone; joined, they are the new text."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[^\W\d_]{4,}")
"""Words that are long enough to be mistyped and still be recognised."""
_BETWEEN_WORDS = re.compile(r"(?<=\w) (?=\w)")
_MARK = re.compile(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)")
"""Punctuation, but for that inside of numbers and times."""


def add_changed(folder: Path) -> None:
    """Writes `test-<kind>.yml` beside `test.yml`, for each of `KINDS`."""
    test = load_nlu(folder / "test.yml")
    for kind in KINDS:
        dice = Random(kind)
        changed = tuple(_changed(example, KINDS[kind](example.text, dice)) for example in test.examples)
        (folder / f"test-{kind}.yml").write_text(nlu_yaml(replace(test, examples=changed)), encoding="utf-8")


def _changed(example: Example, pieces: Pieces) -> Example:
    """The example with another text, and its entities where their characters went."""
    text = "".join(pieces)
    if not text.strip():
        return example
    places = [0, *accumulate(map(len, pieces))]
    left = len(text) - len(text.lstrip())
    spans = (_moved(span, text, places, example.text) for span in example.entities)
    kept = (
        replace(span, start=span.start - left, end=span.end - left) for span in spans if span.start < span.end
    )
    return replace(example, text=text.strip(), entities=tuple(kept))


def _moved(span: EntitySpan, text: str, places: Sequence[int], before: str) -> EntitySpan:
    """A span in the new text, without blanks at its edges.

    Args:
        places: Where in the new text each character of the old one begins, and where the last one ends.
    """
    start, end = places[span.start], places[span.end]
    words = text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    value = text[start:end] if span.value == before[span.start : span.end] else span.value
    return replace(span, start=start, end=end, value=value)


def _lower(text: str, dice: Random) -> Pieces:
    return [char.lower() for char in text]


def _upper(text: str, dice: Random) -> Pieces:
    return [char.upper() for char in text]


def _unpunctuated(text: str, dice: Random) -> Pieces:
    """Without punctuation; apostrophes vanish, other marks leave a blank where they joined two words."""
    pieces = list(text)
    for found in _MARK.finditer(text):
        start, end = found.span()
        joins = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
        pieces[start] = " " if joins and found[0] not in "'’" else ""
    return _single_blanks(pieces)


def _single_blanks(pieces: Pieces) -> Pieces:
    blank = True
    for index, piece in enumerate(pieces):
        if piece.isspace() and blank:
            pieces[index] = ""
        blank = piece.isspace() if piece else blank
    return pieces


def _typo(text: str, dice: Random, words: int = 1) -> Pieces:
    """In random words, two letters swapped, one left out, doubled, or typed with the key beside it."""
    pieces = list(text)
    long = [found.span() for found in _WORD.finditer(text)]
    for start, end in dice.sample(long, min(words, len(long))):
        while "".join(pieces[start:end]) == text[start:end]:
            slip, place = dice.choice(_SLIPS), dice.randrange(start, end - 1)
            pieces[place : place + 2] = slip(text[place], text[place + 1], dice)
    return pieces


def _key_beside(char: str, dice: Random) -> str:
    """What the finger hits instead; of a letter with an accent, the one without."""
    for row in _KEYS:
        place = row.find(char.lower())
        if place >= 0:
            other = dice.choice(row[max(place - 1, 0) : place] + row[place + 1 : place + 2])
            return other.upper() if char.isupper() else other
    return unicodedata.normalize("NFD", char)[0]


_SLIPS: Sequence[Callable[[str, str, Random], Pieces]] = (
    lambda first, second, dice: [second, first],
    lambda first, second, dice: [first, ""],
    lambda first, second, dice: [first * 2, second],
    lambda first, second, dice: [_key_beside(first, dice), second],
)
"""What becomes of two letters of a word."""


def _joined(text: str, dice: Random) -> Pieces:
    """One blank between words is missing."""
    pieces = list(text)
    blanks = [found.start() for found in _BETWEEN_WORDS.finditer(text)]
    if blanks:
        pieces[dice.choice(blanks)] = ""
    return pieces


def _cut(text: str, dice: Random) -> Pieces:
    """One word has a blank in it."""
    pieces = list(text)
    words = list(_WORD.finditer(text))
    if words:
        start, end = dice.choice(words).span()
        pieces[dice.randrange(start, end - 1)] += " "
    return pieces


KINDS: Mapping[str, Callable[[str, Random], Pieces]] = {
    "lower": _lower,
    "upper": _upper,
    "unpunctuated": _unpunctuated,
    "typo": _typo,
    "two-typos": partial(_typo, words=2),
    "joined": _joined,
    "cut": _cut,
}
"""What is done to the test messages."""
