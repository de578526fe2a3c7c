"""Events in a file, one JSON object a line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from turnwise.errors import StorageError
from turnwise.storage.event_broker import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBrokerSettings:
    """What may stand under `event_broker` with `type: file`."""

    path: str = "rasa_event.log"


class FileBroker:
    """Appends to a file, which other programs may move away at any time."""

    def __init__(self, settings: FileBrokerSettings) -> None:
        self._path = Path(settings.path)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Writes a line a message; they are on disk as far as the system knows when it returns."""
        lines = "".join(f"{message.text}\n" for message in messages)
        try:
            await asyncio.to_thread(self._append, lines)
        except OSError as error:
            raise StorageError(f"cannot write events to '{self._path}': {error.strerror}") from error

    def _append(self, lines: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(lines)

    async def close(self) -> None:
        """Nothing is open between messages."""
