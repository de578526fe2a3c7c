"""What a tagger sees of each token: words around it, its letters, its shape, patterns and word lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from turnwise.nlu.message import Token
from turnwise.nlu.models.text_vectors import normalised

_DIGIT = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1+")


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


def features_of_tokens(tokens: Sequence[Token], *, intent: str | None = None) -> list[list[str]]:
    """The features of each token; each begins with a letter or two that say what it is.

    Args:
        intent: What the whole text wants, when that is known.
    """
    low = [_DIGIT.sub("0", normalised(token.text)) for token in tokens]
    around = ["<3", "<2", "<1", *low, ">1", ">2", ">3"]
    shapes = ["<", *(shape_of(token.text) for token in tokens), ">"]
    told: list[list[str]] = []
    for index, token in enumerate(tokens):
        features = _of_words(around[index : index + 7]) + _of_letters(around[index + 2 : index + 5])
        before, own, after = shapes[index : index + 3]
        features += [f"s{own}", f"t{before}", f"u{after}", f"v{before} {own}", f"w{own} {after}"]
        # Said in two ways, so that training gives them twice the weight: authors mean their word lists.
        features += [f"{kind}{name}" for name, matched in token.patterns.items() if matched for kind in "xX"]
        if intent is not None:
            first, word, last = around[index + 2 : index + 5]
            features += [f"i{intent}", f"j{intent} {word}", f"k{intent} {first}", f"l{intent} {last}"]
        told.append(features)
    return told


def _of_words(around: Sequence[str]) -> list[str]:
    a, b, c, word, e, f, g = around
    return [
        f"-3{a}", f"-2{b}", f"-1{c}", f"+0{word}", f"+1{e}", f"+2{f}", f"+3{g}",
        f"A{c} {word}", f"B{word} {e}", f"C{b} {c}", f"D{e} {f}", f"E{c} {e}",
        f"F{a} {b} {c}", f"G{e} {f} {g}",
    ]  # fmt: skip


def _of_letters(around: Sequence[str]) -> list[str]:
    before, word, after = around
    starts = [f"p{word[:size]}" for size in range(1, min(4, len(word)) + 1)]
    ends = [f"q{word[-size:]}" for size in range(1, min(4, len(word)) + 1)]
    return [*starts, *ends, f"P{before[:3]}", f"Q{before[-3:]}", f"R{after[:3]}", f"S{after[-3:]}"]
