"""What a tagger sees of each token: words around it, its letters, its shape, patterns and word lists."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Generic, TypeVar

from turnwise.nlu.message import Token
from turnwise.nlu.models.text_vectors import normalised
from turnwise.nlu.models.word_vectors import WordVectors, english

_DIGIT = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1+")

T = TypeVar("T")


def _kind(c: str) -> str:
    return "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c


_ASCII_KINDS = {ord(c): _kind(c) for c in map(chr, range(128))}
_USUAL = {kinds: shape for n in range(2, 20) for kinds, shape in (("x" * n, "xx"), ("X" + "x" * n, "Xxx"))}


def shape_of(word: str) -> str:
    """Letters as `X` or `x`, digits as `d`, runs of one kind cut to two: `Xxx`, `dd:dd`."""
    kinds = word.translate(_ASCII_KINDS) if word.isascii() else "".join(map(_kind, word))
    return _USUAL.get(kinds) or _REPEATED.sub(r"\1\1", kinds)


_IN_WORDS = {
    "-3": "third word before: {}", "-2": "second word before: {}", "-1": "word before: {}",
    "+0": "word: {}", "+1": "next word: {}", "+2": "second word after: {}", "+3": "third word after: {}",
    "A": "words: {}", "B": "words: {}", "C": "words before: {}", "D": "words after: {}",
    "E": "words around: {}", "F": "words before: {}", "G": "words after: {}",
    "p": "begins with: {}", "q": "ends with: {}", "P": "word before begins with: {}",
    "Q": "word before ends with: {}", "R": "next word begins with: {}", "S": "next word ends with: {}",
    "s": "shape: {}", "t": "shape before: {}", "u": "shape after: {}", "v": "shapes: {}", "w": "shapes: {}",
    "x": "pattern: {}", "X": "pattern: {}", "i": "intent: {}", "j": "intent and word: {}",
    "k": "intent and word before: {}", "l": "intent and next word: {}",
    "y": "word like: {}", "z": "word like: {}",
}  # fmt: skip
"""What features begin with, and what that says."""


Family = tuple[str, ...]

_WORD: Family = ("-3", "-2", "-1", "+0", "+1", "+2", "+3")
_PAIR, _AROUND, _TRIPLE = ("A", "B", "C", "D"), ("E",), ("F", "G")
_START, _END, _SHAPE, _SHAPES = ("p", "P", "R"), ("q", "Q", "S"), ("s", "t", "u"), ("v", "w")
_PATTERN, _INTENT, _MEANT = ("x", "X"), ("i",), ("j", "k", "l")
_COARSE, _FINE = ("y",), ("z",)
_FAMILIES: Sequence[Family] = (
    _WORD, _PAIR, _AROUND, _TRIPLE, _START, _END, _SHAPE, _SHAPES, _PATTERN, _INTENT, _MEANT, _COARSE, _FINE
)  # fmt: skip
"""Kinds of features with the same values: what one word, or some together, tell of several tokens."""
_FAMILY_OF = {kind: (family, place) for family in _FAMILIES for place, kind in enumerate(family)}


def _parted(feature: str) -> tuple[str, str]:
    """Kind and value of a feature."""
    size = 2 if feature[:2] in _FAMILY_OF else 1
    return feature[:size], feature[size:]


def kind_of(feature: str) -> str:
    """What a feature begins with."""
    return _parted(feature)[0]


def in_words(feature: str) -> str:
    """What a feature says, for people; digits are all 0."""
    kind, value = _parted(feature)
    if kind in _COARSE + _FINE:
        value = ", ".join(english().examples(int(value), fine=kind in _FINE))
    return _IN_WORDS[kind].format(value)


class TokenFeatures(Generic[T]):
    """The features of tokens, or what stands for them, such as where a model has their weights.

    A word is looked up once for all tokens around it, and so are words together, letters and shapes.
    """

    def __init__(
        self,
        looked_up: Callable[[Family], Callable[[str], Sequence[T]]],
        meanings: WordVectors | None,
    ) -> None:
        """Args:
        looked_up: For a family, what stands for the features with a value, in order of their kinds.
        meanings: What words mean, if that is to be seen.
        """
        self._meanings = meanings
        self._word, self._pair, self._around, self._triple = map(looked_up, (_WORD, _PAIR, _AROUND, _TRIPLE))
        self._start, self._end = looked_up(_START), looked_up(_END)
        self._shape, self._shapes = looked_up(_SHAPE), looked_up(_SHAPES)
        self._pattern, self._intent, self._meant = map(looked_up, (_PATTERN, _INTENT, _MEANT))
        self._coarse, self._fine = looked_up(_COARSE), looked_up(_FINE)

    def of(self, tokens: Sequence[Token], *, intent: str | None = None) -> list[list[T]]:
        """The features of each token.

        Args:
            intent: What the whole text wants, when that is known.
        """
        low = [_DIGIT.sub("0", normalised(token.text)) for token in tokens]
        shapes = ["<", *(shape_of(token.text) for token in tokens), ">"]
        told = self._by_words(["<3", "<2", "<1", *low, ">1", ">2", ">3"])
        near = ["<1", *low, ">1"]
        for own, letters, shape in zip(told, self._by_letters(near), self._by_shapes(shapes), strict=True):
            own += letters + shape
        for own, token in zip(told, tokens, strict=True):
            # Said in two ways, so that training gives them twice the weight: authors mean their word lists.
            for name, matched in token.patterns.items():
                own += self._pattern(name) if matched else ()
        if self._meanings is not None:
            for own, word in zip(told, low, strict=True):
                kinds = self._meanings.kinds(word)
                own += (*self._coarse(kinds[0]), *self._fine(kinds[1])) if kinds else ()
        if intent is not None:
            meant = [self._meant(f"{intent} {word}") for word in near]
            for own, before, here, after in zip(told, meant, meant[1:], meant[2:], strict=False):
                own += (*self._intent(intent), here[0], before[1], after[2])
        return told

    def _by_words(self, low: Sequence[str]) -> list[list[T]]:
        """By the three words to each side of a token, alone and together."""
        word = [self._word(own) for own in low]
        pair = [self._pair(f"{a} {b}") for a, b in itertools.pairwise(low)]
        around = [self._around(f"{a} {c}") for a, c in zip(low, low[2:], strict=False)]
        triple = [self._triple(f"{a} {b} {c}") for a, b, c in zip(low, low[1:], low[2:], strict=False)]
        return [
            [
                word[i][0], word[i + 1][1], word[i + 2][2], word[i + 3][3],
                word[i + 4][4], word[i + 5][5], word[i + 6][6],
                pair[i + 2][0], pair[i + 3][1], pair[i + 1][2], pair[i + 4][3], around[i + 2][0],
                triple[i][0], triple[i + 4][1],
            ]
            for i in range(len(low) - 6)
        ]  # fmt: skip

    def _by_letters(self, near: Sequence[str]) -> list[list[T]]:
        """By how a word begins and ends, and those beside it."""
        edges = [(self._start(word[:3]), self._end(word[-3:])) for word in near]
        told: list[list[T]] = []
        for word, before, after in zip(near[1:-1], edges, edges[2:], strict=False):
            sizes = range(1, min(4, len(word)) + 1)
            own = [self._start(word[:size])[0] for size in sizes]
            own += [self._end(word[-size:])[0] for size in sizes]
            told.append([*own, before[0][1], before[1][1], after[0][2], after[1][2]])
        return told

    def _by_shapes(self, shapes: Sequence[str]) -> list[list[T]]:
        alone = [self._shape(shape) for shape in shapes]
        pairs = [self._shapes(f"{a} {b}") for a, b in itertools.pairwise(shapes)]
        return [
            [own[0], before[1], after[2], pair[0], following[1]]
            for own, before, after, pair, following in zip(
                alone[1:-1], alone, alone[2:], pairs, pairs[1:], strict=False
            )
        ]


def feature_names(meanings: WordVectors | None = None) -> TokenFeatures[str]:
    """The features themselves; each begins with a letter or two that say what it is.

    Made once for each value, and kept as long as this is: texts to learn from have most of them in common.
    """
    return TokenFeatures(lambda family: cache(lambda value: [kind + value for kind in family]), meanings)


class _Rows(dict[str, list[int]]):
    """Where the weights of a family's features stand, by value."""

    def __init__(self, unknown: list[int]) -> None:
        self._unknown = unknown

    def __missing__(self, value: str) -> list[int]:
        return self._unknown


def rows_of(features: Sequence[str], meanings: WordVectors | None = None) -> TokenFeatures[int]:
    """The positions of features of tokens among `features`; of unknown ones, the position behind the last."""
    unknown = {family: [len(features)] * len(family) for family in _FAMILIES}
    rows = {family: _Rows(nowhere) for family, nowhere in unknown.items()}
    for row, feature in enumerate(features):
        kind, value = _parted(feature)
        family, place = _FAMILY_OF[kind]
        rows[family].setdefault(value, unknown[family].copy())[place] = row
    return TokenFeatures(lambda family: rows[family].__getitem__, meanings)
