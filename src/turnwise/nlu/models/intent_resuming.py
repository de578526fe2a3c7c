"""Goes on training an intent model from its weights, with a few new texts and some of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from turnwise.nlu.message import Message
from turnwise.nlu.models.intent_fitting import Fit, fitted, matrix_of
from turnwise.nlu.models.intent_training import pruned
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.text_vectors import dense_of, features_of, with_dense

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]


def resumed_model(
    before: IntentModel,
    messages: Sequence[Message],
    intents: Sequence[str],
    every: Sequence[str],
    *,
    aliases: Sequence[str] = (),
    epoch_fraction: float = 1.0,
    seed: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> IntentModel | None:
    """The model after some more training; None if it knows other intents, or has other dense features.

    Confidences stay calibrated as they were, since a few texts more hardly change how sure one may be; but
    messages may now also be near to the new texts.

    Args:
        messages: New texts, and known ones lest they be forgotten.
        intents: The intent of each message.
        every: The intents of all texts, those not among `messages` too; new texts often belong to few
            intents, which must not look more frequent than they are.
    """
    names = list(before.names)
    if sorted(set(every)) != names or not set(intents) <= set(names):
        return None
    documents = [features_of(message) for message in messages]
    vectors, places = before.vectors.grown(documents)
    dense = [dense_of(message, aliases, before.meanings) for message in messages]
    known = before.weights.values.shape[0]
    if known - before.vectors.size != len(dense[0]):
        return None
    places = np.concatenate([places, np.arange(vectors.size, vectors.size + len(dense[0]))])
    weights = np.zeros((vectors.size + len(dense[0]), len(names)), dtype=np.float32)
    weights[places] = before.weights.rows(np.arange(known, dtype=np.int32))
    labels = _positions(intents, names)
    rows = [
        with_dense(vectors.vector(own), part, vectors.size)
        for own, part in zip(documents, dense, strict=True)
    ]
    fit = fitted(
        matrix_of(rows, vectors.size + len(dense[0])),
        labels,
        len(names),
        seed=seed,
        start=Fit(weights=weights, bias=before.bias),
        balance=_balance(labels, _positions(every, names), len(names)),
        epoch_fraction=epoch_fraction,
        progress=progress,
    )
    # How often a feature occurs in all texts shows in how telling it is.
    spread = np.exp(-vectors.telling.astype(np.float32))
    vectors, fit = pruned(vectors, fit, np.concatenate([spread, np.ones(len(dense[0]), dtype=np.float32)]))
    return replace(
        before,
        vectors=vectors,
        weights=Quantised.of(fit.weights),
        bias=fit.stored_bias,
        assurance=before.assurance.knowing(np.stack(dense), labels),
    )


def _positions(intents: Sequence[str], names: Sequence[str]) -> Labels:
    position = {name: index for index, name in enumerate(names)}
    return np.array([position[intent] for intent in intents], dtype=np.intp)


def _balance(some: Labels, every: Labels, classes: int) -> Floats:
    """What texts of each class must count for `some` to weigh like `every`; shape (classes,)."""
    counts = np.bincount(some, minlength=classes)
    wanted = np.bincount(every, minlength=classes) / len(every)
    balance: Floats = (wanted * len(some) / np.maximum(counts, 1)).astype(np.float32)
    return balance
