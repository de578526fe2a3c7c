"""A conversation as policies see it: one state before each action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from turnwise.dialogue.domain import ACTION_LISTEN, LABEL_SEPARATOR, Domain
from turnwise.dialogue.events import UserUttered
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.dialogue.state import ConversationState, SlotFeatures


class UserFeatures(NamedTuple):
    """The latest user turn."""

    text: str | None = None
    intent: str | None = None
    entities: tuple[str, ...] = ()
    """Sorted names and `entity#role` or `entity#group` labels that the intent lets through."""


class DialogueState(NamedTuple):
    """What was the case when an action had to be chosen."""

    user: UserFeatures | None = None
    slots: SlotFeatures = ()
    prev_action: str | None = None
    prev_action_text: str | None = None
    loop: str | None = None

    @property
    def has_prev_action(self) -> bool:
        """False only at the start of a conversation."""
        return self.prev_action is not None or self.prev_action_text is not None

    @property
    def after_listen(self) -> bool:
        return self.prev_action == ACTION_LISTEN

    def by_intent(self) -> DialogueState:
        """The state without the user's text where there is an intent."""
        user = self.user
        if user is None or user.text is None or user.intent is None:
            return self
        return self._replace(user=user._replace(text=None))

    def with_last_input_as(self, *, text: bool) -> DialogueState:
        """The state seen only by text or only by intent, right after a user turn; later ones go by intent."""
        user = self.user
        if user is None or not self.after_listen:
            return self.by_intent()
        seen = UserFeatures(text=user.text) if text else user._replace(text=None)
        return self._replace(user=seen if any(seen) else None)

    def to_json(self) -> dict[str, Any]:
        """The state as nested mappings; empty parts are left out."""
        parts: dict[str, Any] = {}
        if self.user:
            user: dict[str, Any] = {"text": self.user.text, "intent": self.user.intent}
            user["entities"] = list(self.user.entities)
            parts["user"] = {key: value for key, value in user.items() if value}
        if self.slots:
            parts["slots"] = {
                name: features if isinstance(features, str) else list(features)
                for name, features in self.slots
            }
        if self.prev_action is not None:
            parts["prev_action"] = {"action_name": self.prev_action}
        elif self.prev_action_text is not None:
            parts["prev_action"] = {"action_text": self.prev_action_text}
        if self.loop is not None:
            parts["active_loop"] = {"name": self.loop}
        return parts

    @classmethod
    def from_json(cls, parts: Mapping[str, Any]) -> DialogueState:
        """The inverse of `to_json`."""
        user = parts.get("user")
        slots = parts.get("slots") or {}
        prev = parts.get("prev_action") or {}
        return cls(
            UserFeatures(user.get("text"), user.get("intent"), tuple(user.get("entities") or ()))
            if user
            else None,
            tuple(
                (name, value if isinstance(value, str) else tuple(value))
                for name, value in sorted(slots.items())
            ),
            prev.get("action_name"),
            prev.get("action_text"),
            (parts.get("active_loop") or {}).get("name"),
        )


def as_compared(states: Sequence[DialogueState], *, text: bool) -> tuple[DialogueState, ...]:
    """A window as policies compare it: the latest user turn by text or by intent, earlier ones by intent."""
    return (*(state.by_intent() for state in states[:-1]), states[-1].with_last_input_as(text=text))


def dialogue_state(state: ConversationState, domain: Domain) -> DialogueState:
    """What policies see of `state`."""
    return DialogueState(
        _user_features(state, domain),
        state.slot_features,
        state.latest_action,
        state.latest_action_text,
        state.loop.name if state.loop else None,
    )


def _user_features(state: ConversationState, domain: Domain) -> UserFeatures | None:
    message = state.latest_message
    if message is None:
        return None
    by_text = state.uses_text
    text = message.text if by_text is not False else None
    intent = message.intent_name if not by_text else None
    # A turn that is text only, as in an end-to-end story, is seen without what is marked in its text.
    hides_entities = by_text or (text and not intent)
    entities = featurized_entities(message, domain) if message.entities and not hides_entities else ()
    if not text and not intent and not entities:
        return None
    return UserFeatures(text or None, intent or None, entities)


def featurized_entities(message: UserUttered, domain: Domain) -> tuple[str, ...]:
    """Labels of the message's entities that its intent lets through, sorted."""
    labels = set(entity_labels(message.entities))
    intent = domain.intents.get(message.intent_name or "")
    return tuple(sorted(labels & intent.used_entities if intent else labels))


def entity_labels(entities: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Names of entities, and `entity#role` and `entity#group` where they have one."""
    for entity in entities:
        name = entity.get("entity") or ""
        yield name
        for key in ("role", "group"):
            if entity.get(key):
                yield f"{name}{LABEL_SEPARATOR}{entity[key]}"


def absent_loop(state: DialogueState) -> bool:
    """Whether the state is in no loop, or is that of a rule which wants none."""
    return state.loop is None or state.loop == SHOULD_NOT_BE_SET
