"""Reads misspelt words as the known ones that were meant.

A word that nobody knows is read as one that differs by a letter left out, added or exchanged, or by two
swapped (Damerau 1964); as two words, if the blank between them is missing; and together with the next word,
if the two make up a known one. Among several, the words of the training texts come first, then frequent ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from turnwise.nlu.message import Message, Token
from turnwise.nlu.models.text_vectors import normalised
from turnwise.nlu.models.word_vectors import WordVectors, english

Rank = Callable[[str], int | None]
"""How frequent a word is: the lower, the more; None for what nobody means."""

_SHORTEST = 4
"""Letters that a misspelt word has at least; shorter ones are near too many others."""
_SHORTEST_OTHER = 3
"""Letters of a word, which is not in the training texts, from which another may be meant to be it."""
_SHORTEST_PART = 2
"""Letters of each of two words that may be written as one."""
_MOST_ODD = 50
"""Unknown words up to which a text is misspelt; one with more is in another language, or no text."""
_LARGEST_ALPHABET = 150
"""Letters of a script beyond which none is tried in the place of another: those of Chinese are words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """The words that are known."""

    ranks: Mapping[str, int]
    """The words of the training texts in lower case; frequent ones have low numbers."""
    alphabet: str
    """The letters they are made of."""
    longest: int
    """Letters of the longest."""
    meanings: WordVectors | None = None
    """Further words, if any are known."""

    @classmethod
    def learned(cls, messages: Iterable[Message], meanings: WordVectors | None = None) -> Spelling:
        """From the training texts."""
        return cls.of((), meanings).grown(messages)

    @classmethod
    def of(cls, words: Sequence[str], meanings: WordVectors | None = None) -> Spelling:
        """From the words of the training texts, the most frequent first; without any, nothing is misspelt."""
        letters = sorted(set().union(*words))
        return cls(
            ranks={word: rank for rank, word in enumerate(words)},
            alphabet="".join(letters) if len(letters) <= _LARGEST_ALPHABET else "",
            longest=max(map(len, words), default=0),
            meanings=meanings,
        )

    def grown(self, messages: Iterable[Message]) -> Spelling:
        """With the words of more texts, which count as rarer than those before."""
        counts = Counter(normalised(token.text) for message in messages for token in message.tokens or ())
        added = (word for word, _ in counts.most_common() if word.isalpha() and word not in self.ranks)
        return Spelling.of([*self.ranks, *added], self.meanings)

    def read(self, message: Message, *, own: bool = False) -> Message:
        """The message with its tokens as they were `meant`."""
        return replace(message, tokens=self.meant(message.tokens, own=own)) if message.tokens else message

    def meant(self, tokens: list[Token], *, own: bool = False) -> list[Token]:
        """The tokens as they were meant; their offsets are those of the text as it is written.

        Args:
            own: Whether only words of the training texts may be meant. Names, of which entities are made,
                are near many another word.
        """
        words = [normalised(token.text) for token in tokens]
        if not self.ranks or all(word in self.ranks for word in words):
            return tokens
        odd = [self._is_odd(token, word) for token, word in zip(tokens, words, strict=True)]
        if sum(odd) > _MOST_ODD:
            return tokens
        rank = self.ranks.get if own else self._rank
        taken: list[Token] = []
        place = 0
        while place < len(tokens):
            pair = slice(place, place + 2)
            if self._is_one(words[pair], rank, odd=any(odd[pair])):
                taken.append(_together(tokens[pair]))
                place += 2
            else:
                taken += self._meant(tokens[place], words[place], rank) if odd[place] else (tokens[place],)
                place += 1
        return taken

    def _is_odd(self, token: Token, word: str) -> bool:
        """Whether a token may be misspelt."""
        if word in self.ranks or (self.meanings is not None and word in self.meanings.places):
            return False
        return word.isalpha() and len(word) == len(token.text) and not any(token.patterns.values())

    def _is_one(self, words: Sequence[str], rank: Rank, *, odd: bool) -> bool:
        """Whether two words are one that was cut; known ones only if it is a word of the training texts."""
        whole = "".join(words)
        if len(words) < 2 or len(whole) < _SHORTEST:
            return False
        if whole in self.ranks:
            return not all(word in self.ranks for word in words)
        return odd and rank(whole) is not None

    def _rank(self, word: str) -> int | None:
        """Low for frequent words, lowest for those of the training texts; None for what nobody means."""
        rank = self.ranks.get(word)
        if rank is not None or self.meanings is None or len(word) < _SHORTEST_OTHER:
            return rank
        place = self.meanings.places.get(word)
        return None if place is None else len(self.ranks) + place

    def _meant(self, token: Token, word: str, rank: Rank) -> Sequence[Token]:
        """What is meant by an odd token."""
        if not _SHORTEST <= len(word) <= 2 * self.longest:
            return (token,)
        near = self._nearest(word, rank)
        cut = None if near in self.ranks else self._cut(word, rank)
        if cut is not None:
            return _apart(token, cut)
        return (token,) if near is None else (_respelt(token, near),)

    def _nearest(self, word: str, rank: Rank) -> str | None:
        """The most frequent word that differs by one letter."""
        if len(word) > self.longest + 1:
            return None
        near = {other: found for other in _edits(word, self.alphabet) if (found := rank(other)) is not None}
        return min(near, key=near.__getitem__, default=None)

    def _cut(self, word: str, rank: Rank) -> int | None:
        """Where two words meet that are written as one; at least one of them is of the training texts."""
        best: dict[int, int] = {}
        for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            first, second = rank(word[:place]), rank(word[place:])
            if first is not None and second is not None and min(first, second) < len(self.ranks):
                best[place] = max(first, second)
        return min(best, key=best.__getitem__, default=None)

    def dump(self) -> dict[str, bytes]:
        if not self.ranks:
            return {}
        described = {"words": list(self.ranks), "meanings": self.meanings is not None}
        return {"spelling.json": json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()}

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Spelling:
        """From what `dump` gave; without words if there is none."""
        if "spelling.json" not in files:
            return cls.of(())
        described = json.loads(files["spelling.json"])
        return cls.of(described["words"], english() if described["meanings"] else None)


def _edits(word: str, alphabet: str) -> Iterator[str]:
    """What differs from a word by one letter."""
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in alphabet:
            yield head + letter + tail[1:]
            yield head + letter + tail


def _respelt(token: Token, word: str) -> Token:
    """A token with another word, in capitals or not as its own is."""
    capital = word.capitalize() if token.text[0].isupper() else word
    return replace(token, text=word.upper() if token.text.isupper() else capital, lemma="")


def _together(pair: Sequence[Token]) -> Token:
    first, second = pair
    matched = {name: True for name, matched in second.patterns.items() if matched}
    return replace(
        first, text=first.text + second.text, end=second.end, lemma="", patterns=first.patterns | matched
    )


def _apart(token: Token, cut: int) -> tuple[Token, Token]:
    middle = token.start + cut
    return (
        replace(token, text=token.text[:cut], end=middle, lemma=""),
        replace(token, text=token.text[cut:], start=middle, lemma=""),
    )
