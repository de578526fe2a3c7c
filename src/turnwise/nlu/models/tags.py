"""The states of a tagger, and which may follow which: every entity begins and ends in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Label = tuple[str, str | None, str | None]
"""Entity, role and group."""

Labels = npt.NDArray[np.intp]


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
    def starting(self) -> Labels:
        """States with which something begins: outside, B of each label, U of each label."""
        size = len(self.labels)
        return np.asarray(np.r_[0, 1 : size + 1, 3 * size + 1 : 4 * size + 1], dtype=np.intp)

    @property
    def ending(self) -> Labels:
        """States with which something ends: outside, L of each label, U of each label."""
        size = len(self.labels)
        return np.asarray(np.r_[0, 2 * size + 1 : 3 * size + 1, 3 * size + 1 : 4 * size + 1], dtype=np.intp)

    @property
    def places(self) -> Labels:
        """For `starting` and `ending` alike: 0 for outside, 1 + label otherwise."""
        size = len(self.labels)
        return np.asarray(np.r_[0, 1 : size + 1, 1 : size + 1], dtype=np.intp)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Scores of one state following another; -inf where it cannot."""

    between: npt.NDArray[np.float32]
    """Shape (states, states)."""
    first: npt.NDArray[np.float32]
    """Shape (states,): of a text beginning so."""
    last: npt.NDArray[np.float32]
    """Shape (states,): of a text ending so."""

    @classmethod
    def of(cls, states: States, weights: npt.NDArray[np.floating]) -> Moves:
        """From the weights of moves between labels.

        Args:
            weights: Shape (labels + 2, labels + 2). Rows: outside, labels, start of the text.
                Columns: outside, labels, end of the text.
        """
        size, count = len(states.labels), states.count
        weights = weights.astype(np.float32)
        places = states.places
        between = np.full((count, count), -np.inf, dtype=np.float32)
        between[np.ix_(states.ending, states.starting)] = weights[np.ix_(places, places)]
        for label in range(size):
            inside = [size + 1 + label, 2 * size + 1 + label]
            between[1 + label, inside] = between[size + 1 + label, inside] = 0.0
        first = np.full(count, -np.inf, dtype=np.float32)
        first[states.starting] = weights[size + 1, places]
        last = np.full(count, -np.inf, dtype=np.float32)
        last[states.ending] = weights[places, size + 1]
        return cls(between=between, first=first, last=last)
