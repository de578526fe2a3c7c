"""Lets a component written for Rasa stand in our pipeline."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from turnwise.errors import Place, ProjectError
from turnwise.nlu.component import Component, Configured, TrainingSet
from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.message import Message
from turnwise.rasa_api import components
from turnwise.rasa_api.constants import TEXT
from turnwise.rasa_api.graph import DefaultV1Recipe, ExecutionContext, GraphComponent, ModelStorage, Resource
from turnwise.rasa_api.message import Message as RasaMessage
from turnwise.rasa_api.message_exchange import as_rasa, take_back
from turnwise.rasa_api.training_data import TrainingData

Kind = DefaultV1Recipe.ComponentType
_WRITES: Mapping[Any, frozenset[str]] = {
    Kind.MESSAGE_TOKENIZER: frozenset({"tokens"}),
    Kind.MESSAGE_FEATURIZER: frozenset({"featurizer", "features", "dense"}),
    Kind.INTENT_CLASSIFIER: frozenset({"intent"}),
    Kind.ENTITY_EXTRACTOR: frozenset({"entities"}),
}
_EVERYTHING = frozenset({"texts", "intents", "entities", "synonyms", "regexes", "lookups", "responses"})
_MARK = "component.json"
"""Is there in every model, so that a component that stored nothing is loaded too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """Whatever stands beside the name in config.yml."""

    values: Mapping[str, Any] = field(default_factory=dict)
    addon: str | None = None


def component_for(kind: type[GraphComponent], place: Place) -> type[Component[GraphSettings]]:
    """The class that runs `kind` in our pipeline, under its name.

    Raises:
        ProjectError: it is not registered, or asks for what is not here.
    """
    registration = kind.registration
    if registration is None:
        problem = f"'{kind.__name__}' is not registered"
        raise ProjectError(place, problem, fix="put @DefaultV1Recipe.register(...) before the class")
    writes: frozenset[str] = frozenset().union(*(_WRITES.get(own, frozenset()) for own in registration.kinds))
    if not writes or registration.model_from:
        problem = f"'{kind.__name__}' loads a model for others, or wants one loaded, which is not supported"
        raise ProjectError(place, problem, fix="let the component load its model itself, in `load`")
    missing = [name for name in kind.required_packages() if importlib.util.find_spec(name) is None]
    if missing:
        problem = f"'{kind.__name__}' needs the package '{missing[0]}'"
        raise ProjectError(place, problem, fix=f"pip install {missing[0]}")
    prepares = registration.kinds & {Kind.MESSAGE_TOKENIZER, Kind.MESSAGE_FEATURIZER}
    languages = kind.supported_languages()
    return type(
        kind.__name__,
        (GraphAdapter,),
        {
            "__module__": kind.__module__,
            "__doc__": kind.__doc__,
            "kind": kind,
            "version": _print_of(kind),
            "reads": _required(kind),
            "writes": writes,
            "prepares": bool(prepares),
            "learns_from": _EVERYTHING if registration.is_trainable else frozenset(),
            "languages": None if languages is None else tuple(languages),
            "foreign_languages": tuple(kind.not_supported_languages() or ()),
        },
    )


def _print_of(kind: type[GraphComponent]) -> int:
    """Changes with the source of the class's module, so that a changed component learns again."""
    module = inspect.getmodule(kind)
    try:
        source = inspect.getsource(module) if module else ""
    except OSError:
        source = ""
    return int(hashlib.sha256(source.encode()).hexdigest()[:12], 16)


def _required(kind: type[GraphComponent]) -> frozenset[str]:
    wanted = kind.required_components()
    told = (
        ("tokens", components.Tokenizer),
        ("featurizer", components.Featurizer),
        ("intent", components.IntentClassifier),
    )
    return frozenset(part for part, base in told if any(issubclass(own, base) for own in wanted))


class GraphAdapter(Component[GraphSettings]):
    """Translates messages and training data for a component written for Rasa."""

    Settings = GraphSettings
    uses: ClassVar[frozenset[str]] = frozenset({"tokens", "features", "dense", "patterns"})
    kind: ClassVar[type[GraphComponent]]

    def __init__(self, settings: GraphSettings, *, language: str = "en") -> None:
        super().__init__(settings, language=language)
        self.config = {**self.kind.get_default_config(), **settings.values}
        self._resource = Resource(f"train_{self.name}")
        self._storage = ModelStorage()
        self._component: Any = None

    @classmethod
    def configure(cls, values: Mapping[str, Any], place: Place) -> Configured:
        own = {key: value for key, value in values.items() if key != "name"}
        addon = cls.kind.fingerprint_addon({**cls.kind.get_default_config(), **own})
        return Configured(settings=GraphSettings(values=own, addon=addon), idle=())

    @property
    def component(self) -> Any:
        """The component, as it serves."""
        if self._component is None:
            self._component = self.kind.load(*self._circumstances())
        return self._component

    def _circumstances(self) -> tuple[dict[str, Any], ModelStorage, Resource, ExecutionContext]:
        return self.config, self._storage, self._resource, ExecutionContext(node_name=f"run_{self.name}")

    def train(self, training: TrainingSet) -> None:
        learner = self.kind.create(*self._circumstances())
        messages = [as_rasa(message) for message in training.messages]
        self._resource = learner.train(TrainingData.of(training.data, messages)) or self._resource

    def process(self, message: Message) -> None:
        self._exchange([message], lambda own: self.component.process(own))

    def process_all(self, messages: Sequence[Message]) -> None:
        self._exchange(messages, self._prepare)

    def _prepare(self, messages: list[RasaMessage]) -> Sequence[RasaMessage]:
        if hasattr(self.component, "process_training_data"):
            data: TrainingData = self.component.process_training_data(TrainingData(messages))
            return data.training_examples
        found: Sequence[RasaMessage] = self.component.process(messages)
        return found

    def _exchange(self, messages: Sequence[Message], work: Any) -> None:
        """Lets the component work on the messages, and takes back what it made of them."""
        told = [as_rasa(message) for message in messages]
        answered = work(told) or told
        for message, answer in zip(messages, answered, strict=True):
            take_back(answer, message)
            for features in answer.features:
                if features.attribute == TEXT:
                    message.featurizers.append(GivenFeatures(features, self._alias()))

    def _alias(self) -> str:
        return str(self.config.get("alias") or self.name)

    def dump(self) -> dict[str, bytes]:
        return {_MARK: json.dumps({"resource": self._resource.name}).encode(), **self._storage.files()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._resource = Resource(json.loads(files[_MARK])["resource"])
        self._storage = ModelStorage({name: own for name, own in files.items() if name != _MARK})
        self._component = None


class GivenFeatures(Featurizer[Any]):
    """Features that a component computed for one message."""

    def __init__(self, features: Any, alias: str) -> None:
        super().__init__(None)
        self._given = features
        self._own_alias = alias
        self.size = features.rows().shape[1]

    @property
    def alias(self) -> str:
        return self._own_alias

    @property
    def writes(self) -> frozenset[str]:  # type: ignore[override]  # by message, not by class
        return frozenset({"featurizer", "dense" if self._given.is_dense() else "features"})

    def sentence(self, message: Message) -> Features | None:
        return self._vectors()[0] if self._given.type == "sentence" else None

    def tokens(self, message: Message) -> list[Features] | None:
        return self._vectors() if self._given.type == "sequence" else None

    def _vectors(self) -> list[Features]:
        rows = self._given.rows()
        if self._given.is_dense():
            return [Features.dense(row) for row in rows]
        return [
            Features(indices=np.flatnonzero(row).astype(np.int32), values=row[row != 0], size=self.size)
            for row in rows
        ]
