"""Events as the text that databases and brokers hold: Rasa's event JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from turnwise.dialogue.event_bytes import encoded
from turnwise.dialogue.event_json import BadEvent, event_from_json
from turnwise.dialogue.events import Event
from turnwise.errors import StorageError

_decoder = msgspec.json.Decoder()


def event_text(fields: dict[str, Any]) -> str:
    """One event's JSON (`Event.to_json()`) as text."""
    return encoded(fields).decode()


def event_fields(text: str | bytes) -> dict[str, Any]:
    """The JSON object behind `text`.

    Raises:
        StorageError: it is no JSON object.
    """
    fields = _decoded(text)
    if not isinstance(fields, dict):
        raise StorageError("a stored event is no JSON object")
    return fields


def _decoded(text: str | bytes) -> Any:
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lenient(text)


def _lenient(text: str | bytes) -> Any:
    """What Python's json module accepts beyond the standard (NaN, lone surrogates): stock Rasa wrote it."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise StorageError(f"a stored event cannot be read: {error}") from error


def events_from_texts(texts: Iterable[str | bytes]) -> list[Event]:
    """The events behind stored texts, in their order; kinds nobody reads any more are left out.

    Raises:
        StorageError: one of them is no event.
    """
    return events_from_fields(map(event_fields, texts))


def events_from_array(text: bytes) -> list[Event]:
    """As `events_from_texts`, for a JSON array of all of them."""
    return events_from_fields(_decoded(text))


def events_from_fields(items: Iterable[dict[str, Any]]) -> list[Event]:
    """As `events_from_texts`, for decoded JSON objects."""
    try:
        return [event for event in map(event_from_json, items) if event is not None]
    except BadEvent as error:
        raise StorageError(f"a stored event cannot be read: {error}") from error
