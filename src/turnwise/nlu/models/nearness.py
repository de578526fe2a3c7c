"""How near a message is to the nearest known text of an intent: unknown requests have none nearby.

(Nearest neighbours as a measure of novelty: Sun et al. 2022, arXiv:2204.06507.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.models.quantised import Quantised

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

_MOST = 100
"""Texts of each intent that are remembered."""
_LEAST_SPREAD = 0.1
"""A cosine; where texts are all alike, a slip of the pen would be far away otherwise."""

_SAME = 0.999
"""Cosine from which two texts are one; eight bits for a number leave no more than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Remembered texts, each as a direction: of its dense features, or of its scores where it has none."""

    texts: Quantised
    """Rows of unit length in order of their intents; shape (texts, size)."""
    ends: Labels
    """Where the texts of each intent end; the first begin at 0; shape (intents,)."""
    usual: float
    """Cosine to the nearest other text of the same intent, of the text in the middle."""
    spread: float
    """Standard deviation of that cosine."""

    def lack(self, seen: Floats, intent: int, *, besides: int = -1) -> float:
        """How much farther away than usual the nearest text of an intent is, in spreads; at least 0.

        Args:
            seen: Dense features or scores of a message; shape (size,).
            besides: Row of a text that does not count, since it is the message itself.
        """
        begin, cosines = self._cosines(seen, intent)
        if begin <= besides < begin + len(cosines):
            cosines = np.delete(cosines, besides - begin)
        return max(0.0, (self.usual - float(cosines.max())) / self.spread) if len(cosines) else 0.0

    @classmethod
    def learned(cls, seen: Floats, labels: Labels, remembered: Labels, intents: int) -> Nearness:
        """From dense features, or from scores of texts not trained on.

        Args:
            seen: Shape (texts, size).
            labels: Their intents; shape (texts,).
            remembered: Which texts to keep, in order of their intents, from `to_remember`.
            intents: How many there are.
        """
        texts = directions(seen[remembered])
        ends = np.cumsum(np.bincount(labels[remembered], minlength=intents))
        nearest = _nearest([own for own in np.split(texts, ends[:-1]) if len(own) > 1])
        return cls(
            texts=Quantised.of(texts),
            ends=ends,
            usual=float(np.round(np.median(nearest), 3)),
            spread=float(np.round(max(nearest.std(), _LEAST_SPREAD), 3)),
        )

    def grown(self, seen: Floats, labels: Labels) -> Nearness:
        """With more texts, in front of those known before; what is usual stays as it was.

        Args:
            seen: Shape (texts, size).
            labels: Their intents; shape (texts,).
        """
        known = np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))
        new = [
            row
            for row, label in enumerate(labels.tolist())
            if not (self._cosines(seen[row], label)[1] > _SAME).any()
        ]
        texts = np.concatenate(
            [directions(seen[new]), self.texts.rows(np.arange(len(known), dtype=np.int32))]
        )
        every = np.concatenate([labels[new], known])
        kept = to_remember(every)
        return replace(
            self,
            texts=Quantised.of(texts[kept]),
            ends=np.cumsum(np.bincount(every[kept], minlength=len(self.ends))),
        )

    def _cosines(self, seen: Floats, intent: int) -> tuple[int, Floats]:
        """The row of the first text of an intent, and how near each of its texts is; shape (its texts,)."""
        begin, end = int(self.ends[intent - 1]) if intent else 0, int(self.ends[intent])
        cosines: Floats = self.texts.values[begin:end] @ (directions(seen) * self.texts.steps)
        return begin, cosines

    def numbers(self) -> dict[str, float]:
        """What to store as JSON; the rest is in `arrays`."""
        return {"usual": self.usual, "spread": self.spread}

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """What to store as arrays, under names that begin with `name`."""
        return {name: self.texts.values, f"{name}_steps": self.texts.steps, f"{name}_ends": self.ends}

    @classmethod
    def of(cls, name: str, numbers: Mapping[str, float], arrays: Mapping[str, npt.NDArray[Any]]) -> Nearness:
        """From what `numbers` and `arrays` gave."""
        texts = Quantised(values=arrays[name], steps=arrays[f"{name}_steps"])
        return cls(texts=texts, ends=arrays[f"{name}_ends"], usual=numbers["usual"], spread=numbers["spread"])


def to_remember(labels: Labels) -> Labels:
    """Rows of texts, at most so many of each intent, in order of their intents."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    return order[np.arange(len(order)) - starts < _MOST]


def directions(seen: Floats) -> Floats:
    """Vectors of unit length along the last axis; zero stays zero."""
    lengths = np.sqrt(np.square(seen).sum(axis=-1, keepdims=True))
    scaled: Floats = seen / np.maximum(lengths, np.float32(1e-9))
    return scaled


def _nearest(groups: Sequence[Floats]) -> npt.NDArray[np.float64]:
    """The cosine of each text to the nearest other one of its group; 1 where there are no others."""
    nearest = [1.0]
    for texts in groups:
        cosines = (texts @ texts.T).astype(np.float64)
        np.fill_diagonal(cosines, -1.0)
        nearest += cosines.max(axis=1).tolist()
    return np.array(nearest[1:] or nearest)
