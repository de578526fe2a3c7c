"""Between our messages and those of components written for Rasa."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turnwise.nlu.message import Entity, Intent, Message, Token
from turnwise.rasa_api.constants import (
    ENTITIES,
    INTENT,
    INTENT_RANKING_KEY,
    RESPONSE_SELECTOR,
    TEXT,
    TEXT_TOKENS,
)
from turnwise.rasa_api.message import Message as RasaMessage
from turnwise.rasa_api.message import Token as RasaToken
from turnwise.rasa_api.training_data import message_of

_HIDDEN = "rasa_properties"
"""Among the notes of a message: what components wrote that is not part of the answer."""
_OUR_OWN = frozenset({TEXT, INTENT, INTENT_RANKING_KEY, ENTITIES, TEXT_TOKENS, RESPONSE_SELECTOR})
_FIELDS = frozenset(
    {
        *("entity", "start", "end", "value", "extractor", "role", "group", "processors"),
        *("confidence_entity", "confidence_role", "confidence_group"),
    }
)


def as_rasa(message: Message) -> RasaMessage:
    """The message as Rasa's components see it; a training example with its annotations."""
    if message.example is not None:
        told = message_of(message.example)
    else:
        told = RasaMessage(data={INTENT: message.intent.to_json(), ENTITIES: []})
        told.data[ENTITIES] = [entity.to_json() for entity in message.entities]
    told.data |= {TEXT: message.text, **message.notes.get(_HIDDEN, {}), **message.extra}
    told.output_properties |= message.extra.keys()
    if message.ranking is not None:
        told.data[INTENT_RANKING_KEY] = [intent.to_json() for intent in message.ranking]
    if message.selectors is not None:
        told.data[RESPONSE_SELECTOR] = message.selectors
    if message.tokens is not None:
        told.data[TEXT_TOKENS] = [
            RasaToken(
                token.text, token.start, token.end, {"pos": token.pos, "pattern": token.patterns}, token.lemma
            )
            for token in message.tokens
        ]
    told.parsed = message
    return told


def take_back(told: RasaMessage, message: Message) -> None:
    """Writes into `message` what a component made of it."""
    message.text = str(told.get(TEXT, message.text))
    if message.example is None:
        message.intent = _intent_of(told.get(INTENT))
        message.entities = [_entity_of(entity) for entity in told.get(ENTITIES) or ()]
    ranking = told.get(INTENT_RANKING_KEY)
    message.ranking = None if ranking is None else [_intent_of(intent) for intent in ranking]
    message.selectors = told.get(RESPONSE_SELECTOR)
    tokens = told.get(TEXT_TOKENS)
    if tokens is not None:
        message.tokens = [_token_of(token) for token in tokens]
    others = {name: value for name, value in told.data.items() if name not in _OUR_OWN}
    if message.example is None:
        message.extra = {name: own for name, own in others.items() if name in told.output_properties}
    message.notes[_HIDDEN] = {name: own for name, own in others.items() if name not in told.output_properties}


def _intent_of(intent: Any) -> Intent:
    if not isinstance(intent, Mapping):
        return Intent()
    return Intent(name=intent.get("name"), confidence=float(intent.get("confidence") or 0.0))


def _entity_of(entity: Mapping[str, Any]) -> Entity:
    """An entity as a component describes it; places in the text may be missing, and other keys are kept."""
    known: dict[str, Any] = {name: entity.get(name) for name in _FIELDS - {"processors"}}
    known["extractor"] = known["extractor"] or "unknown"
    return Entity(
        **known,
        processors=tuple(entity.get("processors") or ()),
        extra=tuple((name, value) for name, value in entity.items() if name not in _FIELDS),
    )


def _token_of(token: RasaToken) -> Token:
    return Token(
        text=token.text,
        start=token.start,
        end=token.end,
        lemma=token.lemma,
        pos=token.get("pos"),
        patterns=token.get("pattern") or {},
    )
