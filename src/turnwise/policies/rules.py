"""The policy that follows rules, runs loops and answers the default intents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from turnwise.dialogue.dialogue_state import DialogueState, absent_loop, as_compared
from turnwise.dialogue.domain import (
    ACTION_BACK,
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    INTENT_BACK,
    INTENT_RESTART,
    INTENT_SESSION_START,
    Domain,
)
from turnwise.dialogue.events import LoopInterrupted
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.policy import Prediction, idle_settings
from turnwise.policies.rule_index import RuleIndex, Window
from turnwise.policies.training_examples import TrainingConversation

DEFAULT_INTENT_ACTIONS: Mapping[str, str] = {
    INTENT_RESTART: ACTION_RESTART,
    INTENT_BACK: ACTION_BACK,
    INTENT_SESSION_START: ACTION_SESSION_START,
}

LOOP_WAS_INTERRUPTED = "loop_was_interrupted"
DO_NOT_PREDICT_LOOP = "do_not_predict_loop"


class Source(NamedTuple):
    """Why an action was predicted."""

    kind: str
    """`rule`, `intent` (a default one), `loop` or `loop_listen`."""
    name: str
    """Text of the rule's window, name of the intent, or name of the loop."""

    def __str__(self) -> str:
        if self.kind == "intent":
            return f"predicting default action with intent {self.name}"
        if self.kind == "loop":
            return f"handling active loops and forms - {self.name}"
        if self.kind == "loop_listen":
            return f"handling active loops and forms - {self.name} - {ACTION_LISTEN}"
        return self.name


class Found(NamedTuple):
    """What follows from the rules."""

    action: str | None
    """None if nothing does; then the fallback action stands in."""
    source: Source | None
    returns_from_unhappy_path: bool = False
    is_no_user: bool = False
    is_end_to_end: bool = False


_NOTHING = Found(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """What may stand under `RulePolicy` in config.yml."""

    core_fallback_threshold: float = 0.3
    """Confidence of the fallback action; other policies must exceed it."""
    core_fallback_action_name: str = ACTION_DEFAULT_FALLBACK
    enable_fallback_prediction: bool = True
    restrict_rules: bool = True
    """Refuse rules with several user turns."""
    check_for_contradictions: bool = True
    use_nlu_confidence_as_score: bool = False
    """Predict with the confidence of the intent, not with 1."""
    priority: int = 4

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> RuleSettings:
        known = {key: value for key, value in config.items() if key in cls.__slots__}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """Predicts what rules say, and the fallback action where they say nothing."""

    name: ClassVar[str] = "RulePolicy"
    version: ClassVar[int] = 1

    settings: RuleSettings
    rules: RuleIndex[str]
    """Window to the action that follows."""
    unhappy_paths: RuleIndex[str]
    """Window inside a loop to what it means for the loop."""
    rule_only_sources: frozenset[Source] = frozenset()
    """Sources that no story uses; turns that they predict are hidden from learned policies."""
    rule_only: RuleOnly = RuleOnly()  # noqa: RUF009 - immutable

    @property
    def priority(self) -> int:
        return self.settings.priority

    @staticmethod
    def idle_settings(config: Mapping[str, Any]) -> Sequence[str]:
        return idle_settings(config, RuleSettings.__slots__)

    @classmethod
    def train(
        cls, config: Mapping[str, Any], conversations: Sequence[TrainingConversation], domain: Domain
    ) -> RulePolicy:
        """Learns the rules among `conversations`.

        Raises:
            ProjectErrors: rules are too long, incomplete, or contradict each other or stories.
        """
        from turnwise.policies.rule_training import train_rules

        return train_rules(config, conversations, domain)

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        found = self.find(tracker)
        scores = self._fallback(domain)  # it stands behind, should the action refuse to run
        if found.action is not None and found.action in domain.action_indices:
            scores[found.action] = self._score(tracker)
        return Prediction(
            policy=self.name,
            priority=self.priority,
            scores=scores,
            events=[LoopInterrupted(is_interrupted=True)] if found.returns_from_unhappy_path else (),
            is_end_to_end=found.is_end_to_end,
            is_no_user=found.is_no_user,
            hide_rule_turn=found.source in self.rule_only_sources,
        )

    def _fallback(self, domain: Domain) -> dict[str, float]:
        action = self.settings.core_fallback_action_name
        enabled = self.settings.enable_fallback_prediction and action in domain.action_indices
        return {action: self.settings.core_fallback_threshold} if enabled else {}

    def _score(self, tracker: Tracker) -> float:
        if not self.settings.use_nlu_confidence_as_score or tracker.latest_message is None:
            return 1.0
        return float(tracker.latest_message.intent.get("confidence", 1.0))

    def find(self, tracker: Tracker) -> Found:
        """What the rules say."""
        states = tracker.states(last=max(self.rules.longest, self.unhappy_paths.longest, 1))
        by_text = self._from_text(tracker, states)
        by_default = _from_default_intent(tracker)
        if by_default is not None and by_text.action is None:
            return by_default
        by_loop = _from_happy_loop(tracker)
        if by_loop is not None:
            return by_loop
        if by_text.action is not None:
            return by_text
        return self._from_rules(tracker, as_compared(states, text=False))

    def _from_text(self, tracker: Tracker, states: Sequence[DialogueState]) -> Found:
        message = tracker.latest_message
        if message is None or not message.text or tracker.state.latest_action != ACTION_LISTEN:
            return _NOTHING
        found = self._from_rules(tracker, as_compared(states, text=True))
        return found._replace(is_end_to_end=True)

    def _from_rules(self, tracker: Tracker, states: Sequence[DialogueState]) -> Found:
        rule = self.rules.best(states)
        action = rule.outcome if rule else None
        source = Source("rule", rule.text) if rule else None
        loop = tracker.active_loop
        if loop is None:
            return Found(action, source)
        meanings = {path.outcome for path in self.unhappy_paths.matching(states)}
        if rule and action == ACTION_LISTEN and absent_loop(rule.window[-1]):
            # A general rule ends here, but the loop goes on.
            if DO_NOT_PREDICT_LOOP in meanings:
                return _NOTHING
            action = loop
        # Said even where no rule fits: stories may lead back into the loop, and it has to know.
        return Found(action, source, returns_from_unhappy_path=LOOP_WAS_INTERRUPTED in meanings)

    # -- saving ----------------------------------------------------------------------------------

    def dump(self) -> Mapping[str, bytes]:
        learned = {
            "rules": _rows(self.rules),
            "unhappy_paths": _rows(self.unhappy_paths),
            "rule_only_sources": sorted(map(list, self.rule_only_sources)),
            "rule_only_slots": sorted(self.rule_only.slots),
            "rule_only_loops": sorted(self.rule_only.loops),
        }
        return {"rules.json": json.dumps(learned, ensure_ascii=False).encode()}

    @classmethod
    def load(cls, config: Mapping[str, Any], files: Mapping[str, bytes]) -> RulePolicy:
        """The policy that `dump` wrote, with the settings of `config`."""
        learned = json.loads(files["rules.json"])
        return cls(
            RuleSettings.read(config),
            RuleIndex(_windows(learned["rules"])),
            RuleIndex(_windows(learned["unhappy_paths"])),
            frozenset(Source(*source) for source in learned["rule_only_sources"]),
            RuleOnly(
                slots=frozenset(learned["rule_only_slots"]), loops=frozenset(learned["rule_only_loops"])
            ),
        )


def _rows(index: RuleIndex[str]) -> list[Any]:
    rows = [[[state.to_json() for state in rule.window], rule.outcome] for rule in index.rules]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def _windows(rows: Sequence[Any]) -> dict[Window, str]:
    return {tuple(DialogueState.from_json(state) for state in states): outcome for states, outcome in rows}


def _from_default_intent(tracker: Tracker) -> Found | None:
    if tracker.state.latest_action != ACTION_LISTEN or tracker.latest_intent is None:
        return None
    action = DEFAULT_INTENT_ACTIONS.get(tracker.latest_intent)
    return Found(action, Source("intent", tracker.latest_intent)) if action else None


def _from_happy_loop(tracker: Tracker) -> Found | None:
    loop = tracker.active_loop
    if loop is None or (tracker.state.loop and tracker.state.loop.rejected):
        return None
    if tracker.latest_action == loop:
        return Found(ACTION_LISTEN, Source("loop_listen", loop), is_no_user=True)
    return Found(loop, Source("loop", loop), is_no_user=True) if tracker.latest_action else None
