"""Learns which intents follow which histories, and below which score each of them is unlikely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_UNLIKELY_INTENT, Domain
from turnwise.policies.dialogue_features import features
from turnwise.policies.learned_network import Network
from turnwise.policies.learned_resuming import resumed
from turnwise.policies.learned_training import MIXED, Decision, log_scores, trained
from turnwise.policies.training_examples import TrainingConversation
from turnwise.policies.unlikely_intent import MARGIN, STEPS, before_message

Scores = npt.NDArray[np.float64]
_ROUNDING = 0.001
"""Room for scores that are computed in single precision when the assistant runs."""

Plausibility = tuple[Network, dict[str, list[float]]]


def learned_plausibility(
    conversations: Sequence[TrainingConversation], domain: Domain, *, window: int, passes: int | None
) -> Plausibility | None:
    """The network and the thresholds of each intent; None if no story has a message with an intent."""
    decisions = list(_decisions(conversations, domain, window))
    if not decisions:
        return None
    return _plausibility(trained(decisions, passes=passes, calibrate=False), decisions)


def resumed_plausibility(
    before: Network,
    conversations: Sequence[TrainingConversation],
    domain: Domain,
    *,
    window: int,
    epoch_fraction: float,
) -> Plausibility | None:
    """The same after some more passes over the stories; None if they have intents new to `before`."""
    decisions = list(_decisions(conversations, domain, window))
    network = resumed(before, decisions, epoch_fraction)
    return _plausibility(network, decisions) if network else None


def _plausibility(network: Network, decisions: Sequence[Decision]) -> Plausibility:
    scores = log_scores(decisions, network)
    thresholds = {}
    for position, intent in enumerate(network.labels):
        said = np.array([decision.label == intent for decision in decisions])
        thresholds[intent] = _thresholds(scores[said, position], scores[~said, position])
    return network, thresholds


def _decisions(
    conversations: Sequence[TrainingConversation], domain: Domain, window: int
) -> Iterator[Decision]:
    """The histories before the messages of stories, and the intents of these."""
    seen: set[tuple[Sequence[DialogueState], str]] = set()
    for number, conversation in enumerate(conversations):
        if conversation.is_rule:
            continue
        every = conversation.tracker.states()
        states = [state for state in every if state.prev_action != ACTION_UNLIKELY_INTENT]
        for index, state in enumerate(states):
            if not state.after_listen or state.user is None or state.user.intent is None:
                continue
            before = tuple(before_message(states[max(0, index - window) : index + 1]))
            key = (before, state.user.intent)
            if before and key not in seen:
                seen.add(key)
                story = MIXED if conversation.is_augmented else number
                yield Decision(features(before), state.user.intent, story)


def _thresholds(when_said: Scores, when_not: Scores) -> list[float]:
    """Scores below which an intent is unlikely, for each tolerance from 0 to 1; ascending.

    No story may raise an alarm, whatever the tolerance, so that the least score at which the intent was
    said bounds them all; a tolerance says which share of the other histories may raise one.
    """
    lowest = float(when_said.min())
    tolerances = np.linspace(0.0, 1.0, STEPS + 1)
    others = np.quantile(when_not, tolerances) if len(when_not) else np.full(STEPS + 1, lowest)
    margins = MARGIN * (1 - tolerances)
    # Rounded, since machines differ in the last digits.
    return [round(bound, 3) for bound in (np.minimum(others, lowest) - margins - _ROUNDING).tolist()]
