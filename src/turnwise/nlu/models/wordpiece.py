"""Cuts words into the pieces a BERT model knows (WordPiece: Wu et al. 2016, arXiv:1609.08144)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

_LONGEST_WORD = 100
"""Longer words are unknown."""


class WordPieces:
    """The vocabulary of a BERT model."""

    def __init__(self, pieces: Sequence[str], *, lowercase: bool) -> None:
        self.lowercase = lowercase
        self._ids = {piece: index for index, piece in enumerate(pieces)}
        self._unknown = self._ids["[UNK]"]
        self._begin, self._end = self._ids["[CLS]"], self._ids["[SEP]"]

    @classmethod
    def read(cls, path: Path, *, lowercase: bool) -> WordPieces:
        """From a `vocab.txt`: one piece a line, its number is its id."""
        return cls(path.read_text(encoding="utf-8").splitlines(), lowercase=lowercase)

    def words(self) -> list[str]:
        """The pieces that words begin with, in order of their ids."""
        return [piece for piece in self._ids if not piece.startswith(("##", "["))]

    def ids(self, text: str, *, most: int = 128) -> list[int]:
        """The ids of a text between those that mark its begin and end; at most `most` in all."""
        found = [piece for word in self._words(text) for piece in self._pieces(word)]
        return [self._begin, *found[: most - 2], self._end]

    def _words(self, text: str) -> Iterator[str]:
        text = unicodedata.normalize("NFC", text)
        if self.lowercase:
            text = "".join(
                c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn"
            )
        word = ""
        for char in text:
            alone = _is_punctuation(char) or _is_ideograph(char)
            if alone or char.isspace():
                if word:
                    yield word
                word = ""
                if alone:
                    yield char
            elif unicodedata.category(char) not in ("Cc", "Cf") and char != "\ufffd":
                word += char
        if word:
            yield word

    def _pieces(self, word: str) -> list[int]:
        """The longest known pieces from left to right; unknown as a whole where none fits."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        ids: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._ids:
                    ids.append(self._ids[piece])
                    start = end
                    break
            else:
                return [self._unknown]
        return ids


def _is_punctuation(char: str) -> bool:
    # All ASCII signs count, also those Unicode calls symbols, such as $ and ^.
    return unicodedata.category(char)[0] == "P" or (
        char.isascii() and not char.isalnum() and char.isprintable() and char != " "
    )


def _is_ideograph(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or "\uf900" <= char <= "\ufaff"
