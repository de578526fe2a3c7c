"""How much a message resembles the user texts of end-to-end stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from turnwise.policies.dialogue_features import text_grams

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class KnownTexts:
    """Texts as rows of a matrix, each weighted such that rare words count more, and of length 1."""

    texts: tuple[str, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
    """Of words and runs of letters in `weights`."""
    weights: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """Of each of them: its inverse frequency."""
    rows: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    """Shape (texts, words and runs)."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> KnownTexts:
        known = tuple(sorted(set(texts)))
        counts = Counter(gram for text in known for gram in text_grams(text))
        positions = {gram: index for index, gram in enumerate(sorted(counts))}
        shares = np.array([counts[gram] for gram in positions], dtype=np.float32) / max(1, len(known))
        weights = (1 - np.log(shares)).astype(np.float32)
        rows = np.zeros((len(known), len(positions)), dtype=np.float32)
        for row, text in zip(rows, known, strict=True):
            places = [positions[gram] for gram in text_grams(text)]
            row[places] = weights[places]
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
        return cls(known, positions, weights, rows)

    def __bool__(self) -> bool:
        return bool(self.texts)

    def likeness(self, text: str) -> float:
        """Cosine with the nearest known text, in [0, 1]; words never seen make it less."""
        grams = text_grams(text)
        places = [self.positions[gram] for gram in grams if gram in self.positions]
        if not places:
            return 0.0
        unseen = len(grams) - len(places)
        weights = self.weights[places]
        # What was never seen is taken to be as rare as what was seen once.
        length = np.sqrt((weights * weights).sum() + unseen * self.weights.max() ** 2)
        return float((self.rows[:, places] @ weights).max() / length)
