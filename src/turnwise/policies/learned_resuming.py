"""Goes on training a network of the learned policies from its weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from turnwise.policies.dialogue_features import Feature
from turnwise.policies.learned_network import Halves, Network
from turnwise.policies.learned_training import Decision, fitted, matrix_of, worth_knowing

_PASSES = 3
"""Over all decisions; a quarter of what a network takes that knows nothing yet."""


def resumed(before: Network, decisions: Sequence[Decision], epoch_fraction: float) -> Network | None:
    """The network after some more passes; None if there are none, or labels that it does not know.

    It stays as sure of itself as it was: a few stories more hardly change how often it is right.

    Args:
        decisions: All that there are, old and new.
        epoch_fraction: Which part of the usual number of passes to make.
    """
    if not decisions or not {decision.label for decision in decisions} <= set(before.labels):
        return None
    start = _grown(before, worth_knowing(decisions))
    matrix = matrix_of(decisions, start)
    return fitted(matrix, start, math.ceil(_PASSES * epoch_fraction), fewest_steps=1)


def _grown(network: Network, features: Iterable[Feature]) -> Network:
    """The network with more features, of which it thinks nothing yet."""
    vocabulary = sorted({*network.vocabulary, *features})
    weights: Halves = np.zeros((len(vocabulary), network.input_weights.shape[1]), dtype=np.float16)
    position = {feature: index for index, feature in enumerate(vocabulary)}
    weights[[position[feature] for feature in network.vocabulary]] = network.input_weights
    return replace(
        network,
        vocabulary=vocabulary,
        input_weights=weights,
    )
