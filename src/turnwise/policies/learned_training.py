"""Trains the small network of the learned policies, to the same bytes on every machine.

The network is trained with Adam (Kingma & Ba 2015, arXiv:1412.6980) and dropout (Srivastava et al., JMLR 15,
2014). Sums of products are where processors differ, in the order of adding and in fused instructions. So all
factors are rounded to multiples of a power of two before they are multiplied: double precision then holds
every sum exactly, in whatever order it is added. All else is done element by element, which IEEE 754 fixes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from turnwise.policies.dialogue_features import Feature, Features
from turnwise.policies.learned_network import Doubles, Network, encoded

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Labels = npt.NDArray[np.intp]
Places = npt.NDArray[np.integer]

HIDDEN = 128
_BATCH = 256
_RATE = 0.01
"""Step length at the start; it falls to zero in a straight line."""
_DROPPED = 0.5
"""Share of hidden units left out of each training example."""
_SPREAD = 0.17
"""Weights begin between minus and plus this."""
_PASSES = 12
_FEWEST_STEPS, _MOST_STEPS = 200, 5000
_SMALL = 100
"""With fewer stories than this, features that occur in a single decision count too."""

_WEIGHT_STEP, _HIDDEN_STEP, _ERROR_STEP, _GRADIENT_STEP = 2.0**-18, 2.0**-12, 2.0**-16, 2.0**-24
_SINGLE_THREADED = 2**18
"""Multiplications up to which OpenBLAS uses one thread for a product of matrices."""

_MOMENTUM, _MEMORY = 0.9, 0.99

_HELD_OUT = 5
"""One in so many conversations is held out to measure how sure the network may be."""
_FEWEST_TO_HOLD_OUT, _MOST_TO_HOLD_OUT = 10, 500
"""Stories that this needs, and stories that are enough for it."""
_TEMPERATURES = [round(0.7 * 1.03**step, 3) for step in range(36)]


MIXED = -1
"""In place of the number of a story: glued from several."""


class Decision(NamedTuple):
    """One thing to be learned."""

    features: Features
    label: str
    conversation: int
    """Number of the story it is from, since decisions of one story resemble each other; or `MIXED`."""


class Matrix(NamedTuple):
    """Decisions in numbers."""

    rows: csr_array
    """Shape (decisions, features)."""
    labels: Labels
    """Shape (decisions,)."""
    conversations: Labels
    """Shape (decisions,)."""


def trained(decisions: Sequence[Decision], *, passes: int | None = None, calibrate: bool = True) -> Network:
    """A network that tells the labels of `decisions`, and of others like them.

    Args:
        decisions: At least one.
        passes: How often to go through the decisions at most; small data are gone through more often.
        calibrate: Whether to measure on held-out conversations how sure the network may be.
    """
    network = _untrained(decisions)
    matrix = matrix_of(decisions, network)
    passes = min(passes or _PASSES, _PASSES)
    if calibrate:
        network = replace(network, temperature=_temperature(matrix, network, passes))
    return fitted(matrix, network, passes)


def _untrained(decisions: Sequence[Decision]) -> Network:
    """A network with vocabulary and labels, whose weights are as they are at the start."""
    counts = worth_knowing(decisions)
    vocabulary = sorted(counts)
    labels = sorted({decision.label for decision in decisions})
    typical = sum(counts.values()) / len(decisions)
    random = np.random.Generator(np.random.PCG64(0))
    # Uniform numbers are the same everywhere; normal ones go through a logarithm, which is not.
    return Network(
        vocabulary=vocabulary,
        labels=labels,
        scale=round(1 / math.sqrt(max(1.0, typical)), 3),
        input_weights=_spread(random, (len(vocabulary), HIDDEN)),
        input_bias=np.zeros(HIDDEN, dtype=np.float16),
        output_weights=_spread(random, (HIDDEN, len(labels))),
        output_bias=np.zeros(len(labels), dtype=np.float16),
    )


def worth_knowing(decisions: Sequence[Decision]) -> dict[Feature, int]:
    """Features that tell more than one decision from others, and in how many they occur."""
    counts = Counter(feature for decision in decisions for feature in decision.features)
    stories = len({decision.conversation for decision in decisions})
    least = 1 if stories < _SMALL else 2
    return {feature: count for feature, count in counts.items() if count >= least}


def _spread(random: np.random.Generator, shape: tuple[int, int]) -> npt.NDArray[np.float16]:
    return ((random.random(shape) * 2 - 1) * _SPREAD).astype(np.float16)


def matrix_of(decisions: Sequence[Decision], network: Network) -> Matrix:
    """Decisions as the network sees them."""
    from scipy.sparse import csr_array

    positions = {label: index for index, label in enumerate(network.labels)}
    rows: list[int] = []
    values: list[float] = []
    ends = [0]
    for decision in decisions:
        known = encoded(decision.features, network.positions, network.scale)
        rows += known.rows
        values += known.values
        ends.append(len(rows))
    shape = (len(decisions), len(network.vocabulary))
    return Matrix(
        csr_array((np.array(values), np.array(rows, dtype=np.int32), np.array(ends)), shape=shape),
        np.array([positions[decision.label] for decision in decisions], dtype=np.intp),
        np.array([decision.conversation for decision in decisions], dtype=np.intp),
    )


def _temperature(matrix: Matrix, network: Network, passes: int) -> float:
    """Under which decisions of unseen conversations are likeliest (Guo et al. 2017, arXiv:1706.04599)."""
    # What is glued from several stories would give the held-out ones away.
    stories = np.unique(matrix.conversations[matrix.conversations != MIXED])
    if len(stories) < _FEWEST_TO_HOLD_OUT:
        return 1.0
    stories = stories[:: -(-len(stories) // _MOST_TO_HOLD_OUT)]
    held_out = stories[_HELD_OUT - 1 :: _HELD_OUT]
    outside = np.flatnonzero(np.isin(matrix.conversations, held_out))
    inside = np.flatnonzero(np.isin(matrix.conversations, np.setdiff1d(stories, held_out)))
    taught = fitted(_part(matrix, inside), network, passes)
    scores = _exact_scores(matrix.rows[outside], taught)
    labels = matrix.labels[outside]

    def surprise(temperature: float) -> float:
        return -float(_log_shares(scores / temperature)[np.arange(len(labels)), labels].mean())

    return min(_TEMPERATURES, key=surprise)


def _part(matrix: Matrix, rows: Labels) -> Matrix:
    return Matrix(matrix.rows[rows], matrix.labels[rows], matrix.conversations[rows])


def log_scores(decisions: Sequence[Decision], network: Network) -> Doubles:
    """Logarithms of the probabilities of all labels, the same on every machine; shape (decisions, labels)."""
    return _log_shares(_exact_scores(matrix_of(decisions, network).rows, network) / network.temperature)


def _exact_scores(rows: csr_array, network: Network) -> Doubles:
    """Scores before calibration, the same on every machine; shape (decisions, labels)."""
    sums: Doubles = rows @ network.input_weights.astype(np.float64) + network.input_bias.astype(np.float64)
    hidden = _rounded(np.maximum(sums, 0), _HIDDEN_STEP)
    scores = _product(hidden, network.output_weights.astype(np.float64))
    return scores + network.output_bias.astype(np.float64)


def _log_shares(scores: Doubles) -> Doubles:
    """Logarithms of probabilities, row by row."""
    scores = scores - scores.max(axis=1, keepdims=True)
    shares: Doubles = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return shares


def _rounded(numbers: Doubles, step: float) -> Doubles:
    """To multiples of `step`."""
    nearest: Doubles = np.rint(numbers / step) * step
    return nearest


def _product(left: Doubles, right: Doubles) -> Doubles:
    """`left @ right`, in pieces so small that no linear algebra library starts threads for them.

    Threads that wait for each other a thousand times a second cost more than they save, and on a
    machine that has other work to do, ten times as much (measured with OpenBLAS).
    """
    product: Doubles = np.empty((left.shape[0], right.shape[1]))
    size = max(2, _SINGLE_THREADED // (left.shape[1] * right.shape[1]))
    for start in range(0, len(left), size):
        np.matmul(left[start : start + size], right, out=product[start : start + size])
    return product


class _Weights:
    """Weights that are being learned by Adam; always multiples of a power of two."""

    def __init__(self, start: npt.NDArray[np.float16]) -> None:
        self.grid: Doubles = _rounded(start.astype(np.float64), _WEIGHT_STEP)
        self._mean = np.zeros(start.shape, dtype=np.float32)
        self._square = np.zeros(start.shape, dtype=np.float32)

    def step(self, rows: Places | slice, gradient: Doubles, rate: float) -> None:
        """Against `gradient`; its shape is that of `grid[rows]`."""
        slope = gradient.astype(np.float32)
        mean, square = self._mean[rows], self._square[rows]
        mean += np.float32(1 - _MOMENTUM) * (slope - mean)
        slope *= slope
        square += np.float32(1 - _MEMORY) * (slope - square)
        change = mean * np.float32(rate / _WEIGHT_STEP)
        change /= np.sqrt(square) + np.float32(1e-8)
        self._mean[rows], self._square[rows] = mean, square
        self.grid[rows] -= np.rint(change) * _WEIGHT_STEP

    def halves(self) -> npt.NDArray[np.float16]:
        return self.grid.astype(np.float16)


def fitted(matrix: Matrix, start: Network, passes: int, *, fewest_steps: int = _FEWEST_STEPS) -> Network:
    """`start` with weights that were learned from all of `matrix`.

    Args:
        fewest_steps: How many batches to learn from, however few passes that is.
    """
    count = len(matrix.labels)
    size = min(_BATCH, max(8, count // 4))
    steps = min(max(fewest_steps, passes * -(-count // size)), _MOST_STEPS)
    learning = _Learning(start)
    random = np.random.Generator(np.random.PCG64(1))
    order = random.permutation(count)
    at = 0
    for done in range(steps):
        if at >= count:
            order, at = random.permutation(count), 0
        chosen = order[at : at + size]
        at += size
        kept = random.random((len(chosen), HIDDEN), dtype=np.float32) >= _DROPPED
        learning.step(matrix.rows[chosen], matrix.labels[chosen], kept, _RATE * (1 - done / steps))
    return learning.result(start)


class _Learning:
    """The network while it learns."""

    def __init__(self, start: Network) -> None:
        self.input = _Weights(start.input_weights)
        self.input_bias = _Weights(start.input_bias)
        self.output = _Weights(start.output_weights)
        self.output_bias = _Weights(start.output_bias)
        self._momentum_left = self._memory_left = 1.0

    def step(self, rows: csr_array, labels: Labels, kept: npt.NDArray[np.bool_], rate: float) -> None:
        """Learns from a few decisions.

        Args:
            rows: Shape (decisions, features).
            kept: Hidden units that take part; shape (decisions, hidden).
        """
        columns, narrow = _narrowed(rows)
        hidden = _rounded(narrow @ self.input.grid[columns] + self.input_bias.grid, _HIDDEN_STEP)
        gate = kept & (hidden > 0)
        hidden = hidden * gate * (1 / (1 - _DROPPED))
        error = np.exp(_log_shares(_product(hidden, self.output.grid) + self.output_bias.grid))
        error[np.arange(len(labels)), labels] -= 1
        error = _rounded(error, _ERROR_STEP)
        back = _rounded(_product(error, self.output.grid.T), _GRADIENT_STEP) * gate * (1 / (1 - _DROPPED))
        share = 1 / len(labels)
        rate = self._unbiased(rate)
        self.output.step(slice(None), _product(hidden.T, error) * share, rate)
        self.output_bias.step(slice(None), error.sum(axis=0) * share, rate)
        self.input_bias.step(slice(None), back.sum(axis=0) * share, rate)
        self.input.step(columns, (narrow.T @ back) * share, rate)

    def _unbiased(self, rate: float) -> float:
        """The rate such that early steps, whose means start from zero, are not too short."""
        self._momentum_left *= _MOMENTUM
        self._memory_left *= _MEMORY
        return rate * math.sqrt(1 - self._memory_left) / (1 - self._momentum_left)

    def result(self, start: Network) -> Network:
        return replace(
            start,
            input_weights=self.input.halves(),
            input_bias=self.input_bias.halves(),
            output_weights=self.output.halves(),
            output_bias=self.output_bias.halves(),
        )


def _narrowed(rows: csr_array) -> tuple[Places, csr_array]:
    """The columns that occur in `rows`, ascending, and `rows` with these only."""
    from scipy.sparse import csr_array

    occurs = np.zeros(rows.shape[1], dtype=np.bool_)
    occurs[rows.indices] = True
    columns = np.flatnonzero(occurs)
    places = np.empty(rows.shape[1], dtype=np.int32)
    places[columns] = np.arange(len(columns), dtype=np.int32)
    narrow = csr_array((rows.data, places[rows.indices], rows.indptr), shape=(rows.shape[0], len(columns)))
    return columns, narrow
