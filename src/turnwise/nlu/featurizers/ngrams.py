"""Cuts texts into words, runs of words, and runs of characters, as scikit-learn's CountVectorizer does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

Analyzer = Literal["word", "char", "char_wb"]

_WORD = re.compile(r"\b\w+\b")
_BLANKS = re.compile(r"\s\s+")


def without_accents(text: str, how: Literal["ascii", "unicode"]) -> str:
    """`text` without accents; with "ascii" also without any letter that has no ASCII form."""
    parts = unicodedata.normalize("NFKD", text)
    if how == "ascii":
        return parts.encode("ascii", "ignore").decode()
    return "".join(char for char in parts if not unicodedata.combining(char))


def word_ngrams(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    """Runs of `shortest` to `longest` words, joined by blanks."""
    if longest == 1:
        return list(words)
    return [
        " ".join(words[start : start + size])
        for size in range(shortest, min(longest, len(words)) + 1)
        for start in range(len(words) - size + 1)
    ]


def char_ngrams(text: str, shortest: int, longest: int) -> list[str]:
    """Runs of characters of the whole text, blanks included."""
    return [
        text[start : start + size]
        for size in range(shortest, min(longest, len(text)) + 1)
        for start in range(len(text) - size + 1)
    ]


def char_ngrams_in_words(text: str, shortest: int, longest: int) -> list[str]:
    """Runs of characters that do not cross words; each word has a blank at either end.

    A word shorter than a run counts once, whole, and not again for longer runs.
    """
    grams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            grams += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
            if size >= len(padded):
                break
    return grams


def analyzer(
    kind: Analyzer,
    shortest: int,
    longest: int,
    *,
    lowercase: bool = True,
    strip_accents: Literal["ascii", "unicode"] | None = None,
    stop_words: frozenset[str] = frozenset(),
) -> Callable[[str], list[str]]:
    """A function from a text to its n-grams, repeated as often as they occur."""

    def prepared(text: str) -> str:
        text = text.lower() if lowercase else text
        return without_accents(text, strip_accents) if strip_accents else text

    def words(text: str) -> list[str]:
        found = [word for word in _WORD.findall(prepared(text)) if word not in stop_words]
        return word_ngrams(found, shortest, longest)

    def chars(text: str) -> list[str]:
        return char_ngrams(_BLANKS.sub(" ", prepared(text)), shortest, longest)

    def chars_in_words(text: str) -> list[str]:
        return char_ngrams_in_words(prepared(text), shortest, longest)

    return {"word": words, "char": chars, "char_wb": chars_in_words}[kind]
