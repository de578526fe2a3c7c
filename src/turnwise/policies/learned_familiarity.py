"""What stories have shown, and how sure one may therefore be.

Probabilities tell how likely each action is if the conversation is one like the stories. RulePolicy asks
something else: whether to act at all, or to say that the message was not understood. It falls back when
nobody is surer than 0.3 (unless it is told another threshold), so that these bounds lie around that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_LISTEN
from turnwise.policies.dialogue_features import intent_parts

IN_THE_DARK = 0.25
"""Highest confidence after an intent that no story answers: the fallback is right."""
ON_KNOWN_GROUND = 0.31
"""Least confidence where stories react to the same intent after the same action: they may go on in many
ways, of which each is improbable, and yet all are better than not to have understood."""


class Situation(NamedTuple):
    """What was last said and done."""

    intent: str
    action: str
    """The last one that was not to listen; empty at the start of the conversation."""
    is_answered: bool
    """Whether the action came after the message."""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """Situations that occur in stories."""

    situations: frozenset[Situation] = frozenset()
    may_say_nothing: bool = False
    """Whether some story answers a message by listening on."""
    intents: frozenset[str] = field(init=False)
    """Those that stories react to, multi-intents by their parts; derived."""

    def __post_init__(self) -> None:
        intents = frozenset(situation.intent for situation in self.situations if not situation.is_answered)
        object.__setattr__(self, "intents", intents)

    @classmethod
    def of(cls, decisions: Iterable[tuple[Sequence[DialogueState], str]]) -> Familiarity:
        """From the windows of stories, and the actions that followed."""
        situations: set[Situation] = set()
        may_say_nothing = False
        for states, action in decisions:
            situations.update(_situations(states))
            may_say_nothing |= action == ACTION_LISTEN and states[-1].after_listen
        return cls(frozenset(situations), may_say_nothing)

    def tempered(self, scores: Mapping[str, float], states: Sequence[DialogueState]) -> dict[str, float]:
        """Probabilities as confidences: none where nothing can be known, some where much is known."""
        tempered = dict(scores)
        if states[-1].after_listen and not self.may_say_nothing:
            # What speaks for silence here is mere uncertainty, and makes all else less certain.
            tempered.pop(ACTION_LISTEN, None)
        best = max(tempered, key=lambda action: tempered[action], default=None)
        if best is None:
            return tempered
        if not self._answers(states[-1]):
            factor = min(1.0, IN_THE_DARK / max(tempered[best], 1e-9))
            return {action: score * factor for action, score in tempered.items()}
        if self._knows(states):
            tempered[best] = max(tempered[best], ON_KNOWN_GROUND)
        return tempered

    def _answers(self, state: DialogueState) -> bool:
        """Whether stories react to the message, if that is the question."""
        user = state.user
        if not state.after_listen or (user is not None and user.intent is None):
            return True  # words without an intent are measured by `KnownTexts`
        return user is not None and any(part in self.intents for part in intent_parts(user.intent or ""))

    def _knows(self, states: Sequence[DialogueState]) -> bool:
        """Whether all parts of the intent occur in stories after the same action."""
        found = list(_situations(states))
        return bool(found) and all(situation in self.situations for situation in found)

    def to_json(self) -> dict[str, Any]:
        return {"situations": sorted(self.situations), "may_say_nothing": self.may_say_nothing}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Familiarity:
        """The inverse of `to_json`."""
        situations = frozenset(Situation(*situation) for situation in data["situations"])
        return cls(situations, data["may_say_nothing"])


def _situations(states: Sequence[DialogueState]) -> Iterator[Situation]:
    """Of the current state, one for each part of the intent."""
    current = states[-1]
    if current.user is None or current.user.intent is None:
        return
    done = (state.prev_action or state.prev_action_text or "" for state in reversed(states))
    action = next((name for name in done if name != ACTION_LISTEN), "")
    for part in intent_parts(current.user.intent):
        yield Situation(part, action, not current.after_listen)
