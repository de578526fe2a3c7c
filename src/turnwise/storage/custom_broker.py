"""A project's own event broker, written as Rasa asks for it: one event at a time, as a dictionary."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from turnwise.errors import StorageError
from turnwise.storage.event_broker import Outgoing
from turnwise.storage.event_text import event_fields


class CustomBroker:
    """Wraps an object with `publish(event)` and `close()`, each of which may be a coroutine function."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker

    @classmethod
    async def make(cls, kind: Any, settings: Mapping[str, Any]) -> CustomBroker:
        """The broker of class `kind`: `from_endpoint_config(settings)` makes it, or its constructor."""
        maker = getattr(kind, "from_endpoint_config", None)
        broker = maker(settings) if maker else kind(**settings)
        return cls(await broker if inspect.isawaitable(broker) else broker)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Hands over each message; whatever the broker raises means that it has not taken it."""
        for message in messages:
            try:
                taken = self._broker.publish(event_fields(message.text))
                if inspect.isawaitable(taken):
                    await taken
            except Exception as error:
                raise StorageError(f"the event broker does not take events: {error!r}") from error

    async def close(self) -> None:
        """Closes it, if it can be closed."""
        closed = self._broker.close() if hasattr(self._broker, "close") else None
        if inspect.isawaitable(closed):
            await closed
