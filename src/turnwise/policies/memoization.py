"""Policies that do again what a training story did in the same situation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

from turnwise.dialogue.dialogue_state import DialogueState, as_compared
from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, Event
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly, visible_turns
from turnwise.policies.policy import Prediction, idle_settings, max_history_of
from turnwise.policies.training_examples import TrainingConversation, examples

_SETTINGS = ("max_history", "featurizer", "priority", "use_nlu_confidence_as_score")
HIDDEN_ACTIONS = 20
"""How many actions more than the longest story has are looked back on: some may be hidden as a rule's."""

Window = tuple[DialogueState, ...]
"""States before an action, oldest first."""


@dataclass(frozen=True, slots=True)
class MemoizationPolicy:
    """Knows the windows of states that occur in stories, and the action that followed each."""

    name: ClassVar[str] = "MemoizationPolicy"
    version: ClassVar[int] = 2
    only_votes: ClassVar[bool] = True

    actions: Mapping[Window, str]
    max_history: int | None = None
    """States in a window at most; None: all since the conversation began."""
    priority: int = 3
    use_nlu_confidence: bool = False
    longest: int = field(init=False, default=0)
    """States in the longest window; derived once, as every prediction asks for it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", max(map(len, self.actions), default=0))

    @classmethod
    def train(
        cls,
        config: Mapping[str, Any],
        conversations: Sequence[TrainingConversation],
        domain: Domain,
    ) -> MemoizationPolicy:
        """Learns stories by heart; windows that are followed by different actions are dropped."""
        max_history = max_history_of(config)
        stories = (c for c in conversations if not c.is_rule and not c.is_augmented)
        actions: dict[Window, str] = {}
        contradicted: set[Window] = set()
        for example in examples(stories, domain, max_history=max_history):
            window = tuple(example.states)
            if actions.setdefault(window, example.action) != example.action:
                contradicted.add(window)
        for window in contradicted:
            del actions[window]
        return cls._configured(actions, config)

    @staticmethod
    def idle_settings(config: Mapping[str, Any]) -> Sequence[str]:
        return idle_settings(config, _SETTINGS)

    @classmethod
    def _configured(cls, actions: Mapping[Window, str], config: Mapping[str, Any]) -> MemoizationPolicy:
        return cls(
            actions,
            max_history_of(config),
            config.get("priority", 3),
            bool(config.get("use_nlu_confidence_as_score")),
        )

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        action = self._recall(tracker, domain, rule_only)
        if action is None or action not in domain.action_indices:
            return Prediction(policy=self.name, priority=self.priority)
        score = _intent_confidence(tracker) if self.use_nlu_confidence else 1.0
        return Prediction(policy=self.name, priority=self.priority, scores={action: score})

    def _recall(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> str | None:
        return self._known(self._window(tracker, domain, rule_only))

    def _window(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> list[DialogueState]:
        # Without a limit the whole conversation must match, which a longer one than all stories cannot.
        last = self.max_history or self.longest + 1
        return visible_turns(tracker.history, domain, rule_only, last=last)

    def _known(self, states: Sequence[DialogueState]) -> str | None:
        if not states:
            return None
        return self.actions.get(as_compared(states, text=False))

    def dump(self) -> Mapping[str, bytes]:
        """Each state once, and windows as their numbers: the same few states make up all windows."""
        texts = {state: json.dumps(state.to_json(), sort_keys=True) for state in set(chain(*self.actions))}
        states = sorted(texts, key=texts.__getitem__)
        numbers = {state: number for number, state in enumerate(states)}
        windows = sorted(
            ([numbers[state] for state in window], action) for window, action in self.actions.items()
        )
        memory = {"states": [state.to_json() for state in states], "windows": windows}
        return {"memory.json": json.dumps(memory, ensure_ascii=False).encode()}

    @classmethod
    def load(cls, config: Mapping[str, Any], files: Mapping[str, bytes]) -> MemoizationPolicy:
        """The policy that `dump` wrote, with the settings of `config`."""
        memory = json.loads(files["memory.json"])
        states = [DialogueState.from_json(state) for state in memory["states"]]
        actions = {
            tuple(states[number] for number in numbers): action for numbers, action in memory["windows"]
        }
        return cls._configured(actions, config)


@dataclass(frozen=True, slots=True)
class AugmentedMemoizationPolicy(MemoizationPolicy):
    """Where nothing is known of a situation, forgets the oldest turns and the slots set in them."""

    name: ClassVar[str] = "AugmentedMemoizationPolicy"

    def _recall(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> str | None:
        states = self._window(tracker, domain, rule_only)
        action = self._known(states)
        if action is not None:
            return action
        for later in self._forgetting(tracker):
            action = self._known(self._window(later, domain, rule_only))
            if action is not None:
                return action
        return None

    def _forgetting(self, tracker: Tracker) -> Iterable[Tracker]:
        """The conversation had it begun later: the furthest back, then at one action after the other."""
        events: list[Event] = []
        starts: list[int] = []
        for node in tracker.history.backwards():
            assert node.event is not None
            events.append(node.event)
            if isinstance(node.event, ActionExecuted):
                starts.append(len(events))
                if self._is_far_enough(len(starts), node.event):
                    break
        events.reverse()
        for start in reversed(starts):
            fresh = Tracker.start(tracker.domain, tracker.sender_id)
            yield fresh.after_all(events[len(events) - start :])

    def _is_far_enough(self, actions: int, oldest: ActionExecuted) -> bool:
        """Whether to begin at `oldest`, with `actions` to the end of the conversation."""
        if self.max_history is None:
            return actions > self.longest + HIDDEN_ACTIONS
        return actions > self.max_history and oldest.name == ACTION_LISTEN


def _intent_confidence(tracker: Tracker) -> float:
    message = tracker.latest_message
    return float(message.intent.get("confidence") or 0.0) if message else 0.0
