"""Trains the linear intent model: softmax regression by AdaGrad, calibrated on held-out texts.

What was tried, and what won, stands in the docstring of `DIETClassifier`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from turnwise.nlu.classifiers.ranking import softmax
from turnwise.nlu.message import Message
from turnwise.nlu.models.adagrad import AdaGrad, batch_of, shuffled_batches
from turnwise.nlu.models.assurance import Assurance
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import TextVectors, Vector, dense_of, features_of, with_dense

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
_SHARE_OF_TWO = np.float32(2 / 3)
"""What the scores of features with names and of dense ones count when both are there: they often agree."""
_LARGEST_BATCH = 64
_STEPS = 100
"""Fewest steps; small data are gone through more often."""
_FOLDS_OF_FEW, _FOLDS_OF_MANY, _MANY = 5, 3, 2000
"""Parts into which texts are divided to see what models make of those they have not seen."""
_USUAL_TEMPERATURE, _USUAL_TEMPERATURE_WEIGHT = 0.6, 10.0
"""Where the temperature lies for most data, and how strongly few texts are drawn there."""
_LARGEST_MODEL = 7_000_000
"""Weights kept, one byte each; beyond that the features that say least are dropped."""


def _unseen(share: float) -> None:
    """Stands in where nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Weights before they are rounded."""

    weights: Floats
    bias: Floats

    def scores(self, matrix: csr_array) -> Floats:
        scores: Floats = matrix @ self.weights + self.bias
        return scores

    @property
    def stored_bias(self) -> Floats:
        """On a coarse grid, for the same bytes on every machine."""
        return (np.rint(self.bias * 1024) / 1024).astype(np.float32)


def described(
    documents: Sequence[tuple[list[str], ...]], dense: Sequence[Floats], vectors: TextVectors
) -> csr_array:
    """Texts as the rows of a matrix: their features, and what dense featurizers say of them."""
    rows = [
        with_dense(vectors.vector(own), part, vectors.size)
        for own, part in zip(documents, dense, strict=True)
    ]
    return matrix_of(rows, vectors.size + len(dense[0]))


def matrix_of(vectors: Sequence[Vector], size: int) -> csr_array:
    """Vectors as the rows of a sparse matrix with `size` columns."""
    ends = np.cumsum([0, *(len(vector.indices) for vector in vectors)])
    indices = np.concatenate([vector.indices for vector in vectors])
    values = np.concatenate([vector.values for vector in vectors])
    return csr_array((values, indices, ends), shape=(len(vectors), size))


def fitted(
    matrix: csr_array,
    labels: Labels,
    classes: int,
    *,
    seed: int,
    start: Fit | None = None,
    balance: Floats | None = None,
    epoch_fraction: float = 1.0,
    progress: Callable[[float], None] = _unseen,
) -> Fit:
    """Softmax regression with smoothed labels, by AdaGrad.

    Args:
        matrix: Shape (texts, features), float32.
        labels: Class of each text; shape (texts,).
        start: Weights to go on from.
        balance: How much a text of each class counts; shape (classes,). None: all count the same.
        epoch_fraction: Which part of the usual number of passes to make.
    """
    count = len(labels)
    size = int(np.clip(count // 40, 4, _LARGEST_BATCH))
    epochs = math.ceil(max(_EPOCHS, -(-_STEPS * size // count)) * epoch_fraction)
    if start is None:
        model, bias = AdaGrad(matrix.shape[1], classes, rate=_RATE), AdaGrad(1, classes, rate=_RATE)
    else:
        model = AdaGrad(*start.weights.shape, rate=_RATE, start=start.weights, moved=_MOVED)
        bias = AdaGrad(1, classes, rate=_RATE, start=start.bias[None, :], moved=_MOVED)
    for done, rows in shuffled_batches(count, size, epochs, seed=seed):
        batch = batch_of(matrix, rows)
        scores = batch.matrix @ model.weights[batch.columns] + bias.weights
        # In double precision the last bit, in which processors differ, is lost when rounding back.
        error = softmax(scores) - _SMOOTHING / classes
        error[np.arange(len(rows)), labels[rows]] -= 1 - _SMOOTHING
        if balance is not None:
            error *= balance[labels[rows], None]
        error = (error / len(rows)).astype(np.float32)
        model.move(batch.columns, batch.matrix.T @ error)
        bias.move(slice(None), error.sum(axis=0, keepdims=True))
        progress(done)
    return Fit(weights=model.weights, bias=bias.weights[0])


def fitted_apart(
    matrix: csr_array,
    labels: Labels,
    classes: int,
    *,
    named: int,
    seed: int,
    progress: Callable[[float], None] = _unseen,
) -> Fit:
    """The same, but dense features are learned from apart, and the scores of both are added.

    If they were learned from together, what one kind explains would not be learned from the other.

    Args:
        named: How many features have names; dense ones stand behind.
    """
    share = 0.5 if matrix.shape[1] > named else 1.0
    fit = fitted(matrix[:, :named], labels, classes, seed=seed, progress=lambda done: progress(done * share))
    if matrix.shape[1] == named:
        return fit
    dense = matrix[:, named:].toarray()
    centre = dense.mean(axis=0)
    other = fitted(
        csr_array(dense - centre),
        labels,
        classes,
        seed=seed,
        epoch_fraction=_DENSE_EPOCHS,
        progress=lambda done: progress(share + done * share),
    )
    return Fit(
        weights=np.vstack([fit.weights, other.weights]) * _SHARE_OF_TWO,
        bias=(fit.bias + other.bias - centre @ other.weights) * _SHARE_OF_TWO,
    )


def fold_of(labels: Labels, folds: int, *, seed: int) -> Labels:
    """A fold for each text, such that the texts of a class are spread evenly; shape (texts,)."""
    random = np.random.Generator(np.random.PCG64(seed))
    order = random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    part = np.empty(len(labels), dtype=np.intp)
    part[order] = np.arange(len(labels)) % folds
    return part


def best_temperature(scores: Floats, labels: Labels) -> float:
    """The temperature under which the labels are likeliest (Guo et al. 2017, arXiv:1706.04599).

    Args:
        scores: Of texts not trained on; shape (texts, classes).
    """

    def surprise(temperature: float) -> float:
        shares = softmax(scores / temperature)[np.arange(len(labels)), labels]
        unusual = _USUAL_TEMPERATURE_WEIGHT * np.log(temperature / _USUAL_TEMPERATURE) ** 2
        return float(unusual - np.log(np.maximum(shares, 1e-12)).sum())

    grid = [round(0.05 * 1.05**step, 4) for step in range(100)]
    return min(grid, key=surprise)


def pruned(vectors: TextVectors, fit: Fit, spread: Floats) -> tuple[TextVectors, Fit]:
    """Without the features that say least, if there are too many weights.

    Args:
        spread: How often each feature occurs; shape (features,).
    """
    rows, classes = fit.weights.shape
    most = _LARGEST_MODEL // classes
    if rows <= most:
        return vectors, fit
    says = np.abs(fit.weights).max(axis=1) * np.sqrt(spread)
    says[vectors.size :] = np.inf  # dense features stay
    kept = np.zeros(rows, dtype=np.bool_)
    kept[np.argsort(-says, kind="stable")[:most]] = True
    return vectors.only(kept[: vectors.size]), Fit(weights=fit.weights[kept], bias=fit.bias)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model, and what models that had not seen a text took it for."""

    model: IntentModel
    guesses: Sequence[str | None]
    """One for each training text; None for those that were not held out."""


def trained_model(
    messages: Sequence[Message],
    intents: Sequence[str],
    *,
    aliases: Sequence[str] = (),
    guess_all: bool = False,
    seed: int = 1,
    progress: Callable[[float], None] = _unseen,
) -> Trained:
    """A calibrated model of the intents of messages.

    Args:
        intents: The intent of each message; at least two different ones.
        aliases: Which dense featurizers to use; empty for all.
        guess_all: Whether to guess the intent of all texts; else of as many as calibration needs.
    """
    names = sorted(set(intents))
    position = {name: index for index, name in enumerate(names)}
    labels = np.array([position[intent] for intent in intents], dtype=np.intp)
    documents = [features_of(message) for message in messages]
    vectors = TextVectors.learned(documents)
    dense = [dense_of(message, aliases) for message in messages]
    matrix = described(documents, dense, vectors)
    many = len(labels) >= _MANY
    of = _FOLDS_OF_MANY if many else _FOLDS_OF_FEW
    part = fold_of(labels, of, seed=seed)
    folds = range(of if guess_all or not many else 1)

    def fit_without(fold: int | None) -> Fit:
        own = np.flatnonzero(part != fold)
        return fitted_apart(
            matrix[own],
            labels[own],
            len(names),
            named=vectors.size,
            seed=seed,
            progress=progress if fold is None else _unseen,
        )

    # NumPy lets other threads run while it computes; the fits do not depend on each other.
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
        fit, *others = pool.map(fit_without, [None, *folds])
    scores = np.full((len(labels), len(names)), np.nan, dtype=np.float32)
    for fold, other in zip(folds, others, strict=True):
        scores[part == fold] = other.scores(matrix[np.flatnonzero(part == fold)])
    guesses = [None if np.isnan(own).any() else names[int(own.argmax())] for own in scores]
    model = _finished(names, vectors, fit, matrix, scores, labels, np.stack(dense))
    return Trained(model=model, guesses=guesses)


def _finished(
    names: Sequence[str],
    vectors: TextVectors,
    fit: Fit,
    matrix: csr_array,
    scores: Floats,
    labels: Labels,
    dense: Floats,
) -> IntentModel:
    """The model as it is stored: without features in excess, in eight bits.

    Args:
        scores: Of texts by models that had not seen them; NaN for those that were not held out.
        dense: Dense features of all texts; shape (texts, size).
    """
    held = ~np.isnan(scores).any(axis=1)
    spread = np.asarray(matrix.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    vectors, fit = pruned(vectors, fit, spread)
    return IntentModel(
        names=names,
        vectors=vectors,
        weights=Quantised.of(fit.weights),
        bias=fit.stored_bias,
        temperature=best_temperature(scores[held], labels[held]),
        assurance=Assurance.learned(scores, labels, dense),
    )
