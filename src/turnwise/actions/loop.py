"""Loops: actions that run again after each user message until they are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from turnwise.actions.action import ActionContext
from turnwise.dialogue.events import ActiveLoop, Event
from turnwise.dialogue.tracker import Tracker


class Loop(Protocol):
    """What makes one loop different from another."""

    @property
    def name(self) -> str: ...

    async def activate(self, tracker: Tracker, context: ActionContext) -> tuple[Tracker, list[Event]]:
        """What happens when the loop begins: the tracker to go on with, and events."""

    async def step(self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]) -> list[Event]:
        """One run of the loop, after what happened `so_far` in this action."""

    def is_done(self, tracker: Tracker, so_far: Sequence[Event]) -> bool:
        """Whether the loop ends."""

    async def deactivate(
        self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]
    ) -> list[Event]:
        """What happens when the loop ends."""


async def run_loop(loop: Loop, tracker: Tracker, context: ActionContext) -> list[Event]:
    """One run of `loop`: it begins if it is not active, takes a step, and ends when it is done."""
    events: list[Event] = []
    if tracker.active_loop != loop.name:
        events.append(ActiveLoop(name=loop.name))
        tracker, activation = await loop.activate(tracker, context)
        events += activation
    if not loop.is_done(tracker, events):
        events += await loop.step(tracker, context, events)
    if loop.is_done(tracker, events):
        events.append(ActiveLoop(name=None))
        events += await loop.deactivate(tracker, context, events)
    return events
