"""Events as clients of the HTTP API send and see them: what may stand under each key of each kind."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Union

import msgspec

from turnwise.dialogue import events as ev


class IntentBody(msgspec.Struct, kw_only=True):
    """What a user wants."""

    name: str | None = None
    confidence: float | None = None


class EntityBody(msgspec.Struct, kw_only=True):
    """Something that a user's words mention; more keys may tell where and how it was found."""

    entity: str
    value: Any
    role: str | None = None
    group: str | None = None


MAX_ENTITIES = 1_000
"""Nobody mentions more things at once, and each of them costs time."""
_AtMost = msgspec.Meta(max_length=MAX_ENTITIES)
EntityList = Annotated[list[EntityBody], _AtMost]


class ParseBody(msgspec.Struct, kw_only=True):
    """How a text was understood; components of the pipeline add keys of their own."""

    intent: IntentBody | None = None
    entities: EntityList | None = None


Entities = EntityList | Annotated[dict[str, Any], _AtMost] | None
"""Entities, or a mapping of their names to values."""

_ANY = (Any, None)
_TEXT = (str | None, None)
_FLAG = (bool | None, None)
_NUMBER = (float | None, None)
_OBJECT = (dict[str, Any] | None, None)

_FIELDS: Mapping[type[ev.Event], Mapping[str, Any]] = {
    ev.UserUttered: {
        "text": _TEXT,
        "parse_data": (ParseBody | None, None),
        "input_channel": _TEXT,
        "message_id": _TEXT,
    },
    ev.BotUttered: {"text": _TEXT, "data": _OBJECT},
    ev.ActionExecuted: {
        "name": _TEXT,
        "policy": _TEXT,
        "confidence": _NUMBER,
        "action_text": _TEXT,
        "hide_rule_turn": _FLAG,
    },
    ev.SlotSet: {"name": str, "value": _ANY},
    ev.UserFeaturization: {"use_text_for_featurization": _FLAG},
    ev.EntitiesAdded: {"entities": EntityList},
    ev.ActiveLoop: {"name": _TEXT},
    ev.LoopInterrupted: {"is_interrupted": _FLAG},
    ev.ActionExecutionRejected: {"name": str, "policy": _TEXT, "confidence": _NUMBER},
    ev.FollowupAction: {"name": str | None},
    ev.ReminderScheduled: {
        "intent": str,
        "date_time": str,
        "name": _TEXT,
        "entities": (Entities, None),
        "kill_on_user_msg": (bool, True),
    },
    ev.ReminderCancelled: {"name": _TEXT, "intent": _TEXT, "entities": (Entities, None)},
    ev.StoryExported: {"path": _TEXT},
    ev.AgentUttered: {"text": _TEXT, "data": _OBJECT},
    ev.Restarted: {},
    ev.SessionStarted: {},
    ev.UserUtteranceReverted: {},
    ev.ActionReverted: {},
    ev.AllSlotsReset: {},
    ev.ConversationPaused: {},
    ev.ConversationResumed: {},
}
"""The keys of each kind besides those of every event: a type where it must be there, else also a default."""

_OLD: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "form": ("An active_loop, as Rasa 1 wrote it.", {"name": _TEXT}),
    "form_validation": ("A loop_interrupted, as Rasa 1 wrote it.", {"validate": _FLAG}),
    "topic": ("Nothing any more.", {}),
}


def _body(kind: str, about: str, fields: Mapping[str, Any]) -> type[msgspec.Struct]:
    common = {"timestamp": _NUMBER, "metadata": _OBJECT}
    return msgspec.defstruct(
        "".join(part.title() for part in kind.split("_")) + "Event",
        [(name, *it) if isinstance(it, tuple) else (name, it) for name, it in {**fields, **common}.items()],
        tag_field="event",
        tag=kind,
        kw_only=True,
        namespace={"__doc__": about},
    )


_BODIES = [
    *(_body(kind.kind, inspect.getdoc(kind) or "", fields) for kind, fields in _FIELDS.items()),
    *(_body(kind, about, fields) for kind, (about, fields) in _OLD.items()),
]

EventBody: Any = Union[tuple(_BODIES)]  # noqa: UP007 - of a list, which `|` cannot say
"""One event."""
EventList: Any = list[EventBody]
"""Events, oldest first."""
NewEvents: Any = Annotated[list[EventBody], msgspec.Meta(min_length=1)] | EventBody
"""One event, or several."""
