"""Base classes that components written for Rasa derive from, beside GraphComponent."""

from __future__ import annotations

import re
from typing import Any

from turnwise.rasa_api.constants import ENTITIES, EXTRACTOR, FEATURIZER_CLASS_ALIAS, TEXT, TOKENS_NAMES
from turnwise.rasa_api.graph import ExecutionContext, GraphComponent, ModelStorage, Resource
from turnwise.rasa_api.message import Features, Message, Token
from turnwise.rasa_api.training_data import TrainingData


class Tokenizer(GraphComponent):
    """Cuts texts into tokens: a subclass has `tokenize(message, attribute)`."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        pattern = config.get("token_pattern")
        self.token_pattern_regex = re.compile(pattern) if pattern else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        raise NotImplementedError(f"{type(self).__name__} has no 'tokenize'")

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                message.set(TOKENS_NAMES[TEXT], self.tokenize(message, TEXT))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _apply_token_pattern(self, tokens: list[Token]) -> list[Token]:
        """The pieces of each token that the setting `token_pattern` finds; those without any stay whole."""
        if self.token_pattern_regex is None:
            return tokens
        pieces: list[Token] = []
        for token in tokens:
            found = [own for own in self.token_pattern_regex.finditer(token.text) if own[0]]
            pieces += [Token(own[0], token.start + own.start()) for own in found] or [token]
        return pieces

    @staticmethod
    def _convert_words_to_tokens(words: list[str], text: str) -> list[Token]:
        """Words with their places in the text that they are from."""
        tokens, at = [], 0
        for word in words:
            start = text.index(word, at)
            at = start + len(word)
            tokens.append(Token(word, start))
        return tokens


class IntentClassifier:
    """Says that a component classifies intents."""


class EntityExtractorMixin:
    """Says that a component finds entities, and helps with what they carry."""

    @property
    def name(self) -> str:
        return type(self).__name__

    def add_extractor_name(self, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for entity in entities:
            entity[EXTRACTOR] = self.name
        return entities

    def add_processor_name(self, entity: dict[str, Any]) -> dict[str, Any]:
        entity["processors"] = [*(entity.get("processors") or ()), self.name]
        return entity

    def filter_trainable_entities(self, entity_examples: list[Message]) -> list[Message]:
        """Examples with those annotations only that are meant for this extractor, or for any."""
        kept = []
        for message in entity_examples:
            own = [span for span in message.get(ENTITIES, []) if span.get(EXTRACTOR) in (None, self.name)]
            kept.append(Message(data={**message.data, ENTITIES: own}))
        return kept


class Featurizer:
    """Describes texts in numbers, under a name."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException where the settings make no sense."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        self.validate_config(config)
        self._identifier = config.get(FEATURIZER_CLASS_ALIAS) or name
        self._config = config

    def add_features_to_message(self, sequence: Any, sentence: Any, attribute: str, message: Message) -> None:
        """Leaves what describes the tokens, and what describes the text; either may be None."""
        for numbers, kind in ((sequence, "sequence"), (sentence, "sentence")):
            if numbers is not None:
                message.add_features(Features(numbers, kind, attribute, self._identifier))


class DenseFeaturizer(Featurizer):
    """With numbers that nearly all are there."""


class SparseFeaturizer(Featurizer):
    """With numbers of which nearly all are 0."""
