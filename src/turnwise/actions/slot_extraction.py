"""Filling slots from a message: mappings of the domain, then the project's own extraction and validation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from turnwise.actions.action import ActionContext
from turnwise.dialogue.domain import ACTION_EXTRACT_SLOTS, ACTION_VALIDATE_SLOT_MAPPINGS
from turnwise.dialogue.events import BotUttered, Event, SlotSet
from turnwise.dialogue.slot_filling import CustomMapping, fill_slots
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError
from turnwise.http_endpoint import BadAnswer, EndpointTimeout

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExtractSlots:
    """Slot extraction as an action; the turn runs it after every message."""

    name: str = ACTION_EXTRACT_SLOTS

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return await extract_slots(tracker, context)


async def extract_slots(tracker: Tracker, context: ActionContext) -> list[Event]:
    """What the latest message fills, validated by the project where it wants to.

    Raises:
        BadAnswer, EndpointTimeout: the action server answers nonsense, or too late. Other failures of
            the project's actions are logged, and extraction goes on without them.
    """
    candidates: list[SlotSet] = []
    done: set[str] = set()
    for found in fill_slots(tracker):
        if isinstance(found, SlotSet):
            candidates.append(found)
        elif found.action not in done:
            done.add(found.action)
            candidates += await _custom(found, tracker, context)
    if ACTION_VALIDATE_SLOT_MAPPINGS not in context.domain.user_actions:
        return list(candidates)
    return await _validated(candidates, tracker, context)


async def _custom(mapping: CustomMapping, tracker: Tracker, context: ActionContext) -> list[SlotSet]:
    events = await _run(mapping.action, tracker, context)
    return [event for event in events if isinstance(event, SlotSet)]


async def _validated(candidates: list[SlotSet], tracker: Tracker, context: ActionContext) -> list[Event]:
    hypothetical = tracker.after_all(context.stamped(candidates))
    validated = await _run(ACTION_VALIDATE_SLOT_MAPPINGS, hypothetical, context)
    names = {event.name for event in validated if isinstance(event, SlotSet)}
    return [*validated, *(candidate for candidate in candidates if candidate.name not in names)]


async def _run(action: str, tracker: Tracker, context: ActionContext) -> Sequence[Event]:
    """Slot and bot events of an action of the project; none if it fails."""
    try:
        events = await context.find(action).run(tracker, context)
    except (BadAnswer, EndpointTimeout):
        raise
    except ActionError as error:
        log.warning("slots.action_failed action=%s: %s", action, error)
        return []
    return [event for event in events if isinstance(event, SlotSet | BotUttered)]
