"""What all tokenizers share: their settings, and the splitting of labels."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from turnwise.nlu.component import Component, SettingError
from turnwise.nlu.message import Message, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerSettings:
    """What may stand under any tokenizer."""

    intent_tokenization_flag: bool = False
    """Whether the names of intents are split into words too."""
    intent_split_symbol: str = "_"
    """Where intent names are split."""
    token_pattern: str | None = None
    """Cuts each token into what this regex finds in it; a token without match stays whole."""
    prefix_separator_symbol: str | None = None
    """Cuts a prefix off an intent's name before it is split."""

    def __post_init__(self) -> None:
        try:
            re.compile(self.token_pattern or "")
        except re.error as error:
            problem = f"'{self.token_pattern}' is no regular expression: {error}"
            raise SettingError("token_pattern", problem, fix="correct it") from error


class Tokenizer(Component[TokenizerSettings]):
    """Fills `message.tokens`."""

    Settings = TokenizerSettings
    writes: ClassVar[frozenset[str]] = frozenset({"tokens"})
    prepares: ClassVar[bool] = True

    @abstractmethod
    def tokenize(self, message: Message) -> list[Token]:
        """The tokens of `message.text`, from left to right."""

    def process(self, message: Message) -> None:
        tokens = self.tokenize(message)
        pattern = self.settings.token_pattern
        message.tokens = _refined(tokens, pattern) if pattern else tokens


def _refined(tokens: list[Token], pattern: str) -> list[Token]:
    return [part for token in tokens for part in _parts(token, pattern)]


def _parts(token: Token, pattern: str) -> list[Token]:
    parts, offset = [], 0
    for found in re.findall(pattern, token.text):
        piece = next((group for group in found if group), "") if isinstance(found, tuple) else found
        if not piece:
            continue
        offset = token.text.index(piece, offset)
        start = token.start + offset
        parts.append(Token(text=piece, start=start, end=start + len(piece), lemma=token.lemma, pos=token.pos))
        offset += len(piece)
    return parts or [token]


def label_words(label: str, settings: TokenizerSettings) -> list[str]:
    """The words of an intent's name; the whole name unless `intent_tokenization_flag` is set."""
    separator = settings.prefix_separator_symbol
    parts = label.split(separator, maxsplit=1) if separator and separator in label else [label]
    if not settings.intent_tokenization_flag:
        return parts
    return [word for part in parts for word in part.split(settings.intent_split_symbol)]
