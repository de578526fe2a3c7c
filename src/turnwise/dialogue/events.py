"""What can happen in a conversation. State is a fold over these values; see `state.py`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Self

Metadata = Mapping[str, Any]
Entities = Sequence[Mapping[str, Any]]
EMPTY: Metadata = {}


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, and when."""

    kind: ClassVar[str] = ""
    """Rasa's name of the event in JSON and in databases."""

    timestamp: float = 0.0
    """Seconds since 1970; 0: not yet part of a conversation."""
    metadata: Metadata = field(default_factory=lambda: EMPTY)
    encoded: bytes | None = field(default=None, init=False, repr=False, compare=False)
    """The event as JSON, once somebody needed it; see `event_bytes.py`."""

    def at(self, timestamp: float, metadata: Metadata) -> Self:
        """The same event at another time and with other metadata.

        What `dataclasses.replace` does, in a third of the time; it is done for every event of every turn.
        """
        kind: Any = type(self)
        event: Self = object.__new__(kind)
        for name in _field_names(kind):
            object.__setattr__(event, name, getattr(self, name))
        object.__setattr__(event, "timestamp", timestamp)
        object.__setattr__(event, "metadata", metadata)
        object.__setattr__(event, "encoded", None)
        return event

    def payload(self) -> dict[str, Any]:
        """The fields of this kind of event, under Rasa's JSON names."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """The event as Rasa writes it."""
        data: dict[str, Any] = {"event": self.kind, "timestamp": self.timestamp}
        if self.metadata:
            data["metadata"] = dict(self.metadata)
        data.update(self.payload())
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUttered(Event):
    """The user said something."""

    kind: ClassVar[str] = "user"
    text: str | None = None
    parse_data: Mapping[str, Any] = field(default_factory=dict)
    """What NLU made of it: `intent`, `entities`, `intent_ranking`, …

    `text`, `message_id` and `metadata` in it are what consumers of the parse see in place of the event's own.
    """
    input_channel: str | None = None
    message_id: str | None = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def intent(self) -> Mapping[str, Any]:
        return self.parse_data.get("intent") or EMPTY

    @property
    def intent_name(self) -> str | None:
        return self.intent.get("name")

    @property
    def entities(self) -> Entities:
        return self.parse_data.get("entities") or ()

    def full_parse_data(self) -> dict[str, Any]:
        """`parse_data` with the keys every consumer relies on."""
        return {
            "intent": {},
            "entities": [],
            "text": self.text,
            "message_id": self.message_id,
            "metadata": dict(self.metadata),
            **self.parse_data,
        }

    def payload(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "parse_data": self.full_parse_data(),
            "input_channel": self.input_channel,
            "message_id": self.message_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUttered(Event):
    """The assistant said something."""

    kind: ClassVar[str] = "bot"
    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """`elements`, `quick_replies`, `buttons`, `attachment`, `image`, `custom`; null where absent."""

    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "data": dict(self.data)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecuted(Event):
    """An action was run; its own events follow this one."""

    kind: ClassVar[str] = "action"
    name: str | None = None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    hide_rule_turn: bool = False
    unpredictable: bool = False
    """In training only: policies must not learn this one."""

    @property
    def label(self) -> str | None:
        """What a policy predicts: the name, or the text of an end-to-end action."""
        return self.name or self.action_text

    def payload(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "policy": self.policy,
            "confidence": self.confidence,
            "action_text": self.action_text,
            "hide_rule_turn": self.hide_rule_turn,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSet(Event):
    """A slot took a value; None empties it."""

    kind: ClassVar[str] = "slot"
    name: str
    value: Any = None

    def payload(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFeaturization(Event):
    """Fixes whether policies see the last user turn as text or as intent."""

    kind: ClassVar[str] = "user_featurization"
    use_text_for_featurization: bool = False

    def payload(self) -> dict[str, Any]:
        return {"use_text_for_featurization": self.use_text_for_featurization}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitiesAdded(Event):
    """A policy found entities in the last user turn."""

    kind: ClassVar[str] = "entities"
    entities: Entities = ()

    def payload(self) -> dict[str, Any]:
        return {"entities": list(self.entities)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLoop(Event):
    """A loop began, or (None) ended."""

    kind: ClassVar[str] = "active_loop"
    name: str | None = None

    def payload(self) -> dict[str, Any]:
        return {"name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopInterrupted(Event):
    """The loop must not take the last message as an answer to its question."""

    kind: ClassVar[str] = "loop_interrupted"
    is_interrupted: bool = True

    def payload(self) -> dict[str, Any]:
        return {"is_interrupted": self.is_interrupted}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecutionRejected(Event):
    """An action refused to run."""

    kind: ClassVar[str] = "action_execution_rejected"
    name: str
    policy: str | None = None
    confidence: float | None = None

    def payload(self) -> dict[str, Any]:
        return {"name": self.name, "policy": self.policy, "confidence": self.confidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupAction(Event):
    """The next action is set."""

    kind: ClassVar[str] = "followup"
    name: str

    def payload(self) -> dict[str, Any]:
        return {"name": self.name}


class Restarted(Event):
    """Everything before this is forgotten."""

    __slots__ = ()
    kind = "restart"


class SessionStarted(Event):
    """A new session begins; everything before this is forgotten."""

    __slots__ = ()
    kind = "session_started"


class UserUtteranceReverted(Event):
    """The last user turn, and the listen before it, did not happen."""

    __slots__ = ()
    kind = "rewind"


class ActionReverted(Event):
    """The last action did not happen."""

    __slots__ = ()
    kind = "undo"


class AllSlotsReset(Event):
    """Every slot has its initial value again."""

    __slots__ = ()
    kind = "reset_slots"


class ConversationPaused(Event):
    """The assistant says nothing until resumed."""

    __slots__ = ()
    kind = "pause"


class ConversationResumed(Event):
    """The assistant speaks again."""

    __slots__ = ()
    kind = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderScheduled(Event):
    """An intent will be triggered at a time, unless something prevents it."""

    kind: ClassVar[str] = "reminder"
    intent: str
    date_time: str
    """ISO 8601."""
    entities: Any = None
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    kill_on_user_message: bool = True

    def payload(self) -> dict[str, Any]:
        return {
            "intent": self.intent,
            "date_time": self.date_time,
            "entities": self.entities,
            "name": self.name,
            "kill_on_user_msg": self.kill_on_user_message,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCancelled(Event):
    """Reminders of this conversation that match all given fields will not fire."""

    kind: ClassVar[str] = "cancel_reminder"
    name: str | None = None
    intent: str | None = None
    entities: Any = None

    # Rasa writes no field of this event, and who reads conversations expects none.

    @property
    def wanted(self) -> Mapping[str, Any]:
        """What a reminder must be like to be cancelled; empty: every reminder is."""
        fields = {"name": self.name, "intent": self.intent, "entities": self.entities}
        return {key: value for key, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryExported(Event):
    """The conversation is to be written down as a story."""

    kind: ClassVar[str] = "export"
    path: str | None = None

    def payload(self) -> dict[str, Any]:
        return {"path": self.path} if self.path is not None else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUttered(Event):
    """A human agent said something."""

    kind: ClassVar[str] = "agent"
    text: str | None = None
    data: Any = None

    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "data": self.data}
