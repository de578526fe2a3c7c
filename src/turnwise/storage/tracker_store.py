"""What a tracker store promises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from turnwise.dialogue.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A conversation as it was kept."""

    events: Sequence[Event]
    """Oldest first: those after `snapshot`, or without one those of the latest session."""
    position: int
    """Where the next event will follow; it means something to the store alone."""
    snapshot: bytes | None = None
    """State of the tracker before `events`, as it was handed to `append`."""


class TrackerStore(Protocol):
    """Keeps every conversation: its events in order, and a snapshot of its tracker now and then.

    Stores only ever append. Positions grow; 0 is the position of a conversation without events.
    """

    session_includes_action: bool
    """Whether a session that is read back begins with its `action_session_start`, or behind it."""
    replays_what_counts: bool
    """Whether slots of a conversation that is read back follow from the events that count alone, or from
    every event in turn, as in Rasa's store of that kind; repeated runs of a loop tell the two apart."""

    async def load(self, sender_id: str) -> Saved | None:
        """The latest snapshot and the events after it; None for an unknown conversation."""

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`, without a snapshot; usually none.

        Raises:
            ConversationMoved: the conversation was replaced, deleted or cut since `position` was handed
                out, so that what was read then is no longer its beginning.
        """

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event of every session, oldest first; empty for an unknown conversation."""

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Adds `events` behind position `after`, all or none, and returns the new position.

        A `snapshot` describes the tracker once `events` have happened.

        Raises:
            ConversationMoved: another worker came first; nothing was written.
            StorageError: the store cannot be reached; nothing was written.
        """

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Makes `events` the whole conversation, in one transaction; returns the new position."""

    async def delete(self, sender_id: str) -> bool:
        """Erases a conversation for good; whether there was one."""

    def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation, in no particular order."""

    async def close(self) -> None:
        """Releases connections; the store is not used afterwards."""


@runtime_checkable
class FindsIdle(Protocol):
    """A tracker store that finds by itself the conversations that nobody goes on with."""

    def idle(self, before: float) -> AsyncIterator[str]:
        """Conversations whose latest event happened before that time (seconds since 1970), or that have none.

        In no particular order. Conversations may go on, or be erased, while they are listed.
        """
