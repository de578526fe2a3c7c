"""Short names for events, so that a conversation fits on a line."""

from __future__ import annotations

from typing import Any

from turnwise.dialogue.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserFeaturization,
    UserUttered,
)


def user(intent: str, *entities: dict[str, Any], text: str | None = None) -> UserUttered:
    parse = {"intent": {"name": intent, "confidence": 1.0}, "entities": list(entities)}
    return UserUttered(text=text or f"/{intent}", parse_data=parse, message_id="m")


def action(name: str, *, hidden: bool = False) -> ActionExecuted:
    return ActionExecuted(name=name, hide_rule_turn=hidden)


def slot(name: str, value: Any) -> SlotSet:
    return SlotSet(name=name, value=value)


def loop(name: str | None) -> ActiveLoop:
    return ActiveLoop(name=name)


def rejected(name: str) -> ActionExecutionRejected:
    return ActionExecutionRejected(name=name)


LISTEN = action("action_listen")
BY_INTENT = UserFeaturization(use_text_for_featurization=False)


def shown(events: list[Event]) -> list[str]:
    """Each event as a word or two."""
    return [_shown(event) for event in events]


def _shown(event: Event) -> str:
    match event:
        case UserUttered():
            return f"user {event.intent_name}"
        case ActionExecuted():
            return event.name or "?"
        case SlotSet():
            return f"{event.name}={event.value}"
        case ActiveLoop():
            return f"loop {event.name}"
        case _:
            return event.kind
