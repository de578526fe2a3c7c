"""The paths through the states of one text: which is the likeliest, and how many go through each state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from turnwise.nlu.models.tags import States

Floats = npt.NDArray[np.float64]
Emissions = npt.NDArray[np.float32]

_CERTAIN = 0.4
"""Unlikelihood, summed over the tokens, below which a path is the likeliest; in theory one half."""
_SCALED = 8
"""After how many tokens sums over paths are scaled to 1 again, lest they leave the range of numbers."""


class Paths:
    """Looks for paths by cells, see `States.cells`.

    What arrives at a token, or leaves it, has two kinds for each label, outside among them: between
    entities, and inside one. Only between entities is there a choice of moves; inside, the label stays.
    """

    def __init__(self, states: States, moves: npt.NDArray[np.floating]) -> None:
        """Args:
        moves: Weights of moves between labels; see `Moves`.
        """
        size = len(states.labels) + 1
        self._cells = states.cells
        self._first, self._last = moves[size, :size].astype(np.float32), moves[:size, size].astype(np.float32)
        self._between = moves[:size, :size].astype(np.float32)
        self._cell_of = np.unique(self._cells, return_index=True)[1]
        self._ends, self._steps = _in_both_directions(np.exp(moves.astype(np.float64)))

    def shares(self, emissions: Emissions) -> Floats:
        """How likely each state is at each token, over all paths.

        The sums over paths are made from both ends at once: read backwards, an entity begins with L and
        ends with B, so what arrived leaves, and what left arrives.

        Args:
            emissions: Score of each state at each token; shape (tokens, states).

        Returns:
            Shape (tokens, states).
        """
        chances = np.exp(emissions - emissions.max(axis=1, keepdims=True), dtype=np.float64)
        # Shape (tokens, kinds that leave, kinds that arrive, labels + 1); with directions behind the tokens.
        own = chances.take(self._cells, axis=1)
        both = np.stack((own, own[::-1].swapaxes(1, 2)), axis=1)
        arrived = np.empty((len(own), *self._ends.shape))
        arrived[0] = self._ends
        rows = arrived.reshape(len(own), 2, 1, -1)
        steps = zip(both, arrived[:, :, None], rows[1:], strict=False)
        for index, (chance, here, ahead) in enumerate(steps):
            left = (chance * here).sum(axis=2).reshape(2, 1, -1)
            if index % _SCALED == 0:
                left /= left.sum(axis=2, keepdims=True)
            np.matmul(left, self._steps, out=ahead)
        through = own * arrived[:, 0, None] * arrived[::-1, 1, :, None]
        shares: Floats = through.reshape(len(own), -1).take(self._cell_of, axis=1)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def likeliest(self, emissions: Emissions, shares: Floats) -> list[int]:
        """The states of the likeliest path.

        The path through the likeliest state at each token has at least the likelihood that is left when
        those of all other states are taken away. If that is more than one half, no other path has as much.

        Args:
            shares: What `shares` says of `emissions`.
        """
        if (1 - shares.max(axis=1)).sum() < _CERTAIN:
            certain: list[int] = shares.argmax(axis=1).tolist()
            return certain
        return self.searched(emissions)

    def searched(self, emissions: Emissions) -> list[int]:
        """The same, by the best scores of paths up to each token (Viterbi)."""
        own = emissions.take(self._cells, axis=1)
        arrived = np.full((len(own), 2, own.shape[3]), -np.inf, dtype=np.float32)
        arrived[0, 0] = self._first
        for scores, here, ahead in zip(own, arrived, arrived[1:], strict=False):
            between, inside = (scores + here).max(axis=1)
            ahead[0] = (between[:, None] + self._between).max(axis=0)
            ahead[1, 1:] = inside[1:]
        return self._traced(own + arrived[:, None])

    def _traced(self, reached: Emissions) -> list[int]:
        """The path with the best score, from its end.

        Args:
            reached: The best score of a path up to each cell; shape (tokens, 2, 2, labels + 1).
        """
        path: list[int] = []
        leaves, moves = 0, self._last
        for scores in reached[::-1]:
            if leaves == 0:
                label = int((scores[0].max(axis=0) + moves).argmax())
            arrives = int(scores[leaves, :, label].argmax())
            path.append(int(self._cells[leaves, arrives, label]))
            leaves, moves = arrives, self._between[:, label]
        return path[::-1]


def _in_both_directions(weights: Floats) -> tuple[Floats, Floats]:
    """How much arrives at the first token, and how much at the next of what leaves a token.

    Args:
        weights: Of moves between labels, as factors; shape (labels + 2, labels + 2).

    Returns:
        Shape (directions, 2, labels + 1) and (directions, 2 * (labels + 1), 2 * (labels + 1)); of the two
        kinds, between entities comes first.
    """
    size = len(weights) - 1
    ends = np.zeros((2, 2, size))
    ends[:, 0] = weights[size, :size], weights[:size, size]
    steps = np.zeros((2, 2 * size, 2 * size))
    steps[:, :size, :size] = weights[:size, :size], weights[:size, :size].T
    inside = np.arange(size + 1, 2 * size)  # nothing is inside of "outside"
    steps[:, inside, inside] = 1
    return ends, steps
