"""What an event broker promises: whoever listens outside learns what happens in conversations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from turnwise.dialogue.events import Event
from turnwise.storage.event_text import event_text

DEFAULT_TOPIC = "rasa_core_events"
"""Name of the queue or topic unless another is given."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event on its way out."""

    sender_id: str
    text: str
    """The event's JSON, with `sender_id` first."""


class EventBroker(Protocol):
    """Hands events to a message system."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Returns when the system has taken all `messages`, in order.

        Raises:
            StorageError: it has not; some of them may have arrived, and all will be sent again.
        """

    async def close(self) -> None:
        """Releases connections."""


def outgoing(sender_id: str, event: Event) -> Outgoing:
    """The message for an event of a conversation."""
    return Outgoing(sender_id, event_text({"sender_id": sender_id, **event.to_json()}))


def environment() -> str | None:
    """What tells the events of several deployments apart: RASA_ENVIRONMENT."""
    return os.environ.get("RASA_ENVIRONMENT")
