"""What words mean, told by a table: a vector and a kind for each of some ten thousand words.

The table is distilled from a sentence encoder: the sum of the vectors of a text's words points where the
encoder's vector of the text does (as in Model2Vec: Tulkens & van Dongen 2024, and WordLlama: Miller 2024).
It costs microseconds where the encoder costs milliseconds. How it was made stands in `nlu.english.making`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import unpacked
from turnwise.nlu.models.quantised import Quantised

Floats = npt.NDArray[np.float32]

_LEAST_SHARE, _SHORTEST = 0.6, 3
"""How much of a word, and how many letters, a known word must have at its beginning to stand for it."""
_LEAST_KNOWN = 0.75
"""Share of the words of a language that are known; texts in another one know fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordVectors:
    """A table of words in lower case."""

    places: dict[str, int]
    """The row of each word."""
    vectors: Quantised
    """Shape (words, size). Words that say little, such as `the`, have short vectors."""
    kinds_of: npt.NDArray[np.uint16]
    """Two kinds of each word, a coarse and a fine one: numbers that words of similar meaning share;
    shape (words, 2)."""

    def row(self, word: str) -> int | None:
        """The row of a word in lower case, or of a known word that it begins with; None if there is none."""
        place = self.places.get(word)
        if place is not None or not word.isalpha():
            return place
        least = max(_SHORTEST, int(len(word) * _LEAST_SHARE))
        begins = (self.places.get(word[:end]) for end in range(len(word) - 1, least - 1, -1))
        return next((found for found in begins if found is not None), None)

    def rows(self, words: Iterable[str]) -> list[int]:
        """The rows of those words that have one."""
        return [row for word in words if (row := self.row(word)) is not None]

    def text(self, words: Iterable[str]) -> Floats:
        """What a text means: the sum of its words; zero if none is known. Shape (size,)."""
        rows = self.rows(words)
        total: Floats = self.vectors.values[rows].sum(axis=0, dtype=np.float32) * self.vectors.steps
        return total

    def kinds(self, word: str) -> tuple[str, str] | None:
        """The coarse and the fine kind of a word in lower case, as digits; None if the word is not known."""
        row = self.row(word)
        return None if row is None else (str(self.kinds_of[row, 0]), str(self.kinds_of[row, 1]))

    def examples(self, kind: int, *, fine: bool, most: int = 3) -> list[str]:
        """Frequent words of a kind."""
        rows = np.flatnonzero(self.kinds_of[:, int(fine)] == kind)[:most]
        words = list(self.places)
        return [words[row] for row in rows]

    def speaks(self, texts: Iterable[Sequence[str]]) -> bool:
        """Whether texts, given by their words, are in the language of the table."""
        words = [word for text in texts for word in text if word.isalpha() and len(word) > 1]
        known = sum(word in self.places for word in words)
        return bool(words) and known >= _LEAST_KNOWN * len(words)

    @classmethod
    def read(cls, content: bytes) -> WordVectors:
        """From the bytes of such a file as `words.npz`."""
        arrays = unpacked(content)
        words = arrays["words"].tobytes().decode().split("\n")
        return cls(
            places={word: row for row, word in enumerate(words)},
            vectors=Quantised(values=arrays["values"], steps=arrays["steps"]),
            kinds_of=arrays["kinds"],
        )


@cache
def english() -> WordVectors:
    """The table that comes with Turnwise: 43,000 English words, 128 numbers each."""
    return WordVectors.read((resources.files("turnwise.nlu.english") / "words.npz").read_bytes())


def of_language(language: str) -> WordVectors | None:
    """The table of a language, given by its code (`en`, `en-GB`); None if there is none."""
    return english() if language.lower().replace("_", "-").split("-")[0] == "en" else None
