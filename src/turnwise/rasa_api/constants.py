"""Names of message properties, of default actions and of errors, as extensions know them."""

from __future__ import annotations

from turnwise.dialogue import domain as _domain
from turnwise.errors import TurnwiseError

TEXT = "text"
TEXT_TOKENS = "text_tokens"
INTENT = "intent"
INTENT_NAME_KEY = "name"
INTENT_RANKING_KEY = "intent_ranking"
INTENT_RESPONSE_KEY = "intent_response_key"
PREDICTED_CONFIDENCE_KEY = "confidence"
RESPONSE = "response"
RESPONSE_SELECTOR = "response_selector"
RESPONSE_IDENTIFIER_DELIMITER = "/"
METADATA = "metadata"
ACTION_TEXT = "action_text"
ACTION_NAME = "action_name"
ENTITIES = "entities"
ENTITY_ATTRIBUTE_TYPE = "entity"
ENTITY_ATTRIBUTE_GROUP = "group"
ENTITY_ATTRIBUTE_ROLE = "role"
ENTITY_ATTRIBUTE_VALUE = "value"
ENTITY_ATTRIBUTE_START = "start"
ENTITY_ATTRIBUTE_END = "end"
ENTITY_ATTRIBUTE_TEXT = "text"
ENTITY_ATTRIBUTE_CONFIDENCE = "confidence"
ENTITY_ATTRIBUTE_CONFIDENCE_TYPE = "confidence_entity"
ENTITY_ATTRIBUTE_CONFIDENCE_GROUP = "confidence_group"
ENTITY_ATTRIBUTE_CONFIDENCE_ROLE = "confidence_role"
NO_ENTITY_TAG = "O"
EXTRACTOR = "extractor"
FEATURE_TYPE_SENTENCE = "sentence"
FEATURE_TYPE_SEQUENCE = "sequence"
VALID_FEATURE_TYPES = [FEATURE_TYPE_SEQUENCE, FEATURE_TYPE_SENTENCE]
FEATURIZER_CLASS_ALIAS = "alias"

MESSAGE_ATTRIBUTES = [TEXT, INTENT, RESPONSE, ACTION_NAME, ACTION_TEXT, INTENT_RESPONSE_KEY]
DENSE_FEATURIZABLE_ATTRIBUTES = [TEXT, RESPONSE, ACTION_TEXT]
TOKENS_NAMES = {attribute: f"{attribute}_tokens" for attribute in MESSAGE_ATTRIBUTES}

ACTION_LISTEN_NAME = _domain.ACTION_LISTEN
ACTION_RESTART_NAME = _domain.ACTION_RESTART
ACTION_SESSION_START_NAME = _domain.ACTION_SESSION_START
ACTION_DEFAULT_FALLBACK_NAME = _domain.ACTION_DEFAULT_FALLBACK
ACTION_BACK_NAME = _domain.ACTION_BACK
REQUESTED_SLOT = _domain.REQUESTED_SLOT


class RasaException(TurnwiseError):
    """What a part of a project raises for its users to read."""


class InvalidConfigException(ValueError, RasaException):
    """A part is configured in a way that makes no sense."""
