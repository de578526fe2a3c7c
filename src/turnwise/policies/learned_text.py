"""How much a message resembles the user texts of end-to-end stories."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from turnwise.policies.dialogue_features import text_grams


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """Texts as vectors of words and runs of letters, the rarer the weightier, each of length 1."""

    texts: tuple[str, ...] = ()
    """Sorted."""
    rarities: Mapping[str, float] = field(default_factory=dict)
    """Weight of each word or run: one more than the logarithm of its inverse frequency."""
    shares: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    """For each word or run, the texts that have it, by position, and its part of their vectors."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> KnownTexts:
        known = tuple(sorted(set(texts)))
        grams = [text_grams(text) for text in known]
        counts = Counter(gram for found in grams for gram in found)
        rarities = {gram: 1 + math.log(len(known) / count) for gram, count in counts.items()}
        shares: dict[str, list[tuple[int, float]]] = {gram: [] for gram in counts}
        for position, found in enumerate(grams):
            length = math.sqrt(sum(rarities[gram] ** 2 for gram in found))
            for gram in found:
                shares[gram].append((position, rarities[gram] / length))
        return cls(known, rarities, shares)

    def __bool__(self) -> bool:
        return bool(self.texts)

    def likeness(self, text: str) -> float:
        """Cosine with the nearest known text, in [0, 1]; words never seen make it less."""
        # What was never seen is taken to be as rare as what was seen once.
        rarest = 1 + math.log(max(1, len(self.texts)))
        products: dict[int, float] = {}
        square = 0.0
        for gram in text_grams(text):
            rarity = self.rarities.get(gram, rarest)
            square += rarity**2
            for position, share in self.shares.get(gram, ()):
                products[position] = products.get(position, 0.0) + rarity * share
        return min(1.0, max(products.values()) / math.sqrt(square)) if products else 0.0
