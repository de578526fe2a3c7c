"""Dialogue states as named features, for policies that learn.

What is the case now, and what was shortly before, is given in its place. Everything in the window is given
once more by how recent it is, and by whether it was at all, wherever that was: exact places further back
told sequences of the stories apart that mean the same, and made predictions worse. What is the case now
weighs most, so that with few stories the last message counts, not the way that led to it.
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
LATELY = -2
"""`ago` of features whose weight says how recent it is."""
_LONGEST_AGO = 2
"""How many states, and turns, ago places are told apart."""

MULTI_INTENT_SEPARATOR = "+"
"""Between the intents of a message that has several."""

_NOW = 2.0
"""Weight of what is the case now."""
_STATES, _TURNS = 8, 4
"""How long ago, in states and in user turns, something counts half."""

_WORD = re.compile(r"\w+|[^\w\s\x00-\x7f]")
"""Words and pictures; ASCII punctuation is left out, since people leave it out."""
_SHORTEST, _LONGEST = 3, 4
"""Lengths of runs of letters."""


Feature = tuple[str, int, str]
"""Something that was the case: of what kind it is, how long ago it was, and its name.

Kinds are `action`, `turn_action`, `intent`, `intent_part`, `entity`, `text`, `slot` and `loop`. Time is
counted in states for `action` and `loop`, else in user turns; 0: now. `ANY_TIME` and `LATELY` stand for no
number of turns. Plain tuples, since a window has a hundred, and named ones take ten times as long to make.
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
            _add(found, "action", ago, action)
            if not listened and turns_ago <= _LONGEST_AGO:
                found["turn_action", turns_ago, action] = _faded(turns_ago, _TURNS)
        if (ago == 0 or listened) and state.user is not None:
            _add_user(found, state.user, turns_ago)
        if ago == 0 or (listened and turns_ago == 0):
            _add_slots(found, state, 0 if ago == 0 else 1)
        if ago < 2 and state.loop is not None:
            found["loop", ago, state.loop] = _faded(ago, _STATES)
        turns_ago += listened
    return found


def _add(found: Features, kind: str, ago: int, name: str) -> None:
    """In its place unless that is long ago, and as something that was; the latest comes first."""
    pace = _STATES if kind == "action" else _TURNS
    if ago <= _LONGEST_AGO:
        found[kind, ago, name] = _faded(ago, pace)
    found.setdefault((kind, LATELY, name), 1 / (1 + 2 * ago / pace))
    found[kind, ANY_TIME, name] = 1.0


def _faded(ago: int, pace: float) -> float:
    """Weight of what was so long ago; half as much after `pace` as just before now."""
    return _NOW if ago == 0 else 1 / (1 + ago / pace)


def _add_user(found: Features, user: UserFeatures, ago: int) -> None:
    if user.intent is not None:
        if ago <= _LONGEST_AGO:
            found["intent", ago, user.intent] = _faded(ago, _TURNS)
        for part in intent_parts(user.intent):
            _add(found, "intent_part", ago, part)
        for entity in user.entities:
            _add(found, "entity", ago, entity)
    elif user.text is not None and ago <= _LONGEST_AGO:
        grams = text_grams(user.text) if ago == 0 else sorted(set(_words(user.text)))
        for gram in grams:
            # Together they weigh as much as the intent and its part, however long the text is.
            found["text", ago, gram] = _faded(ago, _TURNS) * (2 / len(grams)) ** 0.5


def _add_slots(found: Features, state: DialogueState, ago: int) -> None:
    for name, values in state.slots:
        if isinstance(values, str):
            continue
        for index, value in enumerate(values):
            if value:
                label = f"{name}[{index}]" if len(values) > 1 else name
                found[("slot", ago, label)] = value * _faded(ago, _TURNS)


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
