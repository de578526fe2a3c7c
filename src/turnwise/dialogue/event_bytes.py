"""An event as JSON bytes, made once: databases, brokers and action servers are all sent the same."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from turnwise.dialogue.events import Event

_encoder = msgspec.json.Encoder()


def event_bytes(event: Event) -> bytes:
    """Rasa's JSON of `event`. The bytes stay with the event, which never changes."""
    if event.encoded is None:
        object.__setattr__(event, "encoded", encoded(event.to_json()))
    assert event.encoded is not None
    return event.encoded


def encoded(fields: dict[str, Any]) -> bytes:
    """One event's JSON (`Event.to_json()`) as bytes."""
    try:
        return _encoder.encode(fields)
    except (TypeError, UnicodeEncodeError):
        # Halves of surrogate pairs, which some clients send, exist in JSON only as escapes.
        return json.dumps(fields, default=str).encode()
