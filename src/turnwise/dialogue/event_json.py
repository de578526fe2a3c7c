"""From Rasa's event JSON to events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from turnwise.dialogue import events as ev


class BadEvent(ValueError):
    """A JSON object is no event; the message says why."""


def event_from_json(data: Mapping[str, Any]) -> ev.Event | None:
    """The event that `data` describes; None for kinds that old versions wrote and nobody reads.

    Raises:
        BadEvent: the kind is missing or unknown, or a required field is.
    """
    kind = data.get("event")
    if kind in _IGNORED:
        return None
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise BadEvent(f"unknown event type {kind!r}" if kind else "an event needs a key 'event'")
    common = {"timestamp": data.get("timestamp") or 0.0, "metadata": data.get("metadata") or {}}
    try:
        return read(data, common)
    except KeyError as error:
        raise BadEvent(f"event '{kind}' lacks the key {error}") from None


_Reader = Callable[[Mapping[str, Any], dict[str, Any]], ev.Event]


def _user(data: Mapping[str, Any], common: dict[str, Any]) -> ev.Event:
    own = {
        "text": data.get("text"),
        "message_id": data.get("message_id"),
        "metadata": common["metadata"],
    }
    parse = data.get("parse_data") or {}
    return ev.UserUttered(
        text=own["text"],
        # What the parse only repeats is written again with the event.
        parse_data={key: value for key, value in parse.items() if key not in own or value != own[key]},
        input_channel=data.get("input_channel"),
        message_id=own["message_id"],
        **common,
    )


def _action(data: Mapping[str, Any], common: dict[str, Any]) -> ev.Event:
    return ev.ActionExecuted(
        name=data.get("name"),
        policy=data.get("policy"),
        confidence=data.get("confidence"),
        action_text=data.get("action_text"),
        hide_rule_turn=bool(data.get("hide_rule_turn")),
        **common,
    )


def _reminder(data: Mapping[str, Any], common: dict[str, Any]) -> ev.Event:
    if data.get("name"):
        common["name"] = data["name"]
    return ev.ReminderScheduled(
        intent=data["intent"],
        date_time=data["date_time"],
        entities=data.get("entities"),
        kill_on_user_message=data.get("kill_on_user_msg", True),
        **common,
    )


def _form_validation(data: Mapping[str, Any], common: dict[str, Any]) -> ev.Event:
    return ev.LoopInterrupted(is_interrupted=not data.get("validate"), **common)


def _plain(kind: type[ev.Event]) -> _Reader:
    return lambda data, common: kind(**common)


_READERS: Mapping[str, _Reader] = {
    "user": _user,
    "bot": lambda d, c: ev.BotUttered(text=d.get("text"), data=d.get("data") or {}, **c),
    "action": _action,
    "slot": lambda d, c: ev.SlotSet(name=d["name"], value=d.get("value"), **c),
    "user_featurization": lambda d, c: ev.UserFeaturization(
        use_text_for_featurization=bool(d.get("use_text_for_featurization")), **c
    ),
    "entities": lambda d, c: ev.EntitiesAdded(entities=d["entities"], **c),
    "active_loop": lambda d, c: ev.ActiveLoop(name=d.get("name"), **c),
    "form": lambda d, c: ev.ActiveLoop(name=d.get("name"), **c),
    "loop_interrupted": lambda d, c: ev.LoopInterrupted(is_interrupted=bool(d.get("is_interrupted")), **c),
    "form_validation": _form_validation,
    "action_execution_rejected": lambda d, c: ev.ActionExecutionRejected(
        name=d["name"], policy=d.get("policy"), confidence=d.get("confidence"), **c
    ),
    "followup": lambda d, c: ev.FollowupAction(name=d["name"], **c),
    "reminder": _reminder,
    "cancel_reminder": lambda d, c: ev.ReminderCancelled(
        name=d.get("name"), intent=d.get("intent"), entities=d.get("entities"), **c
    ),
    "export": lambda d, c: ev.StoryExported(path=d.get("path"), **c),
    "agent": lambda d, c: ev.AgentUttered(text=d.get("text"), data=d.get("data"), **c),
    **{
        kind.kind: _plain(kind)
        for kind in (
            ev.Restarted,
            ev.SessionStarted,
            ev.UserUtteranceReverted,
            ev.ActionReverted,
            ev.AllSlotsReset,
            ev.ConversationPaused,
            ev.ConversationResumed,
        )
    },
}
_IGNORED = frozenset({"topic"})

EVENT_KINDS = frozenset(_READERS)
"""Every event type that JSON, or an action step of a story, may name."""
