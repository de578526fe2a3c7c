"""From confidences to the ranking that a classifier reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from turnwise.nlu.message import Intent

Floats = npt.NDArray[np.floating]
Length = Annotated[int, msgspec.Meta(ge=0)]
"""How many to report; 0 for all."""


def softmax(scores: Floats) -> npt.NDArray[np.float64]:
    """Confidences that sum to 1 along the last axis; any range and shape of scores."""
    # exp() overflows from about 709 upward; a shift leaves the ratios as they are.
    weights = np.exp(np.asarray(scores, dtype=np.float64) - np.max(scores, axis=-1, keepdims=True))
    shares: npt.NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def ranking(names: Sequence[str], confidences: Floats, *, length: Length = 0) -> list[Intent]:
    """Intents, likeliest first; ties in the order of `names`.

    Args:
        length: How many to keep; 0 for all.
    """
    order = np.argsort(-confidences, kind="stable")[: length or None]
    return [Intent(name=names[index], confidence=float(confidences[index])) for index in order.tolist()]
