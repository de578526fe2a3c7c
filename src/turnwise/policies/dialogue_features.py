"""Dialogue states as named features, for policies that learn.

A feature is told apart by what it is, how long ago it was, and its name. Each part of the window is given
twice, in its place (what was done two turns ago) and anywhere (what was ever done): the first tells
sequences apart, the second carries over to conversations that take another order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from turnwise.dialogue.dialogue_state import DialogueState, UserFeatures
from turnwise.dialogue.domain import ACTION_LISTEN

ANY_TIME = -1
"""`ago` of features that hold wherever in the window it was."""

MULTI_INTENT_SEPARATOR = "+"
"""Between the intents of a message that has several."""

_TEXT_WEIGHT = 2.0
"""Length of the vector of a text; an intent has length 1, its parts together at least as much."""

_WORD = re.compile(r"\w+|[^\w\s]")
_SHORTEST, _LONGEST = 3, 4
"""Lengths of runs of letters."""


class Feature(NamedTuple):
    """Something that was the case."""

    kind: str
    """`action`, `turn_action`, `intent`, `intent_part`, `entity`, `text`, `slot` or `loop`."""
    ago: int
    """How many states (`action`, `loop`) or user turns (the others) ago; 0: now, -1: at any time."""
    name: str


Features = dict[Feature, float]


def features(states: Sequence[DialogueState]) -> Features:
    """What a window of states says about the action that follows.

    Args:
        states: Oldest first; the last one is the current state.
    """
    found: Features = {}
    turns_ago = 0
    for ago, state in enumerate(reversed(states)):
        action = state.prev_action or state.prev_action_text
        listened = action == ACTION_LISTEN
        if action is not None:
            found[Feature("action", ago, action)] = 1.0
            found[Feature("action", ANY_TIME, action)] = 1.0
            if not listened:
                found[Feature("turn_action", turns_ago, action)] = 1.0
        if (ago == 0 or listened) and state.user is not None:
            _add_user(found, state.user, turns_ago)
        if ago == 0 or (listened and turns_ago == 0):
            _add_slots(found, state, 0 if ago == 0 else 1)
        if ago < 2 and state.loop is not None:
            found[Feature("loop", ago, state.loop)] = 1.0
        turns_ago += listened
    return found


def _add_user(found: Features, user: UserFeatures, ago: int) -> None:
    if user.intent is not None:
        found[Feature("intent", ago, user.intent)] = 1.0
        for part in intent_parts(user.intent):
            found[Feature("intent_part", ago, part)] = 1.0
            found[Feature("intent_part", ANY_TIME, part)] = 1.0
        for entity in user.entities:
            found[Feature("entity", ago, entity)] = 1.0
            found[Feature("entity", ANY_TIME, entity)] = 1.0
    elif user.text is not None:
        grams = text_grams(user.text) if ago == 0 else sorted(set(_words(user.text)))
        weight = _TEXT_WEIGHT / max(1, len(grams)) ** 0.5
        for gram in grams:
            found[Feature("text", ago, gram)] = weight


def _add_slots(found: Features, state: DialogueState, ago: int) -> None:
    for name, values in state.slots:
        if isinstance(values, str):
            continue
        for index, value in enumerate(values):
            if value:
                found[Feature("slot", ago, f"{name}[{index}]" if len(values) > 1 else name)] = value


def intent_parts(intent: str) -> Sequence[str]:
    """The intents that a multi-intent stands for."""
    return intent.split(MULTI_INTENT_SEPARATOR)


@lru_cache(maxsize=1024)
def text_grams(text: str) -> Sequence[str]:
    """Words, pairs of neighbouring words, and runs of letters within words; sorted, each once."""
    words = _words(text)
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    return sorted({*words, *pairs, *(run for word in words for run in _runs(f"^{word}$"))})


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def _runs(word: str) -> Iterator[str]:
    for size in range(_SHORTEST, _LONGEST + 1):
        for start in range(len(word) - size + 1):
            yield word[start : start + size]
