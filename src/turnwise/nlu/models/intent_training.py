"""Trains the linear intent model, and calibrates it on held-out texts.

What was tried, and what won, stands in the docstring of `DIETClassifier`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from turnwise.nlu.classifiers.ranking import softmax
from turnwise.nlu.message import Message
from turnwise.nlu.models.assurance import Assurance
from turnwise.nlu.models.combinations import Combinations
from turnwise.nlu.models.intent_fitting import (
    Described,
    Fit,
    cross_fitted,
    joined,
    matrix_of,
    together,
    unseen,
)
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import TextVectors, dense_of, features_of, featurized
from turnwise.nlu.models.word_vectors import WordVectors

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

_SHARES = tuple(step / 10 for step in range(10))
"""What dense features may count of all."""
_USUAL_SHARE, _USUAL_SHARE_WEIGHT = 0.5, 20.0
"""What they count in most data, and how strongly few texts are drawn there."""
_USUAL_TEMPERATURE, _USUAL_TEMPERATURE_WEIGHT = 0.6, 10.0
"""Where the temperature lies for most data, and how strongly few texts are drawn there."""
_LARGEST_MODEL = 7_000_000
"""Weights kept, one byte each; beyond that the features that say least are dropped."""


def best_share(scores: Sequence[Floats], labels: Labels) -> float:
    """What dense features are to count, such that the labels are likeliest; 0 where there are none.

    In a language that the encoder hardly knows, for instance, they had better count little.

    Args:
        scores: By features with names and by dense ones, of texts not trained on; shape (texts, classes).
        labels: Class of each text; shape (texts,).
    """

    def surprise(share: float) -> float:
        shares = softmax(together(scores, share) / _USUAL_TEMPERATURE)[np.arange(len(labels)), labels]
        unusual = _USUAL_SHARE_WEIGHT * (share - _USUAL_SHARE) ** 2
        return float(unusual - np.log(np.maximum(shares, 1e-12)).sum())

    return min(_SHARES, key=surprise) if len(scores) > 1 else 0.0


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
    parts: Mapping[str, Sequence[str]] = MappingProxyType({}),
    aliases: Sequence[str] = (),
    meanings: WordVectors | None = None,
    guess_all: bool = False,
    seed: int = 1,
    progress: Callable[[float], None] = unseen,
) -> Trained:
    """A calibrated model of the intents of messages.

    Args:
        intents: The intent of each message; at least two different ones.
        parts: What intents are split into; those whose parts are intents too are learned as combinations.
        aliases: Which dense featurizers to use; empty for all.
        meanings: What words mean; of use if no dense featurizer says anything.
        guess_all: Whether to guess the intent of all texts; else of as many as calibration needs.
    """
    names = sorted(set(intents))
    documents = [features_of(message) for message in messages]
    vectors = TextVectors.learned(documents)
    if len(featurized(messages[0], aliases)):
        meanings = None
    texts = Described(
        named=matrix_of([vectors.vector(own) for own in documents], vectors.size),
        dense=np.stack(
            [
                dense_of(message, own, aliases, meanings)
                for message, own in zip(messages, documents, strict=True)
            ]
        ),
        labels=np.searchsorted(names, intents),
        combinations=Combinations.among(names, parts),
    )
    fits, held = cross_fitted(texts, every=guess_all, seed=seed, progress=progress)
    share = best_share(held.apart, texts.labels[held.rows])
    scores = np.full((len(messages), len(names)), np.nan, dtype=np.float32)
    scores[held.rows] = together(held.apart, share)
    vectors, fit = pruned(vectors, joined(fits, share), texts.spread())
    model = IntentModel(
        names=names,
        vectors=vectors,
        meanings=meanings,
        weights=Quantised.of(fit.weights),
        bias=fit.stored_bias,
        temperature=best_temperature(scores[held.rows], texts.labels[held.rows]),
        assurance=Assurance.learned(
            scores, texts.labels, texts.dense, telling=min(1.0, share / _USUAL_SHARE)
        ),
    )
    guesses = [None if np.isnan(own).any() else names[int(own.argmax())] for own in scores]
    return Trained(model=model, guesses=guesses)
