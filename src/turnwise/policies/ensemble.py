"""The ensemble: all policies are asked, one wins."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, ActionExecutionRejected, UserFeaturization
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.policy import Policy, Prediction

if TYPE_CHECKING:
    from turnwise.dialogue.events import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Policies in the order of config.yml."""

    policies: Sequence[Policy]
    rule_only: RuleOnly = RuleOnly()  # noqa: RUF009 - immutable

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction:
        """The winning prediction, with the events of all.

        Raises:
            HistoryCut: a policy needs more of the past than the tracker has.
        """
        asked = (policy.predict(tracker, domain, self.rule_only) for policy in self.policies)
        predictions = [prediction for prediction in asked if prediction is not None]
        refused = _refused_action(tracker)
        if refused is not None:
            predictions = [_without(prediction, refused) for prediction in predictions]
        winner = self._winner(predictions)
        events: list[Event] = []
        if tracker.state.latest_action == ACTION_LISTEN:
            events.append(UserFeaturization(use_text_for_featurization=winner.is_end_to_end))
        for prediction in predictions:
            events += prediction.events
        events += winner.optional_events
        return replace(winner, events=events, optional_events=())

    def _winner(self, predictions: Sequence[Prediction]) -> Prediction:
        if not predictions:
            return Prediction(policy=None)
        competing = [p for p in predictions if p.is_no_user]
        competing = competing or [p for p in predictions if p.is_end_to_end] or list(predictions)
        return max(competing, key=lambda p: (p.confidence, p.priority))


def _refused_action(tracker: Tracker) -> str | None:
    """The action that has just refused to run."""
    for event in tracker.backwards():
        if isinstance(event, ActionExecutionRejected):
            return event.name
        if isinstance(event, ActionExecuted):
            return None
    return None


def _without(prediction: Prediction, action: str) -> Prediction:
    if action not in prediction.scores:
        return prediction
    scores = {name: score for name, score in prediction.scores.items() if name != action}
    return replace(prediction, scores=scores)
