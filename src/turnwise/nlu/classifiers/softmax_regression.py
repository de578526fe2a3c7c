"""Multinomial logistic regression: the objective and the optimiser that scikit-learn uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A linear model: `x @ weights + bias` are the scores of the classes."""

    weights: Floats
    """Shape (features, classes)."""
    bias: Floats
    """Shape (classes,)."""


def balanced(labels: npt.NDArray[np.intp], classes: int) -> Floats:
    """A weight for each example, such that all classes weigh the same together; shape (examples,)."""
    counts = np.bincount(labels, minlength=classes)
    per_class: Floats = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return per_class[labels]


def softmax_regression(
    features: csr_array,
    labels: npt.NDArray[np.intp],
    classes: int,
    *,
    example_weights: Floats,
    penalty: float = 1.0,
    max_iter: int = 100,
    tolerance: float = 1e-4,
) -> Linear:
    """Minimises the weighted sum of log losses plus half `penalty` times the squared weights, by L-BFGS.

    With two classes the weights of the first are zero, as in scikit-learn; with more, each class has
    its own. Follows `sklearn.linear_model.LogisticRegression(solver="lbfgs", C=1/penalty)` step by
    step, so that a run that stops at `max_iter` stops at the same place.

    Args:
        features: Shape (examples, features).
        labels: Class of each example, below `classes`; shape (examples,).
        classes: At least 2.
        example_weights: Shape (examples,).
    """
    from scipy.optimize import minimize

    columns = 1 if classes == 2 else classes
    targets = np.zeros((len(labels), columns))
    if columns == 1:
        targets[:, 0] = labels
    else:
        targets[np.arange(len(labels)), labels] = 1.0
    transposed = features.T.tocsr()
    size = features.shape[1]
    weigh = example_weights[:, None]

    def objective(flat: Floats) -> tuple[float, Floats]:
        model = flat.reshape(size + 1, columns)
        scores = features @ model[:-1] + model[-1]
        losses, shares = _binary(scores, targets) if columns == 1 else _multinomial(scores, targets)
        error = weigh * (shares - targets)
        gradient = np.vstack([transposed @ error + penalty * model[:-1], error.sum(axis=0)[None]])
        loss = float(example_weights @ losses) + 0.5 * penalty * float((model[:-1] ** 2).sum())
        return loss, gradient.ravel()

    start = np.zeros((size + 1) * columns)
    goal: Any = objective  # the stubs of scipy know no function that returns value and gradient at once
    found = minimize(
        goal, start, method="L-BFGS-B", jac=True, options={"maxiter": max_iter, "gtol": tolerance}
    ).x.reshape(size + 1, columns)
    if columns == 1:
        found = np.hstack([np.zeros_like(found), found])
    return Linear(weights=found[:-1], bias=found[-1])


def _multinomial(scores: Floats, targets: Floats) -> tuple[Floats, Floats]:
    top = scores.max(axis=1, keepdims=True)
    logsum = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
    return logsum - (scores * targets).sum(axis=1), np.exp(scores - logsum[:, None])


def _binary(scores: Floats, targets: Floats) -> tuple[Floats, Floats]:
    losses = np.logaddexp(0.0, scores[:, 0]) - scores[:, 0] * targets[:, 0]
    shares = 0.5 * (1.0 + np.tanh(0.5 * scores))  # the logistic function, without overflow
    return losses, shares
