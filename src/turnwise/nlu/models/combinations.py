"""Intents that combine others, such as `greet+order` beside `greet` and `order`.

There are seldom many examples of them. So a combination is also learned from pairs of examples of its parts,
and its score is that of its parts, of being a combination at all, and a little of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Labels = npt.NDArray[np.intp]

_OWN = 0.1
"""How fast a combination learns what its parts do not know."""
_TIMES = 2
"""How many examples a combination is to have for each one of its rarest part."""
_MOST = 60
"""Examples from which on a combination needs no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combinations:
    """Which classes are combinations of others."""

    parts: Mapping[int, Sequence[int]]
    """The classes that each combination is made of; empty if there are none."""
    classes: int
    """How many classes there are, combinations or not."""

    @classmethod
    def among(cls, names: Sequence[str], words: Mapping[str, Sequence[str]]) -> Combinations:
        """Those names that consist of other ones.

        Args:
            words: What names are split into; those that are missing are not split.
        """
        place = {name: position for position, name in enumerate(names)}
        parts = {
            place[name]: [place[word] for word in words[name]]
            for name in names
            if len(words.get(name, ())) > 1 and all(word in place for word in words[name])
        }
        return cls(parts=parts, classes=len(names))

    def shares(self) -> npt.NDArray[np.float64] | None:
        """How scores are summed from shared ones, of which the last tells combinations from single intents.

        Returns:
            Shape (shared scores, classes); None if nothing is shared.
        """
        if not self.parts:
            return None
        shares = np.eye(self.classes + 1, self.classes)
        for whole, parts in self.parts.items():
            shares[[*parts, -1], whole] = 1
            shares[whole, whole] = _OWN
        return shares

    def joined(self, labels: Labels, *, seed: int) -> tuple[csr_array, Labels]:
        """Examples of combinations, made of those of their parts until there are enough.

        Args:
            labels: Class of each text; shape (texts,).

        Returns:
            What times the vectors of the texts gives the new ones, each about as long as those it is made of,
            shape (new, texts); and their classes, shape (new,).
        """
        random = np.random.Generator(np.random.PCG64(seed))
        rows: list[int] = []
        chosen: list[int] = []
        values: list[float] = []
        made: list[int] = []
        own = [np.flatnonzero(labels == number) for number in range(self.classes)]
        for whole, parts in self.parts.items():
            enough = min(_TIMES * min(len(own[part]) for part in parts), _MOST)
            for _ in range(enough - len(own[whole])):
                rows += [len(made)] * len(parts)
                chosen += [int(random.choice(own[part])) for part in parts]
                values += [len(parts) ** -0.5] * len(parts)
                made.append(whole)
        entries = (
            np.array(values, dtype=np.float32),
            (np.array(rows, dtype=np.intp), np.array(chosen, dtype=np.intp)),
        )
        return csr_array(entries, shape=(len(made), len(labels))), np.array(made, dtype=np.intp)
