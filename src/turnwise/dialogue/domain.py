"""The domain: everything the assistant knows of, as values that never change while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from turnwise.dialogue.slots import Slot
from turnwise.errors import NOWHERE, Place

ACTION_LISTEN = "action_listen"
ACTION_RESTART = "action_restart"
ACTION_SESSION_START = "action_session_start"
ACTION_DEFAULT_FALLBACK = "action_default_fallback"
ACTION_DEACTIVATE_LOOP = "action_deactivate_loop"
ACTION_REVERT_FALLBACK_EVENTS = "action_revert_fallback_events"
ACTION_DEFAULT_ASK_AFFIRMATION = "action_default_ask_affirmation"
ACTION_DEFAULT_ASK_REPHRASE = "action_default_ask_rephrase"
ACTION_TWO_STAGE_FALLBACK = "action_two_stage_fallback"
ACTION_UNLIKELY_INTENT = "action_unlikely_intent"
ACTION_BACK = "action_back"
RULE_SNIPPET = "..."
ACTION_EXTRACT_SLOTS = "action_extract_slots"
ACTION_VALIDATE_SLOT_MAPPINGS = "action_validate_slot_mappings"

DEFAULT_ACTIONS = (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    ACTION_DEFAULT_FALLBACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_REVERT_FALLBACK_EVENTS,
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    ACTION_BACK,
    RULE_SNIPPET,
    ACTION_EXTRACT_SLOTS,
)
"""In the order of their prediction indices."""

INTENT_RESTART = "restart"
INTENT_BACK = "back"
INTENT_OUT_OF_SCOPE = "out_of_scope"
INTENT_SESSION_START = "session_start"
INTENT_FALLBACK = "nlu_fallback"
DEFAULT_INTENTS = (
    INTENT_RESTART,
    INTENT_BACK,
    INTENT_OUT_OF_SCOPE,
    INTENT_SESSION_START,
    INTENT_FALLBACK,
)

REQUESTED_SLOT = "requested_slot"
SESSION_METADATA_SLOT = "session_started_metadata"
KNOWLEDGE_BASE_SLOTS = (
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)
AUTOMATIC_SLOTS = (REQUESTED_SLOT, SESSION_METADATA_SLOT, *KNOWLEDGE_BASE_SLOTS)
"""Never touched by slot extraction."""

LABEL_SEPARATOR = "#"
"""Between an entity and its role or group when they are features."""

Variation = Mapping[str, Any]
"""One variation of a response, as it stands in the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influence_conversation: bool = True
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    name: str
    used_entities: frozenset[str] = frozenset()
    """Entities, and `entity#role` or `entity#group` labels, that policies see with this intent."""
    is_retrieval: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    expiration_minutes: float = 60
    """Idle time after which a session ends; 0: never."""
    carry_over_slots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Intents, entities, slots, responses, forms and actions of an assistant.

    Sections that exist automatically in Rasa (default intents, `requested_slot`, …) are included
    here, and absent from `source`.
    """

    intents: Mapping[str, Intent] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    slots: Mapping[str, Slot] = field(default_factory=dict)
    """In domain order, automatic slots last."""
    responses: Mapping[str, Sequence[Variation]] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    user_actions: tuple[str, ...] = ()
    """Names listed under `actions`, in order."""
    actions_with_domain: frozenset[str] = frozenset()
    """Actions that are sent the domain even when it is sent selectively."""
    action_texts: tuple[str, ...] = ()
    """Bot texts that can be predicted as end-to-end actions."""
    action_names: tuple[str, ...] = DEFAULT_ACTIONS
    """Everything predictable, defaults first; the index is the prediction index."""
    session: SessionConfig = SessionConfig()
    store_entities_as_slots: bool = True
    source: Mapping[str, Any] = field(default_factory=dict)
    """The domain as Rasa serialises it: HTTP API, action server, model archive."""
    action_indices: Mapping[str, int] = field(default_factory=dict)
    """Index of each name in `action_names`; derived."""

    def __post_init__(self) -> None:
        indices = {name: index for index, name in reversed(list(enumerate(self.action_names)))}
        object.__setattr__(self, "action_indices", indices)

    @property
    def retrieval_intents(self) -> frozenset[str]:
        return frozenset(intent.name for intent in self.intents.values() if intent.is_retrieval)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but defaults is known."""
        return not any(
            self.source.get(key)
            for key in ("intents", "entities", "slots", "responses", "forms", "actions", "e2e_actions")
        )
