"""Finding the rules that fit a conversation without looking at all of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.dialogue.state import SlotFeatures

Window = tuple[DialogueState, ...]
"""States of a rule up to one of its actions, oldest first."""

T = TypeVar("T")


class Rule(NamedTuple, Generic[T]):
    """A window, and what follows from it."""

    window: Window
    outcome: T
    text: str
    """The window as canonical JSON: the longer, the more it asks for."""


class RuleIndex(Generic[T]):
    """Rules by what their last state asks of the user turn and the previous action."""

    def __init__(self, rules: Mapping[Window, T]) -> None:
        self.rules: Sequence[Rule[T]] = [
            Rule(window, outcome, window_text(window)) for window, outcome in rules.items()
        ]
        self.longest = max((len(rule.window) for rule in self.rules), default=0)
        self._by_last_state: dict[_Key, list[Rule[T]]] = defaultdict(list)
        for rule in self.rules:
            self._by_last_state[_rule_key(rule.window[-1])].append(rule)

    def matching(self, states: Sequence[DialogueState]) -> Iterator[Rule[T]]:
        """Rules that fit a conversation.

        Args:
            states: The conversation's states, oldest first; at least the last `longest` of them.
        """
        for key in _possible_keys(states[-1]):
            for rule in self._by_last_state.get(key, ()):
                if _fits(rule.window, states):
                    yield rule

    def best(self, states: Sequence[DialogueState]) -> Rule[T] | None:
        """The most specific rule that fits; of equals the one whose window sorts first."""
        return min(
            self.matching(states),
            key=lambda rule: (-len(rule.text), rule.text),
            default=None,
        )


_Key = tuple[str | None, str | None, str | None]
"""Previous action, user intent and user text that a last state asks for; None: it does not."""


def _rule_key(state: DialogueState) -> _Key:
    user = state.user
    return (
        state.prev_action or state.prev_action_text,
        user.intent if user else None,
        user.text if user else None,
    )


def _possible_keys(state: DialogueState) -> Iterable[_Key]:
    action, intent, text = _rule_key(state)
    return {(action, i, t) for i in (intent, None) for t in (text, None)} | (
        {(None, None, None)} if action is None else set()
    )


def window_text(window: Window) -> str:
    """The window as canonical JSON."""
    return json.dumps([state.to_json() for state in window], sort_keys=True)


def _fits(window: Window, states: Sequence[DialogueState]) -> bool:
    """Whether the conversation ends as the window says."""
    for wanted, actual in zip(reversed(window), reversed(states), strict=False):
        if not wanted.has_prev_action and not actual.has_prev_action:
            continue  # both are the start of a conversation; what is set there does not matter
        if not wanted.has_prev_action or not actual.has_prev_action:
            return False
        if not fits_state(wanted, actual):
            return False
    return len(window) <= len(states)


def fits_state(wanted: DialogueState, actual: DialogueState) -> bool:
    """Whether everything that a rule's state speaks of is so."""
    if wanted.prev_action != actual.prev_action and wanted.prev_action is not None:
        return False
    if wanted.prev_action_text is not None and wanted.prev_action_text != actual.prev_action_text:
        return False
    return (
        _user_fits(wanted, actual) and _loop_fits(wanted, actual) and _slots_fit(wanted.slots, actual.slots)
    )


def _user_fits(wanted: DialogueState, actual: DialogueState) -> bool:
    if wanted.user is None:
        return True
    if actual.user is None:
        return False
    return all(want == have for want, have in zip(wanted.user, actual.user, strict=True) if want)


def _loop_fits(wanted: DialogueState, actual: DialogueState) -> bool:
    if wanted.loop is None:
        return True
    if wanted.loop == SHOULD_NOT_BE_SET:
        return actual.loop in (None, SHOULD_NOT_BE_SET)
    return wanted.loop == actual.loop


def _slots_fit(wanted: SlotFeatures, actual: SlotFeatures) -> bool:
    if not wanted:
        return True
    have = dict(actual)
    for name, features in wanted:
        if features == SHOULD_NOT_BE_SET:
            if have.get(name, SHOULD_NOT_BE_SET) != SHOULD_NOT_BE_SET:
                return False
        elif have.get(name) != features:
            return False
    return True
