"""Training data, as components and importers written for Rasa see them; and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from turnwise.project.nlu_data import EntitySpan, Example, Lookup, NLUData, Regex
from turnwise.rasa_api.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, METADATA, TEXT
from turnwise.rasa_api.message import Message


class TrainingData:
    """Examples, synonyms, regular expressions, lookup tables and responses."""

    def __init__(
        self,
        training_examples: list[Message] | None = None,
        entity_synonyms: dict[str, str] | None = None,
        regex_features: list[dict[str, str]] | None = None,
        lookup_tables: list[dict[str, Any]] | None = None,
        responses: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        self.training_examples = training_examples or []
        self.entity_synonyms = entity_synonyms or {}
        self.regex_features = regex_features or []
        self.lookup_tables = lookup_tables or []
        self.responses = responses or {}

    @classmethod
    def of(cls, data: NLUData, messages: Iterable[Message] | None = None) -> TrainingData:
        """Ours as Rasa's; `messages` are those of the examples, if there are any yet."""
        examples = messages or (message_of(example) for example in data.examples)
        return cls(
            training_examples=list(examples),
            entity_synonyms=dict(data.synonyms),
            regex_features=[{"name": own.name, "pattern": own.pattern} for own in data.regexes],
            lookup_tables=[{"name": own.name, "elements": list(own.elements)} for own in data.lookups],
            responses={name: [dict(own) for own in every] for name, every in data.responses.items()},
        )

    @property
    def nlu_examples(self) -> list[Message]:
        return list(self.training_examples)

    @property
    def intent_examples(self) -> list[Message]:
        return [message for message in self.training_examples if message.get(INTENT)]

    @property
    def entity_examples(self) -> list[Message]:
        return [message for message in self.training_examples if message.get(ENTITIES)]

    @property
    def response_examples(self) -> list[Message]:
        return [message for message in self.training_examples if message.get(INTENT_RESPONSE_KEY)]

    @property
    def intents(self) -> set[str]:
        return {message.get(INTENT) for message in self.intent_examples}

    @property
    def retrieval_intents(self) -> set[str]:
        return {message.get(INTENT) for message in self.response_examples}

    @property
    def entities(self) -> set[str]:
        return self._labels("entity")

    @property
    def entity_roles(self) -> set[str]:
        return self._labels("role")

    @property
    def entity_groups(self) -> set[str]:
        return self._labels("group")

    def _labels(self, kind: str) -> set[str]:
        spans = (span for message in self.entity_examples for span in message.get(ENTITIES))
        return {span[kind] for span in spans if span.get(kind)}

    @property
    def number_of_examples_per_intent(self) -> dict[str, int]:
        return dict(Counter(message.get(INTENT) for message in self.intent_examples))

    def is_empty(self) -> bool:
        return not (
            self.training_examples or self.entity_synonyms or self.regex_features or self.lookup_tables
        )

    def merge(self, *others: TrainingData | None) -> TrainingData:
        """These and all others, as one."""
        every = [self, *(other for other in others if other is not None)]
        return TrainingData(
            [message for data in every for message in data.training_examples],
            {text: value for data in every for text, value in data.entity_synonyms.items()},
            [entry for data in every for entry in data.regex_features],
            [table for data in every for table in data.lookup_tables],
            {name: own for data in every for name, own in data.responses.items()},
        )

    def as_ours(self) -> NLUData:
        """Rasa's as ours."""
        return NLUData(
            examples=tuple(_example_of(message) for message in self.training_examples if message.get(TEXT)),
            synonyms=dict(self.entity_synonyms),
            regexes=tuple(Regex(name=own["name"], pattern=own["pattern"]) for own in self.regex_features),
            lookups=tuple(
                Lookup(name=own["name"], elements=tuple(own["elements"])) for own in self.lookup_tables
            ),
            responses={name: tuple(own) for name, own in self.responses.items()},
        )


def message_of(example: Example) -> Message:
    """A training example as Rasa's components see it."""
    data: dict[str, Any] = {TEXT: example.text}
    if example.intent:
        data[INTENT] = example.intent
    if example.response_key:
        data[INTENT_RESPONSE_KEY] = example.response_key
    if example.entities:
        data[ENTITIES] = [_entity_of(span) for span in example.entities]
    if example.metadata:
        data[METADATA] = dict(example.metadata)
    return Message(data=data)


def _entity_of(span: EntitySpan) -> dict[str, Any]:
    labels = {"role": span.role, "group": span.group}
    entity = {"entity": span.entity, "start": span.start, "end": span.end, "value": span.value}
    return entity | {kind: label for kind, label in labels.items() if label}


def _example_of(message: Message) -> Example:
    spans: Iterable[Mapping[str, Any]] = message.get(ENTITIES) or ()
    return Example(
        text=message.get(TEXT),
        intent=message.get(INTENT),
        response_key=message.get(INTENT_RESPONSE_KEY),
        entities=tuple(
            EntitySpan(
                entity=span["entity"],
                start=span["start"],
                end=span["end"],
                value=span.get("value", message.get(TEXT)[span["start"] : span["end"]]),
                role=span.get("role"),
                group=span.get("group"),
            )
            for span in spans
        ),
        metadata=message.get(METADATA) or {},
    )
