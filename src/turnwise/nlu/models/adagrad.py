"""Learning the weights of sparse features from small batches (AdaGrad: Duchi et al., JMLR 12, 2011)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of a matrix; of a sparse one, reduced to the columns that occur in them."""

    matrix: csr_array | Floats
    """Shape (rows, columns), float32."""
    columns: Indices | slice
    """Which columns of the whole matrix these are, ascending."""


def batch_of(matrix: csr_array | Floats, rows: Indices) -> Batch:
    """The given rows of `matrix`."""
    if isinstance(matrix, np.ndarray):
        return Batch(matrix=matrix[rows], columns=slice(None))
    taken = matrix[rows]
    found, places = np.unique(taken.indices, return_inverse=True)
    columns = found.astype(np.intp)
    shape = (len(rows), len(columns))
    return Batch(
        matrix=csr_array((taken.data, places.astype(np.int32), taken.indptr), shape=shape), columns=columns
    )


def shuffled_batches(count: int, size: int, epochs: int, *, seed: int) -> Iterator[tuple[float, Indices]]:
    """Batches of positions below `count`, in another order each epoch, and the work done before."""
    random = np.random.Generator(np.random.PCG64(seed))
    starts = range(0, count, size)
    for epoch in range(epochs):
        order = random.permutation(count)
        for start in starts:
            yield (epoch * count + start) / (epochs * count), order[start : start + size]


class AdaGrad:
    """A weight matrix of which each step moves some rows, those that moved much by less."""

    def __init__(
        self, rows: int, columns: int, *, rate: float, start: Floats | None = None, moved: float = 1e-8
    ) -> None:
        """Args:
        rate: Length of a step; a weight that moves for the first time moves by about this much.
        start: Weights learned before; shape (rows, columns). None: all are zero.
        moved: Sum of squared gradients that each weight begins with; the larger, the less it moves.
        """
        self.rate = np.float32(rate)
        self.weights = np.zeros((rows, columns), dtype=np.float32) if start is None else start.copy()
        self._squares = np.full((rows, columns), moved, dtype=np.float32)

    def move(self, rows: Indices | slice, gradient: Floats, *, pace: Floats | None = None) -> None:
        """One step against `gradient`, which is used up; shape (rows, columns).

        Args:
            pace: Factors of the length of the step; shape (rows, columns) or (rows, 1).
        """
        # In place throughout: this is where training spends most of its time.
        squares = self._squares[rows]
        squares += gradient * gradient
        self._squares[rows] = squares
        gradient /= np.sqrt(squares)
        gradient *= self.rate if pace is None else self.rate * pace
        self.weights[rows] -= gradient
