"""Conversations on their way through the blocks of stories."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import Place
from turnwise.training.story_events import PlacedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTracker:
    """One conversation to learn from."""

    name: str
    """Names of the blocks it runs through, joined by ' > '."""
    tracker: Tracker
    is_augmented: bool = False
    """Whether it was glued from several stories; then only learned policies use it."""
    is_rule: bool = False
    places: tuple[Place, ...] = ()
    """Where each of `tracker.events` comes from."""


class Trail(NamedTuple):
    """Places of the events so far: the latest, and those before it."""

    place: Place
    before: Trail | None


@dataclass(frozen=True, slots=True)
class StoryPath:
    """A conversation on its way through the blocks."""

    tracker: Tracker
    names: tuple[str, ...] = ()
    trail: Trail | None = None
    before_last: tuple[Tracker, Trail | None] | None = None
    """As it was before the last event of the last block."""

    def through(self, name: str, events: Sequence[PlacedEvent]) -> StoryPath:
        """The same conversation after `events` of the block `name`."""
        path = self.into(name)
        walked = [after for _, after in path.walk(events)]
        return walked[-1] if walked else path

    def into(self, name: str) -> StoryPath:
        """The same conversation, about to go through the block `name`."""
        if not name or name in self.names:
            return self
        return StoryPath(self.tracker, (*self.names, name), self.trail, self.before_last)

    def walk(self, events: Sequence[PlacedEvent]) -> Iterator[tuple[Event, StoryPath]]:
        """The conversation after each of `events`."""
        names, tracker, trail = self.names, self.tracker, self.trail
        for event, place in events:
            before = (tracker, trail)
            tracker, trail = tracker.after(event), Trail(place, trail)
            yield event, StoryPath(tracker, names, trail, before)

    def without_last_event(self) -> StoryPath:
        tracker, trail = self.before_last or (self.tracker, self.trail)
        return StoryPath(tracker, self.names, trail)

    def identity(self) -> Hashable:
        """Equal for conversations that look the same to every policy."""
        return tuple(self.tracker.states())

    def placed_events(self) -> list[PlacedEvent]:
        return list(zip(self.tracker.events, self.places(), strict=True))

    def places(self) -> tuple[Place, ...]:
        found = []
        trail = self.trail
        while trail is not None:
            found.append(trail.place)
            trail = trail.before
        return tuple(reversed(found))

    def training_tracker(self, *, is_augmented: bool = False, is_rule: bool = False) -> TrainingTracker:
        return TrainingTracker(
            name=" > ".join(self.names),
            tracker=self.tracker,
            is_augmented=is_augmented,
            is_rule=is_rule,
            places=self.places(),
        )


def unique(paths: Iterable[StoryPath], seen: set[Hashable]) -> list[StoryPath]:
    found = []
    for path in paths:
        identity = path.identity()
        if identity not in seen:
            seen.add(identity)
            found.append(path)
    return found
