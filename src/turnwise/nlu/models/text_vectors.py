"""A text as a sparse vector of words, word pairs, phrases and letters, each weighted by how telling it is."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.message import Message
from turnwise.nlu.models.word_vectors import WordVectors, of_language

FAMILIES = ("words", "pairs", "letters", "phrases", "patterns")
"""Kinds of features; the vector of each has length 1 before it is weighted."""
_WORDS, _LETTERS = FAMILIES.index("words"), FAMILIES.index("letters")

_WEIGHTS: Mapping[str, float] = {"words": 0.8, "pairs": 1.0, "letters": 1.0, "phrases": 0.5, "patterns": 0.5}
_FAMILY_WEIGHTS = np.array([_WEIGHTS[family] for family in FAMILIES])
_LEAST: Mapping[str, int] = {"words": 1, "pairs": 2, "letters": 1, "phrases": 2, "patterns": 1}
"""In how many training texts a feature must occur."""

_DENSE_WEIGHT = np.float32(4.0)
"""Length of the vector of a dense featurizer; at 1 its many small numbers would be learned too slowly."""

_STEM = 4
"""Letters of a word that its pairs are made of: `deliver`, `delivery` and `delivered` are one."""
_SHORTEST, _LONGEST = 2, 5
"""Lengths of runs of letters."""

# Words, and pictures such as emoji; punctuation says little and is often left out.
_WORD = re.compile(r"\w+|[^\w\s!-/:-@\[-`{-~\u2010-\u2027\u3000-\u303f]")


Document = tuple[list[str], ...]
"""What a text contains, as `features_of` gives it."""


def normalised(text: str) -> str:
    """`text` in lower case, with compatible characters made equal (full-width letters, ligatures)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def words_of(message: Message) -> list[str]:
    """The words of a message; cut along its tokens, for languages that have no blanks between words."""
    texts = [token.text for token in message.tokens] if message.tokens else [message.text]
    return [word for text in texts for word in _WORD.findall(normalised(text))]


def features_of(message: Message) -> Document:
    """What a message contains, by family; of letters, the words that they are runs of."""
    words = words_of(message)
    runs = words + [f"{first} {second}" for first, second in itertools.pairwise(words)]
    stems = sorted({word[:_STEM] for word in words})
    pairs = [f"{first}|{second}" for index, first in enumerate(stems) for second in stems[index + 1 :]]
    names = {name for token in message.tokens or () for name, matched in token.patterns.items() if matched}
    return runs, pairs, words, _phrases(words), sorted(names)


def _phrases(words: Sequence[str]) -> list[str]:
    """Three words in a row, the same with a gap in the middle, and how the text begins and ends."""
    triples = [" ".join(words[start : start + 3]) for start in range(len(words) - 2)]
    gapped = [f"{words[start]} _ {words[start + 2]}" for start in range(len(words) - 2)]
    begins = [f"^{' '.join(words[:size])}" for size in range(1, min(3, len(words)) + 1)]
    ends = [f"{' '.join(words[-size:])}$" for size in range(1, min(2, len(words)) + 1)]
    return triples + gapped + begins + ends


def _letters(word: str) -> list[str]:
    """Runs of letters in a word, and of blanks around it."""
    padded = f" {word} "
    sizes = range(_SHORTEST, min(_LONGEST, len(padded)) + 1)
    return [padded[start : start + size] for size in sizes for start in range(len(padded) - size + 1)]


def _spread(documents: Sequence[Document], family: int) -> Counter[str]:
    """In how many texts each feature of a family occurs."""
    spread: Counter[str] = Counter()
    for document in documents:
        found: Iterable[str] = document[family]
        if family == _LETTERS:
            found = itertools.chain.from_iterable(map(_letters, found))
        spread.update(set(found))
    return spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A sparse vector."""

    indices: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]


class TextVectors:
    """The features seen in training, their positions in the vector and their weights.

    Weights are tf-idf with logarithmic counts (Salton & Buckley, 1988), each family of unit length.
    """

    def __init__(self, names: Sequence[Sequence[str]], telling: npt.NDArray[np.float16]) -> None:
        """Args:
        names: Features of each family in order of their positions.
        telling: Inverse document frequency of each; shape (all features,).
        """
        self.names = names
        self.telling = telling
        self.size = len(telling)
        self._weights = telling.astype(np.float32)
        self._families = np.repeat(np.arange(len(names)), [len(family) for family in names])
        self._letters: dict[str, list[int]] = {}
        self._places: list[dict[str, int]] = []
        offset = 0
        for family in names:
            self._places.append({name: offset + index for index, name in enumerate(family)})
            offset += len(family)

    @classmethod
    def learned(cls, documents: Sequence[Document]) -> TextVectors:
        """From what `features_of` says of each training text."""
        names: list[list[str]] = []
        counts: list[int] = []
        for position, family in enumerate(FAMILIES):
            spread = _spread(documents, position)
            kept = sorted(name for name, count in spread.items() if count >= _LEAST[family])
            names.append(kept)
            counts += [spread[name] for name in kept]
        telling = 1 + np.log((1 + len(documents)) / (1 + np.array(counts, dtype=np.float64)))
        return cls(names, telling.astype(np.float16))

    def grown(self, documents: Sequence[Document]) -> tuple[TextVectors, npt.NDArray[np.intp]]:
        """With the features added that are only in `documents`, each as telling as the rarest known one.

        Returns:
            The vectors, and where in them the known features stand; shape (known features,).
        """
        names: list[list[str]] = []
        telling: list[npt.NDArray[np.float16]] = []
        places: list[npt.NDArray[np.intp]] = []
        size = offset = 0
        for position, (family, known) in enumerate(zip(self.names, self._places, strict=True)):
            spread = _spread(documents, position)
            least = _LEAST[FAMILIES[position]]
            added = sorted(name for name, count in spread.items() if count >= least and name not in known)
            own = self.telling[offset : offset + len(family)]
            offset += len(family)
            names.append([*family, *added])
            telling += [own, np.full(len(added), own.max(initial=np.float16(1)), dtype=np.float16)]
            places.append(np.arange(size, size + len(family), dtype=np.intp))
            size += len(family) + len(added)
        return TextVectors(names, np.concatenate(telling)), np.concatenate(places)

    def vector(self, document: Document) -> Vector:
        """The vector of what `features_of` says of a text; features not seen in training are left out."""
        found: list[int | None] = []
        for position, (known, names) in enumerate(zip(self._places, document, strict=True)):
            if position == _LETTERS:
                found += itertools.chain.from_iterable(map(self._letters_of, names))
            else:
                found += map(known.get, names)
        counts = Counter(found)
        counts.pop(None, None)
        places = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self._weights[places]
        family = self._families[places]
        squares = np.bincount(family, weights=np.square(values), minlength=len(FAMILIES))
        scale = (_FAMILY_WEIGHTS / np.sqrt(np.maximum(squares, 1e-12))).astype(np.float32)
        return Vector(indices=places, values=values * scale[family])

    def _letters_of(self, word: str) -> list[int]:
        """Positions of the runs of letters in a word; noted for words of the training texts."""
        places = self._letters.get(word)
        if places is None:
            known = self._places[_LETTERS]
            places = [place for run in _letters(word) if (place := known.get(run)) is not None]
            if word in self._places[_WORDS]:
                self._letters[word] = places
        return places

    def name_at(self, place: int) -> tuple[str, str]:
        """Family and name of a feature."""
        for family, names in zip(FAMILIES, self.names, strict=True):
            if place < len(names):
                return family, names[place]
            place -= len(names)
        raise IndexError(place)

    def only(self, kept: npt.NDArray[np.bool_]) -> TextVectors:
        """The same without some features; they then count as unseen, so that lengths are a little less."""
        names: list[list[str]] = []
        offset = 0
        for family in self.names:
            own = kept[offset : offset + len(family)]
            names.append([name for name, keep in zip(family, own.tolist(), strict=True) if keep])
            offset += len(family)
        return TextVectors(names, self.telling[kept])

    def to_json(self) -> list[Any]:
        return [list(family) for family in self.names]


def spoken(language: str, messages: Iterable[Message]) -> WordVectors | None:
    """What the words of messages mean, if that is known of their language.

    Args:
        language: Its code, as config.yml has it; a project in another language may have left it at `en`.
    """
    table = of_language(language)
    return table if table is not None and table.speaks(map(words_of, messages)) else None


def dense_of(
    message: Message, document: Document, aliases: Sequence[str], meanings: WordVectors | None
) -> npt.NDArray[np.float32]:
    """What words mean, or else what dense featurizers say of the text.

    Args:
        document: What the message contains.
        aliases: Which dense featurizers to ask; empty for all.
        meanings: What words mean; None to ask the featurizers.
    """
    if meanings is not None:
        return _scaled(meanings.text(document[_LETTERS]))
    return featurized(message, aliases)


def featurized(message: Message, aliases: Sequence[str]) -> npt.NDArray[np.float32]:
    """What dense featurizers say of the text, each scaled to the same length, end to end.

    Args:
        aliases: Which of them to ask; empty for all.
    """
    parts = [
        _scaled(features.values)
        for featurizer in message.featurizers
        if "dense" in featurizer.writes and (not aliases or featurizer.alias in aliases)
        if (features := featurizer.sentence(message)) is not None
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _scaled(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return _DENSE_WEIGHT * values / np.float32(max(float(np.sqrt(np.square(values).sum())), 1e-9))


def with_dense(vector: Vector, dense: npt.NDArray[np.float32], size: int) -> Vector:
    """A sparse vector of `size` features, and dense ones behind."""
    if not len(dense):
        return vector
    places = np.arange(size, size + len(dense), dtype=np.int32)
    return Vector(
        indices=np.concatenate([vector.indices, places]), values=np.concatenate([vector.values, dense])
    )
