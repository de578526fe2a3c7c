"""Sums over all paths through the states of many texts at once: the heart of training a tagger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from turnwise.nlu.models.tags import States

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How often, on average over all paths weighted by their likelihood, states and moves occur."""

    states: Floats
    """Shape (texts, tokens, states); rows beyond the end of a text are zero."""
    moves: Floats
    """Shape (labels + 2, labels + 2), summed over the texts."""


class Lattice:
    """Texts of several lengths side by side, the longest first.

    The moves inside an entity are fixed (B and I lead to I or L of the same label), so that only the
    moves between labels need a matrix product: labels squared, not states squared.
    """

    def __init__(self, states: States, moves: Floats, emissions: Floats, lengths: Counts) -> None:
        """Args:
        moves: Weights as in `Moves`.
        emissions: Shape (texts, tokens, states).
        lengths: Tokens of each text, descending; shape (texts,).
        """
        self.size = len(states.labels)
        self.lengths = lengths
        self.chances = np.exp(emissions - emissions.max(axis=2, keepdims=True))
        size = self.size
        self.between = np.exp(moves[: size + 1, : size + 1])
        self.first = np.exp(moves[size + 1, : size + 1])
        self.last = np.exp(moves[: size + 1, size + 1])
        self.count = states.count

    def _ended(self, states: Floats) -> Floats:
        """Sums by the label that ended, outside first; shape (texts, labels + 1)."""
        size = self.size
        return np.hstack([states[:, :1], states[:, 2 * size + 1 : 3 * size + 1] + states[:, 3 * size + 1 :]])

    def _begun(self, states: Floats) -> Floats:
        """Sums by the label that begins, outside first; shape (texts, labels + 1)."""
        size = self.size
        return np.hstack([states[:, :1], states[:, 1 : size + 1] + states[:, 3 * size + 1 :]])

    def _reached(self, begun: Floats, inside: Floats, chances: Floats) -> Floats:
        """States at a token, from what may begin there and what goes on; shape (texts, states)."""
        return np.hstack([begun, inside, inside, begun[:, 1:]]) * chances

    def expected(self) -> Expected:
        ahead, sums = self._forward()
        return self._backward(ahead, sums)

    def _forward(self) -> tuple[list[Floats], list[Floats]]:
        """Scaled sums over the paths up to each token, and what they were divided by."""
        size = self.size
        ahead: list[Floats] = []
        sums: list[Floats] = []
        for token in range(int(self.lengths[0])):
            alive = int(np.count_nonzero(self.lengths > token))
            if token == 0:
                begun, inside = np.tile(self.first, (alive, 1)), np.zeros((alive, size))
            else:
                before = ahead[-1][:alive]
                begun = self._ended(before) @ self.between
                inside = before[:, 1 : size + 1] + before[:, size + 1 : 2 * size + 1]
            reached = self._reached(begun, inside, self.chances[:alive, token])
            total = reached.sum(axis=1, keepdims=True)
            ahead.append(reached / total)
            sums.append(total)
        return ahead, sums

    def _backward(self, ahead: list[Floats], sums: list[Floats]) -> Expected:
        size = self.size
        states = np.zeros_like(self.chances)
        moves = np.zeros((size + 2, size + 2))
        closing = np.hstack([self.last[:1], np.zeros(2 * size), self.last[1:], self.last[1:]])
        behind = np.zeros((0, self.count))
        for token in range(len(ahead) - 1, -1, -1):
            here = ahead[token]
            going_on = len(behind)
            follows = np.zeros((0, size + 1))
            earlier = np.tile(closing, (len(here), 1))
            if going_on:
                weighed = behind * self.chances[:going_on, token + 1] / sums[token + 1]
                follows = self._begun(weighed)
                ended = follows @ self.between.T
                inside = weighed[:, size + 1 : 2 * size + 1] + weighed[:, 2 * size + 1 : 3 * size + 1]
                earlier[:going_on] = np.hstack([ended[:, :1], inside, inside, ended[:, 1:], ended[:, 1:]])
            shares = here * earlier
            total = shares.sum(axis=1, keepdims=True)
            shares /= total
            states[: len(here), token] = shares
            moves[:-1, :-1] += self.between * (self._ended(here[:going_on]).T @ (follows / total[:going_on]))
            moves[:-1, -1] += self._ended(shares[going_on:]).sum(axis=0)
            behind = earlier
        moves[-1, :-1] += self._begun(states[:, 0]).sum(axis=0)
        return Expected(states=states, moves=moves)
