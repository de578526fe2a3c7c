"""Offers a person to whoever is asked the same question again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, ActiveLoop, SlotSet
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.policy import Prediction

REQUESTED_SLOT = "requested_slot"


@dataclass(frozen=True, slots=True)
class PatiencePolicy:
    """Says `offer` when a form has put one question `patience` times, then waits for the answer to either.

    It outranks the rules, which would ask a fourth time without a word.
    """

    offer: str
    """The response that offers a person."""
    patience: int = 3
    name: str = "PatiencePolicy"
    priority: int = 7

    @classmethod
    def train(cls, config: Mapping[str, Any], conversations: Sequence[Any], domain: Domain) -> PatiencePolicy:
        """Nothing is learned; `config` gives `offer` and, if it differs, `patience`."""
        return cls(config["offer"], config.get("patience", 3))

    @classmethod
    def load(cls, config: Mapping[str, Any], files: Mapping[str, bytes]) -> PatiencePolicy:
        return cls(config["offer"], config.get("patience", 3))

    def dump(self) -> Mapping[str, bytes]:
        return {}

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        form = tracker.active_loop
        if form is None:
            return None
        if tracker.latest_action == self.offer:
            return self._certain(ACTION_LISTEN)
        if tracker.latest_action == form and times_asked(tracker, form) == self.patience:
            return self._certain(self.offer)
        return None

    def _certain(self, action: str) -> Prediction:
        # Like the rules that run a form it holds whatever the user said.
        scores = {action: 1.0}
        return Prediction(policy=self.name, priority=self.priority, scores=scores, is_no_user=True)


def times_asked(tracker: Tracker, form: str) -> int:
    """How often in a row the user's words have led `form` to its present question; 0 if they just did not.

    What it asks again after a digression, small talk say, is no sign of a user who is stuck.
    """
    runs = list(_runs_after_listening(tracker, form))
    return sum(runs) if runs and runs[0] else 0


def _runs_after_listening(tracker: Tracker, form: str) -> Iterator[bool]:
    """For each run of `form` with its present question, latest first: whether the user spoke right before."""
    question = tracker.get_slot(REQUESTED_SLOT)
    form_ran_next = False
    for event in tracker.backwards():
        if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT and event.value != question:
            return
        if isinstance(event, ActiveLoop):  # the run that began the form
            yield True
            return
        if isinstance(event, ActionExecuted):
            if form_ran_next:
                yield event.name == ACTION_LISTEN
            form_ran_next = event.name == form
