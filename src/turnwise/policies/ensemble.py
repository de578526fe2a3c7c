"""The ensemble: all policies are asked, one wins."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, ActionExecutionRejected, UserFeaturization
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.policy import Policy, Prediction, only_votes

if TYPE_CHECKING:
    from turnwise.dialogue.events import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Policies in the order of config.yml."""

    policies: Sequence[Policy]
    rule_only: RuleOnly = RuleOnly()  # noqa: RUF009 - immutable
    _by_weight: Sequence[tuple[int, Policy, bool]] = field(init=False, repr=False, compare=False)
    """In the order of asking, with their place in config.yml, and whether they do nothing but vote."""

    def __post_init__(self) -> None:
        asked = [(index, policy, only_votes(policy)) for index, policy in enumerate(self.policies)]
        asked.sort(key=lambda policy: (policy[2], -policy[1].priority))
        object.__setattr__(self, "_by_weight", asked)

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction:
        """The winning prediction, with the events of all.

        Raises:
            HistoryCut: a policy needs more of the past than the tracker has.
        """
        predictions = self._predictions(tracker, domain)
        winner = self._winner(predictions)
        events: list[Event] = [event for prediction in predictions for event in prediction.events]
        events += winner.optional_events
        if log.isEnabledFor(logging.DEBUG):
            self._log_reasons(winner, tracker, domain)
        if tracker.state.latest_action == ACTION_LISTEN:
            events.append(UserFeaturization(use_text_for_featurization=winner.is_end_to_end))
        return replace(winner, events=events, optional_events=())

    def explain(self, tracker: Tracker, domain: Domain) -> dict[str, Any]:
        """What decided for the action that a policy predicts, by policy; of those that can say it."""
        told = (
            (policy.name, policy.explain(tracker, domain, self.rule_only))
            for policy in self.policies
            if hasattr(policy, "explain")
        )
        return {name: reasons.to_json() for name, reasons in told if reasons is not None}

    def _log_reasons(self, winner: Prediction, tracker: Tracker, domain: Domain) -> None:
        for policy, reasons in self.explain(tracker, domain).items():
            if policy == winner.policy:
                log.debug(
                    "policy.why policy=%s action=%s against=%s reasons=%s",
                    *(policy, reasons["action"], reasons["against"], json.dumps(reasons["features"])),
                )

    def _predictions(self, tracker: Tracker, domain: Domain) -> list[Prediction]:
        """What each policy thinks, in the order of config.yml; a vote that could not win is not asked for."""
        refused = _refused_action(tracker)
        made: dict[int, Prediction] = {}
        settled = 0  # the highest priority among those that are certain
        for index, policy, votes in self._by_weight:
            if votes and policy.priority < settled:
                continue
            prediction = policy.predict(tracker, domain, self.rule_only)
            if prediction is None:
                continue
            made[index] = prediction if refused is None else _without(prediction, refused)
            if made[index].confidence >= 1.0:
                settled = max(settled, prediction.priority)
        return [made[index] for index in sorted(made)]

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
