"""`rasa export`: publishes stored conversations to the event broker."""

from __future__ import annotations

import argparse
import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from turnwise.cli.console import print_error, print_success
from turnwise.cli.paths import existing_path
from turnwise.errors import StorageError, UsageError
from turnwise.project.endpoints_file import Endpoints, load_endpoints

if TYPE_CHECKING:
    from turnwise.dialogue.events import Event
    from turnwise.storage.event_broker import EventBroker
    from turnwise.storage.tracker_store import TrackerStore

Entry = tuple[str, "Event"]
"""An event, and the conversation it happened in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which events are published, and at what time they are said to have happened."""

    minimum: float | None = None
    """Events from then on, in seconds since 1970."""
    maximum: float | None = None
    """Events before then."""
    offset: float = 0
    """Seconds added to each time."""
    conversations: frozenset[str] | None = None
    """None: all."""

    def takes(self, event: Event) -> bool:
        """Whether the event happened in the chosen span."""
        early = self.minimum is not None and event.timestamp < self.minimum
        late = self.maximum is not None and event.timestamp >= self.maximum
        return not early and not late


def run(args: argparse.Namespace) -> int:
    """Publishes; returns the exit code: 1 where there was nothing to publish, or not all was taken.

    Raises:
        UsageError: the flags contradict each other, or endpoints.yml lacks a store or a broker.
    """
    endpoints = load_endpoints(existing_path(args.endpoints, flag="--endpoints", default="endpoints.yml"))
    for needed in ("tracker_store", "event_broker"):
        if endpoints.raw.get(needed) is None:
            raise UsageError(f"{args.endpoints}: there is no {needed}\n  fix: set one up; export needs both")
    return asyncio.run(_export(endpoints, choice_of(args)))


def choice_of(args: argparse.Namespace) -> Choice:
    """What the flags choose.

    Raises:
        UsageError: the span ends before it begins.
    """
    minimum, maximum = args.minimum_timestamp, args.maximum_timestamp
    if minimum is not None and maximum is not None and maximum < minimum:
        raise UsageError("--maximum-timestamp is smaller than --minimum-timestamp\n  fix: exchange them")
    named = (name.strip() for name in (args.conversation_ids or "").split(","))
    return Choice(
        minimum=minimum,
        maximum=maximum,
        offset=args.offset_timestamps_by_seconds or 0,
        conversations=frozenset(name for name in named if name) or None,
    )


async def _export(endpoints: Endpoints, choice: Choice) -> int:
    from turnwise.storage.factory import open_broker, open_tracker_store
    from turnwise.storage.rabbitmq import EXPORT_HEADER

    store = await open_tracker_store(endpoints.raw["tracker_store"])
    headers = {EXPORT_HEADER: uuid.uuid4().hex}
    broker = await open_broker(endpoints.raw["event_broker"], headers=headers)
    try:
        return await _publish(await chosen(store, choice), broker, choice)
    finally:
        await broker.close()
        await store.close()


async def chosen(store: TrackerStore, choice: Choice) -> list[Entry]:
    """The chosen events of all sessions, oldest first.

    Raises:
        UsageError: none of the conversations exist, or none of their events were chosen.
    """
    names = [name async for name in store.sender_ids()]
    if choice.conversations is not None:
        names = [name for name in names if name in choice.conversations]
    if not names:
        raise UsageError("there are no such conversations in the tracker store")
    entries = [(name, event) for name in names for event in await store.load_all(name) if choice.takes(event)]
    if not entries:
        raise UsageError("none of the events happened in the chosen span of time")
    return sorted(entries, key=lambda entry: entry[1].timestamp)


async def _publish(entries: Sequence[Entry], broker: EventBroker, choice: Choice) -> int:
    from turnwise.storage.event_broker import outgoing

    for number, (name, event) in enumerate(entries):
        moved = replace(event, timestamp=event.timestamp + choice.offset)
        try:
            await broker.publish([outgoing(name, moved)])
        except StorageError as error:
            print_error(f"{error}\n{number} of {len(entries)} events were published. {_continuation(event)}")
            return 1
    print_success(f"{len(entries)} events were published.")
    return 0


def _continuation(event: Event) -> str:
    return f"To go on from there: rasa export --minimum-timestamp {event.timestamp}"
