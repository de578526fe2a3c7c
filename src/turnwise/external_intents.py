"""Intents that no user uttered: reminders, and what happens outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turnwise.dialogue.events import ReminderScheduled, UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.turn import Turn

EXTERNAL = "EXTERNAL: "
"""Stands before the intent in the text of messages that no user wrote."""


async def trigger(turn: Turn, intent: str, entities: Any) -> None:
    """Lets the conversation of `turn` go on as if the user had meant `intent`.

    Args:
        entities: A list of entities, a mapping of names to values, or None.
    """
    message = UserUttered(
        text=f"{EXTERNAL}{intent}",
        parse_data={
            "intent": {"name": intent},
            "entities": _entity_list(entities),
            "metadata": {"is_external": True},
        },
        input_channel=turn.tracker.latest_input_channel,
        message_id=None,
        metadata={"is_external": True},
    )
    await turn.hear(message)
    await turn.answer()


def _entity_list(entities: Any) -> list[Any]:
    if isinstance(entities, Mapping):
        return [{"entity": name, "value": value} for name, value in entities.items()]
    return list(entities or ())


def is_moot(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    """Whether a reminder must not fire: it was undone, or the user spoke after it and that kills it."""
    scheduled = any(
        isinstance(event, ReminderScheduled) and event.name == reminder.name
        for event in tracker.applied_events()
    )
    if not scheduled:
        return True
    return reminder.kill_on_user_message and _spoke_since(reminder, tracker)


def _spoke_since(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    for event in tracker.backwards():
        if isinstance(event, ReminderScheduled) and event.name == reminder.name:
            return False
        if isinstance(event, UserUttered) and event.text:
            return True
    return False
