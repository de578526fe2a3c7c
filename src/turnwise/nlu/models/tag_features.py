"""What a tagger sees of each token: words around it, its letters, its shape, patterns and word lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from turnwise.nlu.message import Token
from turnwise.nlu.models.text_vectors import normalised

_DIGIT = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1+")

T = TypeVar("T")


def shape_of(word: str) -> str:
    """Letters as `X` or `x`, digits as `d`, runs of one kind cut to two: `Xxx`, `dd:dd`."""
    kinds = "".join("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
    return _REPEATED.sub(r"\1\1", kinds)


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
}  # fmt: skip
"""What features begin with, and what that says."""


def in_words(feature: str) -> str:
    """What a feature says, for people; digits are all 0."""
    kind = feature[:2] if feature[:2] in _IN_WORDS else feature[:1]
    return _IN_WORDS[kind].format(feature[len(kind) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word(Generic[T]):
    """A word, and what it tells by itself of the tokens around it, as `_alone` says."""

    low: str
    shape: str
    tells: Sequence[Sequence[T]]


class TokenFeatures(Generic[T]):
    """The features of tokens, each begins with a letter or two that say what it is; or what they stand for.

    What words tell by themselves is most of it, and is noted for words of the training texts.
    """

    def __init__(self, told: Callable[[Sequence[str]], list[T]], known: Container[str] = ()) -> None:
        """Args:
        told: What features stand for; may leave some out.
        known: Features; where the one that names a word is among them, what the word tells is noted.
        """
        self._told = told
        self._known = known
        self._noted: dict[str, _Word[T]] = {}
        self._before = [self._read(low, "<") for low in ("<3", "<2", "<1")]
        self._after = [self._read(low, ">") for low in (">1", ">2", ">3")]

    def of(self, tokens: Sequence[Token], *, intent: str | None = None) -> list[list[T]]:
        """The features of each token.

        Args:
            intent: What the whole text wants, when that is known.
        """
        words = [*self._before, *(self._word(token.text) for token in tokens), *self._after]
        return [self._of_token(words[index : index + 7], token, intent) for index, token in enumerate(tokens)]

    def _of_token(self, around: Sequence[_Word[T]], token: Token, intent: str | None) -> list[T]:
        a, b, c, word, e, f, g = around
        phrases = _phrases(a.low, b.low, c.low, word.low, e.low, f.low, g.low)
        others = [f"v{c.shape} {word.shape}", f"w{word.shape} {e.shape}"]
        # Said in two ways, so that training gives them twice the weight: authors mean their word lists.
        others += [f"{kind}{name}" for name, matched in token.patterns.items() if matched for kind in "xX"]
        if intent is not None:
            others += [f"i{intent}", f"j{intent} {word.low}", f"k{intent} {c.low}", f"l{intent} {e.low}"]
        return [
            *a.tells[0], *b.tells[1], *c.tells[2], *word.tells[3], *e.tells[4], *f.tells[5], *g.tells[6],
            *self._told(phrases),
            *word.tells[7], *c.tells[8], *e.tells[9], *word.tells[10], *c.tells[11], *e.tells[12],
            *self._told(others),
        ]  # fmt: skip

    def _word(self, text: str) -> _Word[T]:
        word = self._noted.get(text)
        if word is None:
            low = _DIGIT.sub("0", normalised(text))
            word = self._read(low, shape_of(text))
            # Only usual spellings: what users write besides, such as numbers, must take no memory.
            if f"+0{low}" in self._known and text in (low, low.capitalize(), low.upper()):
                self._noted[text] = word
        return word

    def _read(self, low: str, shape: str) -> _Word[T]:
        tells = [self._told(names) for names in _alone(low, shape)]
        return _Word(low=low, shape=shape, tells=tells)


def _alone(word: str, shape: str) -> list[list[str]]:
    """What a word tells by itself of the third token after it, to the third before it; letters; shapes.

    Letters and shapes are told first of the word itself, then of the token after it and the one before.
    """
    sizes = range(1, min(4, len(word)) + 1)
    return [
        *([f"{place}{word}"] for place in ("-3", "-2", "-1", "+0", "+1", "+2", "+3")),
        [f"p{word[:size]}" for size in sizes] + [f"q{word[-size:]}" for size in sizes],
        [f"P{word[:3]}", f"Q{word[-3:]}"],
        [f"R{word[:3]}", f"S{word[-3:]}"],
        *([f"{place}{shape}"] for place in "stu"),
    ]


def _phrases(a: str, b: str, c: str, word: str, e: str, f: str, g: str) -> list[str]:
    """What words around a token tell together."""
    return [
        f"A{c} {word}", f"B{word} {e}", f"C{b} {c}", f"D{e} {f}", f"E{c} {e}",
        f"F{a} {b} {c}", f"G{e} {f} {g}",
    ]  # fmt: skip


features_of_tokens = TokenFeatures[str](list).of
"""The features themselves."""
