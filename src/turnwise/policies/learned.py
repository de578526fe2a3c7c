"""The policy that goes on sensibly where no story or rule says how: TEDPolicy's place.

A small network reads the last states of the conversation (`dialogue_features.py`) and gives each action a
probability. How it was chosen, and what it reaches, stands in docs/learned-policy.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from turnwise.dialogue.dialogue_state import DialogueState, as_compared
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly, visible_turns
from turnwise.policies.dialogue_features import features
from turnwise.policies.learned_familiarity import Familiarity
from turnwise.policies.learned_network import Network, Reason
from turnwise.policies.learned_settings import LearnedSettings
from turnwise.policies.learned_text import KnownTexts
from turnwise.policies.policy import Prediction
from turnwise.policies.training_examples import TrainingConversation, TrainingExample, examples

if TYPE_CHECKING:
    from turnwise.policies.learned_training import Decision

SAME_WORDS = 0.9
"""Likeness from which a message counts as a text of the stories, be its intent ever so clear."""


class Explanation(NamedTuple):
    """Why an action was predicted."""

    action: str
    confidence: float
    rival: str | None
    """The second best action; None if there is only one."""
    reasons: Sequence[Reason]
    """What decided between the two, weightiest first."""

    def to_json(self) -> dict[str, Any]:
        """In the form of explanations of messages; `when` tells how long ago a feature was the case."""
        features = [
            {"kind": own.kind, "text": own.name, "when": own.when, "weight": round(own.weight, 3)}
            for own in self.reasons
        ]
        return {
            "action": self.action,
            "confidence": self.confidence,
            "against": self.rival,
            "features": features,
        }


@dataclass(frozen=True, slots=True)
class LearnedPolicy:
    """Predicts actions from how stories went in similar situations."""

    name: ClassVar[str] = "TEDPolicy"
    version: ClassVar[int] = 1

    settings: LearnedSettings
    network: Network | None = None
    """None: there were no stories to learn from."""
    familiarity: Familiarity = Familiarity()  # noqa: RUF009 - immutable
    """Situations that occur in stories."""
    texts: KnownTexts = KnownTexts()  # noqa: RUF009 - immutable
    """Of end-to-end user turns; without any, texts are not looked at."""

    @property
    def priority(self) -> int:
        return self.settings.priority

    @property
    def only_votes(self) -> bool:
        """What the text says outweighs what others are certain of; without texts only scores are left."""
        return not self.texts

    @classmethod
    def train(
        cls, config: Mapping[str, Any], conversations: Sequence[TrainingConversation], domain: Domain
    ) -> LearnedPolicy:
        """Learns from the stories among `conversations`, augmented ones included."""
        from turnwise.policies.learned_training import trained

        settings = LearnedSettings.read(config)
        learned = list(_examples(conversations, domain, settings.window))
        if not learned:
            return cls(settings)
        return cls._learned(settings, learned, trained(_decisions(learned), passes=settings.epochs))

    @classmethod
    def resume(
        cls,
        config: Mapping[str, Any],
        conversations: Sequence[TrainingConversation],
        domain: Domain,
        files: Mapping[str, bytes],
        epoch_fraction: float,
    ) -> LearnedPolicy | None:
        """The policy that `dump` gave, after some more passes; None if stories do what it does not know."""
        from turnwise.policies.learned_resuming import resumed

        settings = LearnedSettings.read(config)
        learned = list(_examples(conversations, domain, settings.window))
        before = cls.load(config, files).network
        network = resumed(before, _decisions(learned), epoch_fraction) if before and learned else None
        return cls._learned(settings, learned, network) if network else None

    @classmethod
    def _learned(
        cls,
        settings: LearnedSettings,
        learned: Sequence[tuple[int | None, TrainingExample]],
        network: Network,
    ) -> LearnedPolicy:
        users = [example.states[-1].user for _, example in learned if example.states[-1].after_listen]
        return cls(
            settings,
            network,
            Familiarity.of((example.states, example.action) for _, example in learned),
            KnownTexts.of(user.text for user in users if user and user.text and not user.intent),
        )

    @staticmethod
    def idle_settings(config: Mapping[str, Any]) -> Sequence[str]:
        return LearnedSettings.idle(config)

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        states = visible_turns(tracker.history, domain, rule_only, last=self.settings.window)
        if self.network is None or not states:
            return Prediction(policy=self.name, priority=self.priority)
        by_intent = self._scores(as_compared(states, text=False), domain)
        by_text = self._scores_by_text(states, by_intent, domain)
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores=by_intent if by_text is None else by_text,
            is_end_to_end=by_text is not None,
        )

    def _scores(self, states: Sequence[DialogueState], domain: Domain) -> dict[str, float]:
        assert self.network is not None
        shares = self.network.probabilities(features(states)).tolist()
        known = domain.action_indices
        scores = {
            action: share
            for action, share in zip(self.network.labels, shares, strict=True)
            if action in known
        }
        return self.familiarity.tempered(scores, states)

    def _scores_by_text(
        self, states: Sequence[DialogueState], by_intent: Mapping[str, float], domain: Domain
    ) -> dict[str, float] | None:
        """What the words of the last message lead to, if they tell more than its intent does."""
        user = states[-1].user
        if not self.texts or not states[-1].after_listen or user is None or not user.text:
            return None
        likeness = self.texts.likeness(user.text)
        shares = self._scores(as_compared(states, text=True), domain)
        # The less the message resembles one of the stories', the less its words can mean to us.
        scores = {action: share * likeness for action, share in shares.items()}
        wanted = self.settings.e2e_confidence_threshold
        if likeness < SAME_WORDS:
            wanted = max(wanted, _surest(by_intent))
        return scores if _surest(scores) > wanted else None

    def explain(
        self, tracker: Tracker, domain: Domain, rule_only: RuleOnly, *, most: int = 10
    ) -> Explanation | None:
        """What weighed most for the predicted action against the next best; None if nothing was learned."""
        prediction = self.predict(tracker, domain, rule_only)
        if self.network is None or prediction is None or not prediction.scores:
            return None
        states = visible_turns(tracker.history, domain, rule_only, last=self.settings.window)
        ranking = sorted(prediction.scores, key=lambda action: -prediction.scores[action])
        rival = ranking[1] if len(ranking) > 1 else None
        chosen = self.network.labels.index(ranking[0])
        reasons = self.network.reasons(
            features(as_compared(states, text=prediction.is_end_to_end)),
            chosen=chosen,
            rival=self.network.labels.index(rival) if rival else None,
            most=most,
        )
        return Explanation(ranking[0], prediction.confidence, rival, reasons)

    # -- saving ----------------------------------------------------------------------------------

    def dump(self) -> dict[str, bytes]:
        learned = {"familiarity": self.familiarity.to_json(), "texts": self.texts.texts}
        files = {"learned.json": json.dumps(learned, ensure_ascii=False).encode()}
        return files | self.network.dump() if self.network else files

    @classmethod
    def load(cls, config: Mapping[str, Any], files: Mapping[str, bytes]) -> LearnedPolicy:
        """The policy that `dump` wrote, with the settings of `config`."""
        learned = json.loads(files["learned.json"])
        return cls(
            LearnedSettings.read(config),
            Network.load(files) if "network.json" in files else None,
            Familiarity.from_json(learned["familiarity"]),
            KnownTexts.of(learned["texts"]),
        )


def _examples(
    conversations: Sequence[TrainingConversation], domain: Domain, window: int
) -> Iterator[tuple[int | None, TrainingExample]]:
    """Decisions with the number of their story, and what is new in augmented ones, with None.

    What several stories do is learned as often as they do it, for then probabilities are right. An
    augmented story repeats others at random, so that only its new windows count.
    """
    stories = [conversation for conversation in conversations if not conversation.is_rule]
    seen: set[Any] = set()
    for number, story in enumerate(sorted(stories, key=lambda story: story.is_augmented)):
        for example in examples([story], domain, max_history=window):
            key = (tuple(example.states), example.action)
            if story.is_augmented and key in seen:
                continue
            seen.add(key)
            yield None if story.is_augmented else number, example


def _decisions(learned: Sequence[tuple[int | None, TrainingExample]]) -> list[Decision]:
    from turnwise.policies.learned_training import MIXED, Decision

    return [
        Decision(features(example.states), example.action, MIXED if story is None else story)
        for story, example in learned
    ]


def _surest(scores: Mapping[str, float]) -> float:
    return max(scores.values(), default=0.0)
