"""Weights in eight bits: an eighth of the memory, and the same bytes wherever they were trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """A matrix whose columns are multiples of a step each: `values * steps`.

    Rounding to a coarse grid also hides the last bits, in which machines differ after long sums.
    """

    values: npt.NDArray[np.int8]
    """Shape (rows, columns)."""
    steps: Floats
    """Shape (columns,)."""

    @classmethod
    def of(cls, matrix: npt.NDArray[np.floating]) -> Quantised:
        """The nearest such matrix; each column uses the whole range of eight bits."""
        largest = np.abs(matrix).max(axis=0, initial=0.0)
        # Half precision for the steps, rounded up, so that the grid itself is the same everywhere.
        steps = np.nextafter((largest / 127).astype(np.float16), np.float16(np.inf)).astype(np.float32)
        return cls(values=np.rint(matrix / steps).astype(np.int8), steps=steps)

    def rows(self, indices: npt.NDArray[np.int32]) -> Floats:
        """Some rows, in full precision; shape (len(indices), columns)."""
        taken: Floats = self.values[indices].astype(np.float32) * self.steps
        return taken

    def times(self, indices: npt.NDArray[np.int32], values: Floats) -> Floats:
        """The product of a sparse row vector with the matrix; shape (columns,)."""
        product: Floats = (values @ self.values[indices].astype(np.float32)) * self.steps
        return product
