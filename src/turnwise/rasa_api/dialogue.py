"""Domain, conversation and events, as policies and importers written for Rasa see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnwise.dialogue import domain as ours
from turnwise.dialogue import events as ev
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity, current_state
from turnwise.project.domain_file import domain_from_source, domain_from_text, load_domain


class Domain:
    """Intents, entities, slots, responses, forms and actions."""

    def __init__(self, own: ours.Domain) -> None:
        self.own = own

    @classmethod
    def load(cls, paths: str | Path | Sequence[str | Path], **settings: Any) -> Domain:
        """The domain in a file or a folder; of several the later ones count."""
        listed = [paths] if isinstance(paths, str | Path) else list(paths)
        domain = cls.empty()
        for path in listed:
            domain = domain.merge(cls(load_domain(path)))
        return domain

    @classmethod
    def from_yaml(cls, yaml: str, original_filename: str = "") -> Domain:
        return cls(domain_from_text(yaml, file=original_filename or "domain.yml"))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Domain:
        return cls(domain_from_source(data))

    @classmethod
    def empty(cls) -> Domain:
        return cls(domain_from_source({}))

    def merge(self, other: Domain | None, override: bool = False) -> Domain:
        """Both, as one; where they differ, `other` counts."""
        if other is None:
            return self
        source = dict(self.own.source)
        for section, value in other.own.source.items():
            known = source.get(section)
            if isinstance(known, dict) and isinstance(value, dict):
                source[section] = {**known, **value}
            elif isinstance(known, list) and isinstance(value, list):
                source[section] = [*known, *(item for item in value if item not in known)]
            else:
                source[section] = value
        return Domain.from_dict(source)

    def as_dict(self) -> dict[str, Any]:
        return dict(self.own.source)

    def is_empty(self) -> bool:
        return self.own.is_empty

    @property
    def intents(self) -> list[str]:
        return list(self.own.intents)

    @property
    def entities(self) -> list[str]:
        return list(self.own.entities)

    @property
    def slots(self) -> list[Any]:
        return list(self.own.slots.values())

    @property
    def responses(self) -> dict[str, Any]:
        return {name: list(own) for name, own in self.own.responses.items()}

    @property
    def forms(self) -> dict[str, Any]:
        return dict(self.own.source.get("forms") or {})

    @property
    def user_actions(self) -> list[str]:
        return list(self.own.user_actions)

    @property
    def action_names_or_texts(self) -> list[str]:
        """In the order of the probabilities of a prediction."""
        return list(self.own.action_names)

    @property
    def num_actions(self) -> int:
        return len(self.own.action_names)

    def index_for_action(self, action_name: str) -> int:
        return self.own.action_indices[action_name]


# -- events ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a conversation."""

    timestamp: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    own: ev.Event | None = field(default=None, repr=False, compare=False)

    @property
    def type_name(self) -> str:
        return self.own.kind if self.own else ""

    def as_dict(self) -> dict[str, Any]:
        return self.own.to_json() if self.own else {}


@dataclass(frozen=True, kw_only=True)
class UserUttered(Event):
    text: str | None = None
    intent: Mapping[str, Any] = field(default_factory=dict)
    entities: Sequence[Mapping[str, Any]] = ()
    parse_data: Mapping[str, Any] = field(default_factory=dict)
    input_channel: str | None = None
    message_id: str | None = None

    @property
    def intent_name(self) -> str | None:
        return self.intent.get("name")


@dataclass(frozen=True, kw_only=True)
class ActionExecuted(Event):
    action_name: str | None = None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None


@dataclass(frozen=True, kw_only=True)
class SlotSet(Event):
    key: str = ""
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class BotUttered(Event):
    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ActiveLoop(Event):
    name: str | None = None


class Restarted(Event):
    """The conversation began anew."""


class SessionStarted(Event):
    """A session began."""


def event_of(event: ev.Event) -> Event:
    """One of our events as Rasa's; those that have no class here are plain ones."""
    common: dict[str, Any] = {"timestamp": event.timestamp, "metadata": event.metadata, "own": event}
    match event:
        case ev.UserUttered():
            return UserUttered(
                text=event.text,
                intent=event.intent,
                entities=list(event.entities),
                parse_data=event.full_parse_data(),
                input_channel=event.input_channel,
                message_id=event.message_id,
                **common,
            )
        case ev.ActionExecuted():
            return ActionExecuted(
                action_name=event.name,
                policy=event.policy,
                confidence=event.confidence,
                action_text=event.action_text,
                **common,
            )
        case ev.SlotSet():
            return SlotSet(key=event.name, value=event.value, **common)
        case ev.BotUttered():
            return BotUttered(text=event.text, data=event.data, **common)
        case ev.ActiveLoop():
            return ActiveLoop(name=event.name, **common)
        case ev.Restarted():
            return Restarted(**common)
        case ev.SessionStarted():
            return SessionStarted(**common)
    return Event(**common)


# -- conversations -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SlotValue:
    """A slot as it is in a conversation."""

    name: str
    value: Any


class DialogueStateTracker:
    """A conversation, to be looked at."""

    def __init__(self, own: Tracker) -> None:
        self.own = own

    @property
    def sender_id(self) -> str:
        return self.own.sender_id

    @property
    def slots(self) -> dict[str, SlotValue]:
        return {name: SlotValue(name, value) for name, value in self.own.slots.items()}

    def get_slot(self, key: str) -> Any:
        return self.own.get_slot(key)

    def current_slot_values(self) -> dict[str, Any]:
        return dict(self.own.slots)

    @property
    def latest_message(self) -> UserUttered | None:
        latest = self.own.latest_message
        found = event_of(latest) if latest is not None else None
        return found if isinstance(found, UserUttered) else None

    def get_latest_entity_values(
        self, entity_type: str, entity_role: str | None = None, entity_group: str | None = None
    ) -> Iterator[Any]:
        """Values of the entities of a kind in the latest message."""
        latest = self.latest_message
        wanted = {"entity": entity_type, "role": entity_role, "group": entity_group}
        return (
            entity.get("value")
            for entity in (latest.entities if latest else ())
            if all(entity.get(key) == value for key, value in wanted.items())
        )

    @property
    def latest_action_name(self) -> str | None:
        return self.own.latest_action

    @property
    def active_loop_name(self) -> str | None:
        return self.own.active_loop

    @property
    def followup_action(self) -> str | None:
        return self.own.state.followup_action

    @property
    def events(self) -> list[Event]:
        return [event_of(event) for event in self.own.events]

    def applied_events(self) -> list[Event]:
        """Those that count: without what was taken back."""
        return [event_of(event) for event in self.own.applied_events()]

    def get_latest_input_channel(self) -> str | None:
        return self.own.latest_input_channel

    def current_state(self, event_verbosity: Any = None) -> dict[str, Any]:
        return current_state(self.own, Verbosity.AFTER_RESTART)


TrackerWithCachedStates = DialogueStateTracker
"""Training conversations, which are no different here."""
