"""Fits the weights of an intent model: softmax regression by AdaGrad, with some texts held out in turn."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from turnwise.nlu.classifiers.ranking import softmax
from turnwise.nlu.models.adagrad import AdaGrad, batch_of, shuffled_batches
from turnwise.nlu.models.combinations import Combinations
from turnwise.nlu.models.text_vectors import Vector

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

_RATE = 0.1
_SMOOTHING = 0.1
"""Share of the target that goes to all intents alike: keeps scores in bounds where labels are wrong."""
_MOVED = 1e-5
"""Sum of squared gradients that weights learned before begin with: they give way, but not at once."""
_EPOCHS = 6
_DENSE_EPOCHS = 2.5
"""How many times as often dense features are gone through, which have fewer numbers to learn much from."""
_SUM_OF_TWO = 4 / 3
"""What scores of features with names and of dense ones count together: they often agree."""
_LARGEST_BATCH = 64
_STEPS = 100
"""Fewest steps; small data are gone through more often."""
_FOLDS_OF_FEW, _FOLDS_OF_MANY, _MANY = 5, 3, 2000
"""Parts into which texts are divided to see what models make of those they have not seen."""


def unseen(share: float) -> None:
    """Stands in where nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Weights before they are rounded."""

    weights: Floats
    bias: Floats

    def scores(self, matrix: csr_array | Floats) -> Floats:
        scores: Floats = matrix @ self.weights + self.bias
        return scores

    @property
    def stored_bias(self) -> Floats:
        """On a coarse grid, for the same bytes on every machine."""
        return (np.rint(self.bias * 1024) / 1024).astype(np.float32)


def matrix_of(vectors: Sequence[Vector], size: int) -> csr_array:
    """Vectors as the rows of a sparse matrix with `size` columns."""
    ends = np.cumsum([0, *(len(vector.indices) for vector in vectors)])
    indices = np.concatenate([vector.indices for vector in vectors])
    values = np.concatenate([vector.values for vector in vectors])
    return csr_array((values, indices, ends), shape=(len(vectors), size))


def fitted(
    matrix: csr_array | Floats,
    labels: Labels,
    classes: int,
    *,
    seed: int,
    start: Fit | None = None,
    shares: npt.NDArray[np.float64] | None = None,
    balance: Floats | None = None,
    beside: Floats | None = None,
    epoch_fraction: float = 1.0,
    progress: Callable[[float], None] = unseen,
) -> Fit:
    """Softmax regression with smoothed labels, by AdaGrad.

    Args:
        matrix: Shape (texts, features), float32.
        labels: Class of each text; shape (texts,).
        start: Weights to go on from.
        shares: How the score of each class is summed from shared ones, as `Combinations.shares` says; None:
            each class has weights of its own.
        balance: How much a text of each class counts; shape (classes,). None: all count the same.
        beside: Scores that each text has from elsewhere; shape (texts, classes).
        epoch_fraction: Which part of the usual number of passes to make.
    """
    count = len(labels)
    size = int(np.clip(count // 40, 4, _LARGEST_BATCH))
    epochs = math.ceil(max(_EPOCHS, -(-_STEPS * size // count)) * epoch_fraction)
    if start is None:
        columns = classes if shares is None else len(shares)
        model, bias = AdaGrad(matrix.shape[1], columns, rate=_RATE), AdaGrad(1, columns, rate=_RATE)
    else:
        model = AdaGrad(*start.weights.shape, rate=_RATE, start=start.weights, moved=_MOVED)
        bias = AdaGrad(1, classes, rate=_RATE, start=start.bias[None, :], moved=_MOVED)
    for done, rows in shuffled_batches(count, size, epochs, seed=seed):
        batch = batch_of(matrix, rows)
        scores = batch.matrix @ model.weights[batch.columns] + bias.weights
        if shares is not None:
            scores = scores @ shares
        if beside is not None:
            scores = scores + beside[rows]
        # In double precision the last bit, in which processors differ, is lost when rounding back.
        error = softmax(scores) - _SMOOTHING / classes
        error[np.arange(len(rows)), labels[rows]] -= 1 - _SMOOTHING
        if balance is not None:
            error *= balance[labels[rows], None]
        if shares is not None:
            error = error @ shares.T
        error = (error / len(rows)).astype(np.float32)
        model.move(batch.columns, np.asarray(batch.matrix.T @ error, dtype=np.float32))
        bias.move(slice(None), error.sum(axis=0, keepdims=True))
        progress(done)
    if shares is None:
        return Fit(weights=model.weights, bias=bias.weights[0])
    return Fit(
        weights=(model.weights @ shares).astype(np.float32),
        bias=(bias.weights[0] @ shares).astype(np.float32),
    )


def joined(fits: Sequence[Fit], share: float) -> Fit:
    """One fit of all features, whose scores are those of the two together.

    Args:
        share: What dense features count, in [0, 1].
    """
    if len(fits) == 1:
        return fits[0]
    named, dense = fits
    weights = np.vstack([named.weights * _counting(1 - share), dense.weights * _counting(share)])
    return Fit(weights=weights, bias=together([named.bias, dense.bias], share))


def together(scores: Sequence[Floats], share: float) -> Floats:
    """Scores by features with names and by dense ones as one."""
    if len(scores) == 1:
        return scores[0]
    return scores[0] * _counting(1 - share) + scores[1] * _counting(share)


def _counting(share: float) -> np.float32:
    return np.float32(_SUM_OF_TWO * share)


def fold_of(labels: Labels, folds: int, *, seed: int) -> Labels:
    """A fold for each text, such that the texts of a class are spread evenly; shape (texts,)."""
    random = np.random.Generator(np.random.PCG64(seed))
    order = random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    part = np.empty(len(labels), dtype=np.intp)
    part[order] = np.arange(len(labels)) % folds
    return part


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Texts as a model sees them."""

    named: csr_array
    """Features with names; shape (texts, features)."""
    dense: Floats
    """Shape (texts, size), size 0 if there are none."""
    labels: Labels
    """Shape (texts,)."""
    combinations: Combinations

    @property
    def classes(self) -> int:
        return self.combinations.classes

    def at(self, rows: Labels) -> Described:
        """Some of the texts."""
        return replace(self, named=self.named[rows], dense=self.dense[rows], labels=self.labels[rows])

    def with_joined(self, *, seed: int) -> Described:
        """With examples of combinations made of those of their parts."""
        mixing, made = self.combinations.joined(self.labels, seed=seed)
        if not len(made):
            return self
        return replace(
            self,
            named=csr_array(vstack([self.named, mixing @ self.named])),
            dense=np.vstack([self.dense, mixing @ self.dense]),
            labels=np.append(self.labels, made),
        )

    def scores(self, fits: Sequence[Fit]) -> list[Floats]:
        """By each kind of features that there is; shape (texts, classes)."""
        kinds: list[csr_array | Floats] = [self.named, self.dense]
        return [fit.scores(kind) for fit, kind in zip(fits, kinds, strict=False)]

    def spread(self) -> Floats:
        """How many texts each feature is in; dense ones are nowhere in particular; shape (all features,)."""
        named = np.asarray(self.named.astype(bool).sum(axis=0), dtype=np.float32).ravel()
        return np.append(named, np.ones(self.dense.shape[1], dtype=np.float32))


def fitted_apart(texts: Described, *, seed: int, progress: Callable[[float], None] = unseen) -> list[Fit]:
    """A fit of features with names and, if there are any, one of dense features.

    If they were learned from together, what one kind explains would not be learned from the other.
    """
    texts, shares = texts.with_joined(seed=seed), texts.combinations.shares()
    labels, classes = texts.labels, texts.classes
    alone = not texts.dense.shape[1]
    named = fitted(
        texts.named,
        labels,
        classes,
        seed=seed,
        shares=shares,
        progress=progress if alone else lambda done: progress(done / 2),
    )
    if alone:
        return [named]
    centre = texts.dense.mean(axis=0)
    dense = fitted(
        texts.dense - centre,
        labels,
        classes,
        seed=seed,
        shares=shares,
        epoch_fraction=_DENSE_EPOCHS,
        progress=lambda done: progress(0.5 + done / 2),
    )
    return [named, Fit(weights=dense.weights, bias=dense.bias - centre @ dense.weights)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What fits made of texts that they had not seen."""

    rows: Labels
    """Which texts those are."""
    apart: Sequence[Floats]
    """Their scores, by each kind of features; shape (len(rows), classes)."""


def cross_fitted(
    texts: Described, *, every: bool, seed: int, progress: Callable[[float], None]
) -> tuple[list[Fit], HeldOut]:
    """Fits of all texts, and what those of a part make of the others.

    Args:
        every: Whether to hold out all texts in turn; else as many as calibration needs.
    """
    many = len(texts.labels) >= _MANY
    of = _FOLDS_OF_MANY if many else _FOLDS_OF_FEW
    part = fold_of(texts.labels, of, seed=seed)
    parts = [np.flatnonzero(part == fold) for fold in range(of if every or not many else 1)]

    def fit_without(rows: Labels | None) -> list[Fit]:
        if rows is None:
            return fitted_apart(texts, seed=seed, progress=progress)
        return fitted_apart(texts.at(np.delete(np.arange(len(part)), rows)), seed=seed)

    # NumPy lets other threads run while it computes; the fits do not depend on each other.
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        fits, *others = pool.map(fit_without, [None, *parts])
    scores = [texts.at(rows).scores(other) for rows, other in zip(parts, others, strict=True)]
    return fits, HeldOut(
        rows=np.concatenate(parts), apart=[np.vstack(own) for own in zip(*scores, strict=True)]
    )
