"""The tracker store of a project without `tracker_store`: conversations in the memory of this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from turnwise.dialogue.events import Event
from turnwise.errors import ConversationMoved
from turnwise.storage.sessions import session_action
from turnwise.storage.tracker_store import Saved


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is held of one conversation; grows in place, so that a turn costs the same in long ones."""

    events: list[Event] = field(default_factory=list)
    position: int = 0
    """How many events were ever appended; those before `events` are gone."""
    session: int = 0
    """Index in `events` where the latest session begins."""
    snapshot: bytes | None = None
    snapshot_position: int = 0

    @property
    def start(self) -> int:
        """Position of the first event that is still held."""
        return self.position - len(self.events)

    def behind(self, position: int) -> tuple[Event, ...]:
        return tuple(self.events[position - self.start :])

    def add(self, events: Sequence[Event]) -> None:
        """Adds `events` to the latest session; those before it are forgotten."""
        del self.events[: self.session]
        known = len(self.events)
        self.events.extend(events)
        self.position += len(events)
        started = session_action(events)
        self.session = 0 if started is None else known + started

    def forget_outdated_snapshot(self) -> None:
        if self.snapshot_position < self.start:  # events that it needs are gone
            self.snapshot, self.snapshot_position = None, 0


class MemoryTrackerStore:
    """Keeps conversations until the process ends.

    As in stock Rasa a conversation that is saved again keeps its latest session and what is new:
    earlier sessions are forgotten.
    """

    session_includes_action = True
    replays_what_counts = True

    def __init__(self, *, max_conversations: int | None = None) -> None:
        """
        Args:
            max_conversations: How many are kept; the one unused for longest goes first. None: all.
        """
        self._max = max_conversations
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the events after it, else the latest session; None for an unknown conversation."""
        kept = self._kept.get(sender_id)
        if kept is None:
            return None
        self._kept.move_to_end(sender_id)
        if kept.snapshot is not None:
            events = kept.behind(kept.snapshot_position)
            return Saved(events=events, position=kept.position, snapshot=kept.snapshot)
        return Saved(events=tuple(kept.events[kept.session :]), position=kept.position)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`."""
        kept = self._kept.get(sender_id) or _Kept()
        if not kept.start <= position <= kept.position:
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        return Saved(events=kept.behind(position), position=kept.position)

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event that is held."""
        return list((self._kept.get(sender_id) or _Kept()).events)

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Adds `events`, and forgets the sessions before the one that was stored last."""
        kept = self._kept.get(sender_id) or _Kept()
        if kept.position != after:
            raise ConversationMoved(f"conversation '{sender_id}' is at {kept.position}, not at {after}")
        kept.add(events)
        if snapshot is not None:
            kept.snapshot, kept.snapshot_position = snapshot, kept.position
        kept.forget_outdated_snapshot()
        self._keep(sender_id, kept)
        return kept.position

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Makes `events` the whole conversation."""
        earlier = self._kept.get(sender_id) or _Kept()
        # One position is skipped, so that nobody takes the new events for a continuation of the old ones.
        kept = _Kept(position=earlier.position + 1)
        kept.add(events)
        self._keep(sender_id, kept)
        return kept.position

    async def delete(self, sender_id: str) -> bool:
        """Forgets a conversation."""
        return self._kept.pop(sender_id, None) is not None

    async def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation that is held."""
        for sender_id in list(self._kept):
            yield sender_id

    async def idle(self, before: float) -> AsyncIterator[str]:
        """Those whose last event is older, and those without any."""
        for sender_id, kept in list(self._kept.items()):
            if not kept.events or kept.events[-1].timestamp < before:
                yield sender_id

    async def close(self) -> None:
        """Nothing is open."""

    def _keep(self, sender_id: str, kept: _Kept) -> None:
        self._kept[sender_id] = kept
        self._kept.move_to_end(sender_id)
        if self._max is not None and len(self._kept) > self._max:
            self._kept.popitem(last=False)
