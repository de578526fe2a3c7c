"""Notices messages that make no sense where they were said: UnexpecTEDIntentPolicy's place.

It learns which intents follow which histories. If the message's intent is less plausible than that intent
ever was in the stories, it predicts `action_unlikely_intent`, to which rules and stories may react.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_UNLIKELY_INTENT, Domain
from turnwise.dialogue.events import ActionExecuted, UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly, visible_turns
from turnwise.policies.dialogue_features import features
from turnwise.policies.learned_network import Network
from turnwise.policies.learned_settings import LearnedSettings
from turnwise.policies.policy import Prediction
from turnwise.policies.training_examples import TrainingConversation

STEPS = 20
"""Thresholds are kept for tolerances of 0, 1/20, 2/20, …, 1."""

MARGIN = 2.0
"""By how much, in logarithms of probabilities, an intent must fall below everything seen in stories when
the tolerance is 0. Conversations vary more than stories do, and few false alarms are worth a true one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlikelyIntentSettings(LearnedSettings):
    """Settings of UnexpecTEDIntentPolicy that mean something here."""

    priority: int = 2
    """Decides between policies that are equally sure; the higher one wins."""
    tolerance: float = 0.0
    """Share of the histories in which an intent did not occur that may pass for unlikely, from 0 to 1."""
    ignore_intents_list: Sequence[str] = ()
    """Intents that are never unlikely."""
    ranking_length: int = 10
    """How many intents the metadata of the action name; 0: all."""


@dataclass(frozen=True, slots=True)
class UnlikelyIntentPolicy:
    """Predicts `action_unlikely_intent` right after a message whose intent was not to be expected."""

    name: ClassVar[str] = "UnexpecTEDIntentPolicy"
    version: ClassVar[int] = 1
    only_votes: ClassVar[bool] = True

    settings: UnlikelyIntentSettings
    network: Network | None = None
    """From the history before a message to its intent; None: there were no stories to learn from."""
    thresholds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """For each intent, the scores below which it is unlikely, by tolerance; ascending."""

    @property
    def priority(self) -> int:
        return self.settings.priority

    @classmethod
    def train(
        cls, config: Mapping[str, Any], conversations: Sequence[TrainingConversation], domain: Domain
    ) -> UnlikelyIntentPolicy:
        """Learns from the stories among `conversations`, augmented ones included."""
        from turnwise.policies.unlikely_intent_training import learned_plausibility

        settings = UnlikelyIntentSettings.read(config)
        learned = learned_plausibility(conversations, domain, window=settings.window, passes=settings.epochs)
        return cls(settings, *learned) if learned else cls(settings)

    @classmethod
    def resume(
        cls,
        config: Mapping[str, Any],
        conversations: Sequence[TrainingConversation],
        domain: Domain,
        files: Mapping[str, bytes],
        epoch_fraction: float,
    ) -> UnlikelyIntentPolicy | None:
        """The policy that `dump` gave, after some more passes; None if stories have intents new to it."""
        from turnwise.policies.unlikely_intent_training import resumed_plausibility

        before = cls.load(config, files)
        if before.network is None:
            return None
        learned = resumed_plausibility(
            before.network,
            conversations,
            domain,
            window=before.settings.window,
            epoch_fraction=epoch_fraction,
        )
        return cls(before.settings, *learned) if learned else None

    @staticmethod
    def idle_settings(config: Mapping[str, Any]) -> Sequence[str]:
        return UnlikelyIntentSettings.idle(config)

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        nothing = Prediction(policy=self.name, priority=self.priority)
        intent = _intent_just_said(tracker)
        if self.network is None or intent is None or intent not in domain.intents:
            return nothing
        if intent not in self.thresholds:  # no story speaks of it, so nothing is known of its place
            return nothing
        if intent in self.settings.ignore_intents_list:
            return nothing
        states = visible_turns(tracker.history, domain, rule_only, last=self.settings.window + 1)
        scores = self._scores(states)
        if scores is None or max(scores, key=lambda name: scores[name]) == intent:
            return nothing
        if scores[intent] >= self._threshold(intent):
            return nothing
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores={ACTION_UNLIKELY_INTENT: 1.0},
            action_metadata=self._metadata(intent, scores),
        )

    def _scores(self, states: Sequence[DialogueState]) -> dict[str, float] | None:
        """Logarithm of each intent's probability, given the history before the message."""
        assert self.network is not None
        before = before_message(states)
        if not before:
            return None
        shares = np.log(np.maximum(self.network.probabilities(features(before)), 1e-30))
        return dict(zip(self.network.labels, shares.tolist(), strict=True))

    def _threshold(self, intent: str) -> float:
        tolerance = min(max(self.settings.tolerance, 0.0), 1.0)
        return self.thresholds[intent][int(tolerance * STEPS)]

    def _metadata(self, intent: str, scores: Mapping[str, float]) -> dict[str, Any]:
        """What goes with the action, in Rasa's form."""
        ranking = sorted(scores, key=lambda name: -scores[name])[: self.settings.ranking_length or None]
        return {
            "query_intent": self._candidate(intent, scores),
            "ranking": [self._candidate(name, scores) for name in ranking],
        }

    def _candidate(self, intent: str, scores: Mapping[str, float]) -> dict[str, Any]:
        threshold = self._threshold(intent)
        return {
            "name": intent,
            "score": scores[intent],
            "threshold": threshold,
            "severity": threshold - scores[intent],
        }

    # -- saving ----------------------------------------------------------------------------------

    def dump(self) -> dict[str, bytes]:
        learned = {intent: list(self.thresholds[intent]) for intent in sorted(self.thresholds)}
        files = {"thresholds.json": json.dumps(learned, ensure_ascii=False).encode()}
        return files | self.network.dump() if self.network else files

    @classmethod
    def load(cls, config: Mapping[str, Any], files: Mapping[str, bytes]) -> UnlikelyIntentPolicy:
        """The policy that `dump` wrote, with the settings of `config`."""
        return cls(
            UnlikelyIntentSettings.read(config),
            Network.load(files) if "network.json" in files else None,
            json.loads(files["thresholds.json"]),
        )


def before_message(states: Sequence[DialogueState]) -> Sequence[DialogueState]:
    """The window without the latest message: up to the state in which the assistant chose to listen."""
    return states[:-1]


def _intent_just_said(tracker: Tracker) -> str | None:
    """The intent of the last message, if nothing was done since."""
    for node in tracker.history.backwards():
        if isinstance(node.event, ActionExecuted):
            return None
        if isinstance(node.event, UserUttered):
            return node.event.intent_name
    return None
