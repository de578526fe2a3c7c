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
