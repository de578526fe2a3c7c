"""Words between blanks, punctuation around them removed: the tokenizer of most European languages."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar

from turnwise.nlu.message import Message, Token
from turnwise.nlu.tokenizers.tokenizer import Tokenizer

_WORDISH = r"\w#@&"
_INSIDE_ADDRESS = r"\w._~:/?#\[\]()@!$&*+,;=\-"
_SEPARATOR = re.compile(
    rf"[^{_WORDISH}]+(?=\s|$)"  # punctuation that ends a word
    rf"|(?:\s|^)[^{_WORDISH}]+(?=[^0-9\s])"  # that begins a word, unless it is the sign of a number
    # that joins two words, unless it may belong to a number, a URL or an address
    rf"|(?<=[^0-9\s])[^{_INSIDE_ADDRESS}]+(?=[^0-9\s])"
)
_EMOJI = re.compile(
    "[\U0001f600-\U0001f64f\U0001f300-\U0001f5ff\U0001f680-\U0001f6ff\U0001f1e0-\U0001f1ff"
    "\u2702-\u27b0\u24c2-\U0001f251\u200d\u200c]+"
)


def _ascii_like(char: str) -> str:
    """A character of the same kind as `re` sees it, where Python's `\\w` and Unicode's (UTS 18) differ."""
    category = unicodedata.category(char)
    # Vowel signs of Indic scripts, joiners and circled letters belong to words.
    if category[0] == "M" or category == "Pc" or char in "\u200c\u200d":
        return "a"
    if "\u24b6" <= char <= "\u24e9" or "\U0001f130" <= char <= "\U0001f189":
        return "a"
    return "°" if category == "No" else char


class WhitespaceTokenizer(Tokenizer):
    """Splits at blanks and drops punctuation that stands at the edge of words; learns nothing."""

    foreign_languages: ClassVar[tuple[str, ...]] = ("zh", "ja", "th")

    def tokenize(self, message: Message) -> list[Token]:
        return tokens_of(message.text)


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text`; the whole text is one token when punctuation is all there is."""
    # Each character of the shadow stands where its original does, so offsets carry over.
    shadow = text if text.isascii() else "".join(c if c < "\x80" else _ascii_like(c) for c in text)
    blanked = _SEPARATOR.sub(lambda found: " " * len(found[0]), shadow)
    words = [
        Token(text=text[found.start() : found.end()], start=found.start(), end=found.end())
        for found in re.finditer(r"\S+", blanked)
    ]
    if not text.isascii():
        words = [word for word in words if not _EMOJI.fullmatch(word.text)]
    return words or [Token(text=text, start=0, end=len(text))]
