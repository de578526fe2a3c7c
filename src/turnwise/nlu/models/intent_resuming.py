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
from turnwise.nlu.models.text_vectors import dense_of, features_of

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
    dense = np.stack(
        [
            dense_of(message, own, aliases, before.meanings)
            for message, own in zip(messages, documents, strict=True)
        ]
    )
    named, of_dense = np.split(
        before.weights.rows(np.arange(len(before.weights.values), dtype=np.int32)), [before.vectors.size]
    )
    if len(of_dense) != dense.shape[1]:
        return None
    weights = np.zeros((vectors.size, len(names)), dtype=np.float32)
    weights[places] = named
    labels = _positions(intents, names)
    fit = fitted(
        matrix_of([vectors.vector(own) for own in documents], vectors.size),
        labels,
        len(names),
        seed=seed,
        start=Fit(weights=weights, bias=before.bias),
        balance=_balance(labels, _positions(every, names), len(names)),
        # What dense features say was learned from all texts, and a few more hardly change it.
        beside=dense @ of_dense,
        epoch_fraction=epoch_fraction,
        progress=progress,
    )
    # How often a feature occurs in all texts shows in how telling it is.
    spread = np.exp(-vectors.telling.astype(np.float32))
    spread = np.append(spread, np.ones(len(of_dense), dtype=np.float32))
    vectors, fit = pruned(vectors, Fit(weights=np.vstack([fit.weights, of_dense]), bias=fit.bias), spread)
    return replace(
        before,
        vectors=vectors,
        weights=Quantised.of(fit.weights),
        bias=fit.stored_bias,
        assurance=before.assurance.knowing(dense, labels),
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
