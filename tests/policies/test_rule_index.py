"""Which of several rules that fit a conversation counts."""

from __future__ import annotations

import itertools

from turnwise.dialogue.dialogue_state import DialogueState, UserFeatures
from turnwise.policies.rule_index import RuleIndex, Window


def _window(slot: str) -> Window:
    user = UserFeatures(intent="ask")
    return (DialogueState(user, ((slot, (1.0,)),), prev_action="action_listen"),)


def test_of_rules_that_ask_for_as_much_the_first_in_the_alphabet_counts() -> None:
    """Whatever the order in which they were written; stock Rasa leaves that to chance."""
    user = UserFeatures(intent="ask")
    slots = tuple((name, (1.0,)) for name in ("a", "b", "c"))
    now = DialogueState(user, slots, prev_action="action_listen")
    for order in itertools.permutations("abc"):
        found = RuleIndex({_window(slot): slot for slot in order}).best([now])
        assert found is not None
        assert found.outcome == "a"


def test_the_rule_that_asks_for_more_comes_before() -> None:
    user = UserFeatures(intent="ask")
    now = DialogueState(user, (("a", (1.0,)), ("b", (1.0,))), prev_action="action_listen")
    both = (DialogueState(user, (("a", (1.0,)), ("b", (1.0,))), prev_action="action_listen"),)
    found = RuleIndex({_window("a"): "one", both: "both"}).best([now])
    assert found is not None
    assert found.outcome == "both"
