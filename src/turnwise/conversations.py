"""Trackers between store and turn: loaded once, kept at hand, and saved by what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from turnwise.dialogue.domain import ACTION_SESSION_START
from turnwise.dialogue.events import ActionExecuted, Event, SessionStarted, UserUttered
from turnwise.dialogue.history import HistoryCut
from turnwise.dialogue.snapshot import latest, read_snapshot, shortened, snapshot, snapshot_events
from turnwise.dialogue.tracker import Past, Tracker
from turnwise.errors import ConversationMoved
from turnwise.storage.tracker_store import Saved, TrackerStore
from turnwise.versions import Version, Versions

EVENTS_AT_HAND = 50_000
"""Of all conversations kept at hand, about 160 MB; of others, the latest snapshot is read from the store."""
KEPT_EVENTS = 100
"""Events that a tracker keeps at least of a long conversation, and at most twice as many, unless
`tracker_events` under `action_endpoint` says otherwise; action servers are sent those that are kept."""


@dataclass(slots=True)
class Opened:
    """A conversation that a turn works on."""

    version: Version
    """The model that answers it."""
    tracker: Tracker
    """As it is in the store."""
    position: int
    """Where the store will append."""
    snapshot_is_due: bool = False


@dataclass(slots=True)
class Conversations:
    """The conversations of a store, each as the model that answers it sees it."""

    store: TrackerStore
    versions: Versions
    is_shared: bool = True
    """Whether others append as well; if not, what is at hand need not be compared with the store."""
    kept_events: int | None = KEPT_EVENTS
    """Where a tracker is cut when it has twice as many; None: it never is."""
    _at_hand: OrderedDict[str, Opened] = field(default_factory=OrderedDict)
    _events_at_hand: int = 0

    async def open(self, sender_id: str) -> Opened:
        """The conversation of `sender_id`; an empty one if there is none yet.

        Raises:
            StorageError: the store cannot be read.
        """
        opened = await self._renewed(sender_id) or await self._load(sender_id)
        version, tracker = opened.version, _latest_session(opened.tracker, self.store)
        tracker = self._as_read_back(tracker)
        kept = self.kept_events
        if kept is None or tracker.length < 2 * kept:
            return Opened(version, tracker, opened.position)
        tracker = shortened(tracker, kept, version.rule_only)
        return Opened(version, tracker, opened.position, snapshot_is_due=True)

    async def _renewed(self, sender_id: str) -> Opened | None:
        """What is at hand, with what others appended since; None if nothing is, or it no longer counts."""
        opened = self._take(sender_id)
        if opened is None or not self.versions.has(opened.version):
            return None
        if not self.is_shared:
            return opened
        try:
            saved = await self.store.after(sender_id, opened.position)
            return Opened(opened.version, opened.tracker.after_all(saved.events), saved.position)
        except (ConversationMoved, HistoryCut):  # it was replaced or deleted, or too little is at hand
            return None

    async def _load(self, sender_id: str) -> Opened:
        saved = await self.store.load(sender_id)
        version = self._version_of(sender_id, saved)
        fresh = Tracker.start(version.domain, sender_id)
        if saved is None:
            return Opened(version, fresh, 0)
        if saved.snapshot is None:
            return Opened(version, fresh.after_all(saved.events), saved.position)
        tracker = _since_snapshot(saved.snapshot, saved.events, fresh, version)
        return Opened(version, tracker or await self.whole(sender_id, version), saved.position)

    def _version_of(self, sender_id: str, saved: Saved | None) -> Version:
        if saved is None or len(self.versions) < 2:
            return self.versions.of(sender_id)
        return self.versions.of(sender_id, _model_of(_latest_events(saved)))

    async def exists(self, sender_id: str) -> bool:
        return sender_id in self._at_hand or await self.store.load(sender_id) is not None

    async def latest_event_time(self, sender_id: str) -> float | None:
        """When something last happened in a conversation; None if nothing ever did."""
        saved = await self.store.load(sender_id)
        events = _latest_events(saved) if saved else ()
        return events[-1].timestamp if events else None

    async def whole(self, sender_id: str, version: Version | None = None) -> Tracker:
        """The conversation with every event of every session in memory.

        Args:
            version: The model that sees it; None: the one that answers it.
        """
        events = await self.store.load_all(sender_id)
        version = version or self.versions.of(sender_id, _model_of(events))
        return self._as_read_back(Tracker.start(version.domain, sender_id).after_all(events))

    async def with_session(self, tracker: Tracker) -> Tracker:
        """`tracker`, which was just saved, with every event of its session in memory."""
        return await self._session(tracker.sender_id) if tracker.is_cut else tracker

    async def completed(self, opened: Opened, tracker: Tracker) -> Tracker:
        """`tracker`, which came from `opened`, with every event of its session in memory."""
        new = tracker.since(opened.tracker)
        self._take(tracker.sender_id)
        opened.tracker = await self._session(tracker.sender_id, opened.version)
        opened.snapshot_is_due = False  # it is long again
        # The state was never cut; and who is about to run a follow-up action has taken it out already.
        return replace(opened.tracker.after_all(new), state=tracker.state)

    async def _session(self, sender_id: str, version: Version | None = None) -> Tracker:
        return self._as_read_back(_latest_session(await self.whole(sender_id, version), self.store))

    def _as_read_back(self, tracker: Tracker) -> Tracker:
        """As Rasa's store of that kind gives it: some replay only what counts, and forget what was undone."""
        return tracker.settled() if self.store.replays_what_counts else tracker

    async def save(self, opened: Opened, tracker: Tracker) -> list[Event]:
        """Keeps what happened since `opened`, which then stands at `tracker`; returns the new events.

        Raises:
            ConversationMoved: another worker appended first.
            StorageError: the store cannot be written.
        """
        events = tracker.since(opened.tracker)
        sender_id = tracker.sender_id
        if events or opened.position == 0:
            kept = snapshot(tracker, opened.version.rule_only) if opened.snapshot_is_due else None
            opened.position = await self.store.append(sender_id, events, after=opened.position, snapshot=kept)
            opened.snapshot_is_due = False
        self._take(sender_id)
        opened.tracker = tracker
        self._keep(sender_id, opened)
        return events

    async def replace(self, sender_id: str, events: Sequence[Event]) -> Tracker:
        """Makes `events` the whole conversation."""
        self._take(sender_id)
        await self.store.replace(sender_id, events)
        return Tracker.start(self.versions.of(sender_id, _model_of(events)).domain, sender_id).after_all(
            events
        )

    async def delete(self, sender_id: str) -> bool:
        """Erases a conversation for good; whether there was one."""
        self._take(sender_id)
        return await self.store.delete(sender_id)

    def _keep(self, sender_id: str, opened: Opened) -> None:
        self._at_hand[sender_id] = opened
        self._events_at_hand += opened.tracker.length
        while self._events_at_hand > EVENTS_AT_HAND:
            self._take(next(iter(self._at_hand)))

    def _take(self, sender_id: str) -> Opened | None:
        """What was at hand, and no longer is."""
        opened = self._at_hand.pop(sender_id, None)
        if opened is not None:
            self._events_at_hand -= opened.tracker.length
        return opened


def _latest_events(saved: Saved) -> Sequence[Event]:
    """The events behind a snapshot, or, where there are none, the latest before it."""
    if saved.events or saved.snapshot is None:
        return saved.events
    return snapshot_events(saved.snapshot)


def _since_snapshot(data: bytes, events: Sequence[Event], fresh: Tracker, version: Version) -> Tracker | None:
    """The tracker of a snapshot after `events`; None where the whole conversation has to be read."""
    tracker = read_snapshot(data, fresh.domain, fresh.sender_id, version.rule_only)
    try:
        return tracker.after_all(events) if tracker else None
    except HistoryCut:
        return None


def _model_of(events: Sequence[Event]) -> str | None:
    """The model under which the latest event happened, as events say it."""
    for event in reversed(events):
        model_id = event.metadata.get("model_id")
        if model_id is not None:
            return str(model_id)
    return None


def _latest_session(tracker: Tracker, store: TrackerStore) -> Tracker:
    """`tracker` without the events of earlier sessions, which no longer count."""
    kept: list[Event] = []
    past = tracker.past
    while past is not None and not _begins_session(past, store):
        kept.append(past.event)
        past = past.before
    if past is None or past.before is None:
        return tracker
    kept.append(past.event)
    if not _resets(kept):  # an action of the project began the session, and nothing was forgotten
        return Tracker.start(tracker.domain, tracker.sender_id).after_all(reversed(kept))
    channels = (event.input_channel for event in kept if isinstance(event, UserUttered))
    return replace(latest(tracker, len(kept)), latest_input_channel=next(channels, None))


def _begins_session(past: Past, store: TrackerStore) -> bool:
    event = past.event
    if not store.session_includes_action:
        return isinstance(event, SessionStarted)
    return isinstance(event, ActionExecuted) and event.name == ACTION_SESSION_START


def _resets(kept: Sequence[Event]) -> bool:
    """Whether a session, its events given latest first, starts from nothing by itself."""
    return any(isinstance(event, SessionStarted) for event in kept[-2:])
