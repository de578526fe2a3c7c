"""Policies, as projects that extend Rasa write them, and what lets them decide here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from turnwise.dialogue.domain import Domain as OurDomain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import Place, ProjectError
from turnwise.policies.policy import Prediction
from turnwise.policies.training_examples import TrainingConversation
from turnwise.rasa_api.dialogue import DialogueStateTracker, Domain, Event
from turnwise.rasa_api.graph import ExecutionContext, GraphComponent, ModelStorage, Resource

_MARK = "policy.json"


class SupportedData(Enum):
    """Which conversations a policy learns from."""

    ML_DATA = 1
    RULE_DATA = 2
    ML_AND_RULE_DATA = 3


class PolicyPrediction:
    """How probable each action is, in the order of the domain."""

    def __init__(
        self,
        probabilities: Sequence[float],
        policy_name: str | None,
        policy_priority: int = 1,
        events: Sequence[Event] | None = None,
        optional_events: Sequence[Event] | None = None,
        is_end_to_end_prediction: bool = False,
        is_no_user_prediction: bool = False,
        diagnostic_data: Mapping[str, Any] | None = None,
        hide_rule_turn: bool = False,
        action_metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.probabilities = list(probabilities)
        self.policy_name = policy_name
        self.policy_priority = policy_priority
        self.events = list(events or ())
        self.optional_events = list(optional_events or ())
        self.is_end_to_end_prediction = is_end_to_end_prediction
        self.is_no_user_prediction = is_no_user_prediction
        self.hide_rule_turn = hide_rule_turn
        self.action_metadata = action_metadata

    @property
    def max_confidence(self) -> float:
        return max(self.probabilities, default=0.0)

    @staticmethod
    def for_action_name(
        domain: Domain,
        action_name: str,
        policy_name: str | None = None,
        confidence: float = 1.0,
        action_metadata: Mapping[str, Any] | None = None,
    ) -> PolicyPrediction:
        """One action and no other."""
        probabilities = [0.0] * domain.num_actions
        probabilities[domain.index_for_action(action_name)] = confidence
        return PolicyPrediction(probabilities, policy_name, action_metadata=action_metadata)

    def as_ours(self, domain: OurDomain, name: str, priority: int) -> Prediction:
        """The prediction as our ensemble takes it."""
        scores = zip(domain.action_names, self.probabilities, strict=False)
        return Prediction(
            policy=self.policy_name or name,
            priority=priority,
            scores={action: float(score) for action, score in scores if score},
            events=[event.own for event in self.events if event.own],
            optional_events=[event.own for event in self.optional_events if event.own],
            is_end_to_end=self.is_end_to_end_prediction,
            is_no_user=self.is_no_user_prediction,
            hide_rule_turn=self.hide_rule_turn,
            action_metadata=self.action_metadata or {},
        )


class Policy(GraphComponent):
    """Decides which action comes next: a subclass has `train` and `predict_action_probabilities`."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Any = None,
    ) -> None:
        self.config = config
        self.priority = config.get("priority", 1)
        self._model_storage = model_storage
        self._resource = resource
        self._execution_context = execution_context

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Any:
        return cls(config, model_storage, resource, execution_context)

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_DATA

    def train(self, training_trackers: list[DialogueStateTracker], domain: Domain, **kwargs: Any) -> Resource:
        raise NotImplementedError(f"{type(self).__name__} has no 'train'")

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        raise NotImplementedError(f"{type(self).__name__} has no 'predict_action_probabilities'")

    def _default_predictions(self, domain: Domain) -> list[float]:
        """Nothing is probable."""
        return [0.0] * domain.num_actions

    def _prediction(self, probabilities: Sequence[float], **settings: Any) -> PolicyPrediction:
        return PolicyPrediction(probabilities, type(self).__name__, self.priority, **settings)

    @classmethod
    def as_policy(cls, place: Place) -> PolicyMaker:
        """What makes policies of this class for our ensemble.

        Raises:
            ProjectError: it is not registered; `place` is where config.yml names it.
        """
        if cls.registration is None:
            fix = "put @DefaultV1Recipe.register(...) before the class"
            raise ProjectError(place, f"'{cls.__name__}' is not registered", fix=fix)
        return PolicyMaker(cls)


class PolicyMaker:
    """In the place of a policy class: trains and loads policies written for Rasa."""

    def __init__(self, kind: type[Policy]) -> None:
        self.kind = kind

    def train(
        self, config: Mapping[str, Any], conversations: Sequence[TrainingConversation], domain: OurDomain
    ) -> AdaptedPolicy:
        storage = ModelStorage()
        settings, resource, context = self._circumstances(config)
        policy = self.kind.create(settings, storage, resource, context)
        if self.kind.registration and self.kind.registration.is_trainable:
            kept = [own for own in conversations if self._learns_from(own)]
            trackers = [DialogueStateTracker(own.tracker) for own in kept]
            resource = policy.train(trackers, Domain(domain)) or resource
        loaded = self.kind.load(settings, storage, resource, context)
        return AdaptedPolicy(loaded, storage, resource)

    def load(self, config: Mapping[str, Any], files: Mapping[str, bytes]) -> AdaptedPolicy:
        """The policy that `dump` wrote."""
        settings, _, context = self._circumstances(config)
        resource = Resource(json.loads(files[_MARK])["resource"])
        storage = ModelStorage({name: own for name, own in files.items() if name != _MARK})
        return AdaptedPolicy(self.kind.load(settings, storage, resource, context), storage, resource)

    def _circumstances(self, config: Mapping[str, Any]) -> tuple[dict[str, Any], Resource, ExecutionContext]:
        name = self.kind.__name__
        own = {key: value for key, value in config.items() if key != "name"}
        settings = {**self.kind.get_default_config(), **own}
        return settings, Resource(f"train_{name}"), ExecutionContext(node_name=f"run_{name}")

    def _learns_from(self, conversation: TrainingConversation) -> bool:
        wanted = self.kind.supported_data()
        if wanted is SupportedData.ML_AND_RULE_DATA:
            return True
        return conversation.is_rule is (wanted is SupportedData.RULE_DATA)


class AdaptedPolicy:
    """A policy written for Rasa, in our ensemble."""

    def __init__(self, policy: Policy, storage: ModelStorage, resource: Resource) -> None:
        self.name = type(policy).__name__
        self.priority: int = getattr(policy, "priority", 1)
        self._policy = policy
        self._storage = storage
        self._resource = resource

    def predict(self, tracker: Tracker, domain: OurDomain, rule_only: RuleOnly) -> Prediction | None:
        found = self._policy.predict_action_probabilities(DialogueStateTracker(tracker), Domain(domain))
        return found.as_ours(domain, self.name, self.priority)

    def dump(self) -> Mapping[str, bytes]:
        return {_MARK: json.dumps({"resource": self._resource.name}).encode(), **self._storage.files()}
