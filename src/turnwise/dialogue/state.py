"""What a conversation amounts to so far, as a value, and how each event changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from turnwise.dialogue import events as ev
from turnwise.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, Domain
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET, Features, is_seen

SlotFeatures = tuple[tuple[str, Features | str], ...]
"""Slots that policies see, sorted by name, each with its features or `should_not_be_set`."""


class Loop(NamedTuple):
    """The loop (form) the conversation is in."""

    name: str
    is_interrupted: bool = False
    """Whether the last message answers something else than the loop's question."""
    rejected: bool = False
    """Whether the loop refused to run since it last ran."""
    trigger_message: Mapping[str, Any] = {}
    """Parse data of the message with which the loop began."""


class ConversationState(NamedTuple):
    """Everything later decisions may depend on, apart from the past turns themselves."""

    slots: Mapping[str, Any]
    slot_features: SlotFeatures = ()
    latest_message: ev.UserUttered | None = None
    uses_text: bool | None = None
    """Whether the latest message is featurized by text; None: not decided yet."""
    latest_action: str | None = None
    latest_action_text: str | None = None
    """Text of an end-to-end action; then `latest_action` is None."""
    latest_bot_message: ev.BotUttered | None = None
    loop: Loop | None = None
    followup_action: str | None = ACTION_LISTEN
    paused: bool = False

    @property
    def active_loop(self) -> str | None:
        """Name of the active loop."""
        return self.loop.name if self.loop and self.loop.name != SHOULD_NOT_BE_SET else None

    @property
    def latest_action_label(self) -> str | None:
        return self.latest_action or self.latest_action_text


def initial_state(domain: Domain, *, omit_unset_slots: bool = False) -> ConversationState:
    """State of a conversation in which nothing has happened.

    Args:
        omit_unset_slots: Hide initial values from policies, as rules need it: a rule speaks only
            of slots that it sets itself.
    """
    slots = {name: slot.initial_value for name, slot in domain.slots.items()}
    return ConversationState(slots, () if omit_unset_slots else _slot_features(slots, domain))


def with_slots(state: ConversationState, slots: Mapping[str, Any], domain: Domain) -> ConversationState:
    """`state` with other slot values."""
    return state._replace(slots=slots, slot_features=_slot_features(slots, domain))


def apply(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    """The state after `event`. Events that only undo others are the tracker's business."""
    change = _CHANGES.get(type(event))
    return change(state, event, domain) if change else state


def _slot_features(slots: Mapping[str, Any], domain: Domain) -> SlotFeatures:
    seen = ((name, _features(name, value, domain)) for name, value in slots.items())
    return tuple(sorted((name, features) for name, features in seen if features))


def _features(name: str, value: Any, domain: Domain) -> Features | str | None:
    """None for what policies do not see."""
    slot = domain.slots[name]
    if not slot.influence_conversation:
        return None
    if isinstance(value, str) and value == SHOULD_NOT_BE_SET:
        return SHOULD_NOT_BE_SET
    features = slot.features(value)
    return features if is_seen(features) else None


def _user(state: ConversationState, event: ev.UserUttered, domain: Domain) -> ConversationState:
    return state._replace(latest_message=event, uses_text=None, followup_action=None)


def _bot(state: ConversationState, event: ev.BotUttered, domain: Domain) -> ConversationState:
    return state._replace(latest_bot_message=event)


def _action(state: ConversationState, event: ev.ActionExecuted, domain: Domain) -> ConversationState:
    loop = state.loop
    if loop and (loop.is_interrupted or loop.rejected):
        rejected = loop.rejected and event.label != loop.name
        loop = loop._replace(is_interrupted=False, rejected=rejected)
    return state._replace(
        latest_action=event.name,
        latest_action_text=None if event.name else event.action_text,
        followup_action=None,
        loop=loop,
    )


def _slot(state: ConversationState, event: ev.SlotSet, domain: Domain) -> ConversationState:
    slot = domain.slots.get(event.name)
    if slot is None:  # kept in the history, without effect
        return state
    slots = {**state.slots, event.name: slot.coerce(event.value)}
    if not slot.influence_conversation:
        return state._replace(slots=slots)
    others = [pair for pair in state.slot_features if pair[0] != event.name]
    features = _features(event.name, slots[event.name], domain)
    if features:
        others.append((event.name, features))
        others.sort()
    return state._replace(slots=slots, slot_features=tuple(others))


def _reset_slots(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    fresh = initial_state(domain)
    return state._replace(slots=fresh.slots, slot_features=fresh.slot_features)


def _featurization(
    state: ConversationState, event: ev.UserFeaturization, domain: Domain
) -> ConversationState:
    if state.latest_action != ACTION_LISTEN:
        return state
    return state._replace(uses_text=event.use_text_for_featurization)


def _entities(state: ConversationState, event: ev.EntitiesAdded, domain: Domain) -> ConversationState:
    message = state.latest_message
    if message is None:
        return state
    known = list(message.entities)
    known += [entity for entity in event.entities if entity not in known]
    parse_data = {**message.parse_data, "entities": known}
    renewed = ev.UserUttered(
        text=message.text,
        parse_data=parse_data,
        input_channel=message.input_channel,
        message_id=message.message_id,
        timestamp=message.timestamp,
        metadata=message.metadata,
    )
    return state._replace(latest_message=renewed)


def _loop(state: ConversationState, event: ev.ActiveLoop, domain: Domain) -> ConversationState:
    if event.name is None:
        return state._replace(loop=None)
    trigger = state.latest_message.full_parse_data() if state.latest_message else _NO_MESSAGE
    return state._replace(loop=Loop(event.name, trigger_message=trigger))


_NO_MESSAGE: Mapping[str, Any] = {
    "intent": {},
    "entities": [],
    "text": None,
    "message_id": None,
    "metadata": {},
}


def _interrupted(state: ConversationState, event: ev.LoopInterrupted, domain: Domain) -> ConversationState:
    if state.loop is None:
        return state
    return state._replace(loop=state.loop._replace(is_interrupted=event.is_interrupted))


def _rejected(
    state: ConversationState, event: ev.ActionExecutionRejected, domain: Domain
) -> ConversationState:
    if state.loop is None or state.loop.name != event.name:
        return state
    return state._replace(loop=state.loop._replace(rejected=True))


def _followup(state: ConversationState, event: ev.FollowupAction, domain: Domain) -> ConversationState:
    return state._replace(followup_action=event.name)


def _paused(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    return state._replace(paused=True)


def _resumed(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    return state._replace(paused=False)


def _session(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    return initial_state(domain)


def _restart(state: ConversationState, event: ev.Event, domain: Domain) -> ConversationState:
    return initial_state(domain)._replace(followup_action=ACTION_SESSION_START)


_CHANGES: Mapping[type[ev.Event], Callable[[ConversationState, Any, Domain], ConversationState]] = {
    ev.UserUttered: _user,
    ev.BotUttered: _bot,
    ev.ActionExecuted: _action,
    ev.SlotSet: _slot,
    ev.AllSlotsReset: _reset_slots,
    ev.UserFeaturization: _featurization,
    ev.EntitiesAdded: _entities,
    ev.ActiveLoop: _loop,
    ev.LoopInterrupted: _interrupted,
    ev.ActionExecutionRejected: _rejected,
    ev.FollowupAction: _followup,
    ev.ConversationPaused: _paused,
    ev.ConversationResumed: _resumed,
    ev.SessionStarted: _session,
    ev.Restarted: _restart,
}
