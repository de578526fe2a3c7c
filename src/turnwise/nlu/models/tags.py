"""The states of a tagger, and which may follow which: every entity begins and ends in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Label = tuple[str, str | None, str | None]
"""Entity, role and group."""

Labels = npt.NDArray[np.intp]

Moves = npt.NDArray[np.floating]
"""Weights of moves between labels; shape (labels + 2, labels + 2).

Rows: outside, labels, start of the text. Columns: outside, labels, end of the text.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """State 0 is "outside"; then B for each label, I for each label, L for each, U for each.

    A text is a path through them. Only moves between labels have weights: from the label that ended (or
    the start of the text, or outside) to the label that begins (or outside, or the end of the text).
    """

    labels: Sequence[Label]

    @property
    def count(self) -> int:
        return 4 * len(self.labels) + 1

    @property
    def cells(self) -> Labels:
        """The states by how a path leaves, how it arrives, and label; shape (2, 2, labels + 1).

        It leaves and arrives between entities (0) or inside one (1): a B arrives between and leaves inside.
        Label 0 is outside; it stands in all four of its cells, though no path is inside of it.
        """
        begin, inside, last, only = 1 + np.arange(4 * len(self.labels)).reshape(4, -1)
        rows = [[only, last], [begin, inside]]
        return np.asarray([[np.r_[0, own] for own in row] for row in rows], dtype=np.intp)

    def path(self, length: int, spans: Sequence[tuple[int, int, int]]) -> Labels:
        """The states of a text of `length` tokens with spans (first token, last token, label)."""
        size = len(self.labels)
        path = np.zeros(length, dtype=np.intp)
        for first, last, label in spans:
            if first == last:
                path[first] = 3 * size + 1 + label
            else:
                path[first] = 1 + label
                path[first + 1 : last] = size + 1 + label
                path[last] = 2 * size + 1 + label
        return path

    def spans(self, path: Sequence[int]) -> list[tuple[int, int, int]]:
        """The reverse of `path`."""
        size = len(self.labels)
        found: list[tuple[int, int, int]] = []
        first = 0
        for index, state in enumerate(path):
            if state > 3 * size:
                found.append((index, index, state - 3 * size - 1))
            elif state > 2 * size:
                found.append((first, index, state - 2 * size - 1))
            elif 0 < state <= size:
                first = index
        return found

    def label_of(self, state: int) -> int:
        """The label of a state other than 0."""
        return (state - 1) % len(self.labels)
