"""What a policy is: it looks at a conversation and says which action comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What one policy thinks of the next action."""

    policy: str | None
    scores: Mapping[str, float] = field(default_factory=dict)
    """Action to probability; actions that are not named have none."""
    priority: int = 1
    """Decides between policies that are equally sure; the higher one wins."""
    events: Sequence[Event] = ()
    """Applied whichever policy wins."""
    optional_events: Sequence[Event] = ()
    """Applied if this policy wins."""
    is_end_to_end: bool = False
    """Whether the user's text, and not the intent, led to it."""
    is_no_user: bool = False
    """Whether it holds whatever the user said."""
    hide_rule_turn: bool = False
    """Whether learned policies must not see the turn."""
    action_metadata: Mapping[str, Any] = field(default_factory=dict)
    """Goes into the metadata of the executed action."""

    @property
    def confidence(self) -> float:
        return max(self.scores.values(), default=0.0)

    def best(self, domain: Domain) -> str:
        """The most probable action; of equals the one that comes first in the domain."""
        top = self.confidence
        if top <= 0.0:
            return domain.action_names[0]
        return min(
            (action for action, score in self.scores.items() if score == top),
            key=lambda action: domain.action_indices[action],
        )

    def dense(self, domain: Domain) -> list[float]:
        """Probabilities in the order of the domain's actions."""
        return [self.scores.get(name, 0.0) for name in domain.action_names]


class Policy(Protocol):
    """Chooses actions. It learns nothing while it predicts: same tracker, same answer.

    A class may also have `idle_settings(config)`, a class method that names the settings without effect;
    `resume(config, conversations, domain, files, epoch_fraction)`, one that goes on from what `dump` gave
    (None: it cannot); and `explain(tracker, domain, rule_only)`, whose `to_json()` says what decided (None:
    it has nothing to say).
    """

    @property
    def name(self) -> str: ...
    @property
    def priority(self) -> int: ...

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        """The policy's opinion; None if it has none.

        Args:
            rule_only: What only rules speak of, for policies that learn from stories.

        Raises:
            HistoryCut: it needs more of the past than the tracker has.
        """

    def dump(self) -> Mapping[str, bytes]:
        """File name to content: all that was learned."""


def only_votes(policy: Policy) -> bool:
    """Whether all that the policy ever gives are scores: no events, nothing that outweighs greater certainty.

    Such a policy need not be asked when one of higher priority is certain. It says so in an attribute
    `only_votes`; one without it is always asked.
    """
    return bool(getattr(policy, "only_votes", False))


def idle_settings(config: Mapping[str, Any], meaningful: Iterable[str]) -> list[str]:
    """Keys of a policy in config.yml that have no effect here, such as the sizes of TED's layers; sorted."""
    return sorted(set(config).difference({"name"}, meaningful))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """What may stand under every policy in config.yml."""

    DEFAULT_PRIORITY: ClassVar[int] = 1

    priority: int = 1
    max_history: int | None = None
    """States looked back on; None: all."""


def max_history_of(config: Mapping[str, Any], default: int | None = None) -> int | None:
    """`max_history` of a policy, be it given directly or under its featurizer."""
    for featurizer in config.get("featurizer") or ():
        if "max_history" in featurizer:
            found: int | None = featurizer["max_history"]
            return found
        if featurizer.get("name") == "FullDialogueTrackerFeaturizer":
            return None
    given: int | None = config.get("max_history", default)
    return given
