"""Messages that name their intent outright: `/order{"size": "large"}`, as buttons send them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from typing import Any

from turnwise.nlu.message import Entity, Intent, Message

log = logging.getLogger(__name__)

EXTRACTOR = "RegexMessageHandler"
"""Rasa's name for the part that reads these messages."""

_SLASH = re.compile(r"/(?P<intent>[^{@]+)(?P<confidence>@[0-9.]+)?(?P<entities>\{.+\})?(?P<rest>.*)")


def slash_message(
    text: str, *, intents: Collection[str] | None = None, entities: Collection[str] | None = None
) -> Message | None:
    """The message that `text` spells out; None when it is an ordinary text.

    Args:
        intents: Names the domain knows; any other makes the text an ordinary one. None: all are known.
        entities: Names the domain knows; any other is dropped. None: all are known.
    """
    text = text.strip()
    found = _SLASH.match(text)
    if found is None:
        if text.startswith("/"):
            log.warning("nlu.slash.unreadable")
        return None
    name = found["intent"].strip()
    if intents is not None and name not in intents:
        log.warning("nlu.slash.unknown_intent")  # its name may be what a user wrote
        return None
    if found["rest"]:
        log.warning("nlu.slash.rest_ignored intent=%s", name)
    intent = Intent(name=name, confidence=_confidence(found["confidence"], name))
    return Message(text, intent=intent, ranking=[intent], entities=_entities(found, entities))


def _confidence(given: str | None, name: str) -> float:
    if given is None:
        return 1.0
    try:
        value = float(given[1:])
    except ValueError:
        log.warning("nlu.slash.confidence_unreadable intent=%s", name)
        return 0.0
    if value > 1.0:
        log.warning("nlu.slash.confidence_above_one intent=%s confidence=%s", name, given[1:])
    return min(value, 1.0)


def _entities(found: re.Match[str], known: Collection[str] | None) -> list[Entity]:
    if found["entities"] is None:
        return []
    start, end = found.span("entities")
    result: list[Entity] = []
    for entity, value in _object(found["entities"]).items():
        if known is not None and entity not in known:
            log.warning("nlu.slash.unknown_entity")
            continue
        items = value if isinstance(value, list) else [value]
        result += [Entity(entity=entity, start=start, end=end, value=i, extractor=EXTRACTOR) for i in items]
    return result


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        log.warning("nlu.slash.invalid_json problem=%s", error)
        return {}
    if isinstance(value, dict):
        return value
    log.warning("nlu.slash.no_object type=%s", type(value).__name__)
    return {}
