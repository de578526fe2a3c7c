"""Dialogue states as named features, for policies that learn.

A feature is told apart by what it is, how long ago it was, and its name. Each part of the window is given
twice, in its place (what was done two turns ago) and anywhere (what was ever done): the first tells
sequences apart, the second carries over to conversations that take another order. What is the case now
weighs more than what was, so that with few stories the last message counts, not the way that led to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from turnwise.dialogue.dialogue_state import DialogueState, UserFeatures
from turnwise.dialogue.domain import ACTION_LISTEN

ANY_TIME = -1
"""`ago` of features that hold wherever in the window it was."""

MULTI_INTENT_SEPARATOR = "+"
"""Between the intents of a message that has several."""

_NOW = 2.0
"""Weight of what is the case now."""
_HALF_AFTER_STATES, _HALF_AFTER_TURNS = 8, 3

_WORD = re.compile(r"\w+|[^\w\s\x00-\x7f]")
"""Words and pictures; ASCII punctuation is left out, since people leave it out."""
_SHORTEST, _LONGEST = 3, 4
"""Lengths of runs of letters."""


Feature = tuple[str, int, str]
"""Something that was the case: of what kind it is, how long ago it was, and its name.

Kinds are `action`, `turn_action`, `intent`, `intent_part`, `entity`, `text`, `slot` and `loop`. Time is
counted in states for `action` and `loop`, else in user turns; 0: now, -1: at any time in the window. Plain
tuples, since a window has a hundred of them and a named one takes ten times as long to make.
"""

Features = dict[Feature, float]


def features(states: Sequence[DialogueState]) -> Features:
    """What a window of states says about the action that follows.

    Args:
        states: Oldest first; the last one is the current state.

    Returns:
        Each feature with its weight: what is the case now weighs most, and less the longer ago it was.
    """
    found: Features = {}
    turns_ago = 0
    for ago, state in enumerate(reversed(states)):
        action = state.prev_action or state.prev_action_text
        listened = action == ACTION_LISTEN
        if action is not None:
            found[("action", ago, action)] = _faded(ago, _HALF_AFTER_STATES)
            found[("action", ANY_TIME, action)] = 1.0
            if not listened:
                found[("turn_action", turns_ago, action)] = _faded(turns_ago, _HALF_AFTER_TURNS)
        if (ago == 0 or listened) and state.user is not None:
            _add_user(found, state.user, turns_ago)
        if ago == 0 or (listened and turns_ago == 0):
            _add_slots(found, state, 0 if ago == 0 else 1)
        if ago < 2 and state.loop is not None:
            found[("loop", ago, state.loop)] = _faded(ago, _HALF_AFTER_STATES)
        turns_ago += listened
    return found


def _faded(ago: int, half_after: float) -> float:
    """Weight of what was so long ago; half as much after `half_after` as just before now."""
    return _NOW if ago == 0 else 1 / (1 + ago / half_after)


def _add_user(found: Features, user: UserFeatures, ago: int) -> None:
    weight = _faded(ago, _HALF_AFTER_TURNS)
    if user.intent is not None:
        found[("intent", ago, user.intent)] = weight
        for part in intent_parts(user.intent):
            found[("intent_part", ago, part)] = weight
            found[("intent_part", ANY_TIME, part)] = 1.0
        for entity in user.entities:
            found[("entity", ago, entity)] = weight
            found[("entity", ANY_TIME, entity)] = 1.0
    elif user.text is not None:
        grams = text_grams(user.text) if ago == 0 else sorted(set(_words(user.text)))
        for gram in grams:
            # Together they weigh as much as the intent and its part, however long the text is.
            found[("text", ago, gram)] = weight * (2 / len(grams)) ** 0.5


def _add_slots(found: Features, state: DialogueState, ago: int) -> None:
    for name, values in state.slots:
        if isinstance(values, str):
            continue
        for index, value in enumerate(values):
            if value:
                label = f"{name}[{index}]" if len(values) > 1 else name
                found[("slot", ago, label)] = value * _faded(ago, _HALF_AFTER_TURNS)


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
