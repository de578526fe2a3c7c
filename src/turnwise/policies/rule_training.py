"""Learning rules: which window leads to which action, and whether rules and stories agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from turnwise.dialogue.dialogue_state import DialogueState, absent_loop
from turnwise.dialogue.domain import RULE_SNIPPET, Domain
from turnwise.dialogue.events import UserUttered
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import ProjectError, ProjectErrors
from turnwise.policies.rule_checks import agreement, incomplete_rules, unknown_actions
from turnwise.policies.rule_index import RuleIndex, Window
from turnwise.policies.rules import DO_NOT_PREDICT_LOOP, LOOP_WAS_INTERRUPTED, RulePolicy, RuleSettings
from turnwise.policies.training_examples import TrainingConversation, TrainingExample, examples, place_of


def train_rules(
    config: Mapping[str, Any], conversations: Sequence[TrainingConversation], domain: Domain
) -> RulePolicy:
    """Learns the rules among `conversations`; stories only matter for loops and for agreement.

    Raises:
        ProjectErrors: rules are too long, incomplete, or contradict each other or stories; all are listed.
    """
    settings = RuleSettings.read(config)
    rules = [c for c in conversations if c.is_rule]
    stories = [c for c in conversations if not c.is_rule and not c.is_augmented]
    if settings.restrict_rules:
        _stop_on(_rules_with_several_user_turns(rules))
    if settings.check_for_contradictions:
        _stop_on(unknown_actions(rules, domain))
        _stop_on(incomplete_rules(rules, domain))
    decisions = list(examples(rules, domain, omit_unset_slots=True, keep_unlikely_intent=True))
    story_decisions = list(examples(stories, domain, keep_unlikely_intent=True))
    policy = RulePolicy(
        settings,
        RuleIndex(_learned_rules(decisions)),
        RuleIndex(_learned_unhappy_paths([*decisions, *story_decisions])),
    )
    if not settings.check_for_contradictions:
        return policy
    rule_only_sources, mistakes = agreement(policy, rules, stories, domain)
    _stop_on(mistakes)
    return replace(
        policy, rule_only_sources=rule_only_sources, rule_only=_rule_only(decisions, story_decisions)
    )


def _stop_on(mistakes: Sequence[ProjectError]) -> None:
    if mistakes:
        raise ProjectErrors(mistakes)


def _rules_with_several_user_turns(rules: Iterable[TrainingConversation]) -> list[ProjectError]:
    def user_turns(rule: TrainingConversation) -> int:
        return sum(isinstance(event, UserUttered) for event in rule.tracker.events)

    return [
        ProjectError(
            place_of(rule),
            f"rule '{rule.name}' contains more than 1 user message",
            fix="write longer conversations as stories, or set restrict_rules: false under RulePolicy",
        )
        for rule in rules
        if user_turns(rule) > 1
    ]


def _learned_rules(decisions: Iterable[TrainingExample]) -> dict[Window, str]:
    rules: dict[Window, str] = {}
    ambiguous: set[Window] = set()
    for decision in decisions:
        window = _since_snippet(decision.states)
        if window and rules.setdefault(window, decision.action) != decision.action:
            ambiguous.add(window)
    return {
        window: action
        for window, action in rules.items()
        if window not in ambiguous and action != RULE_SNIPPET
    }


def _since_snippet(states: Sequence[DialogueState]) -> Window:
    """The states after the last place where anything may have happened."""
    for index in range(len(states) - 1, -1, -1):
        if states[index].prev_action == RULE_SNIPPET:
            return tuple(states[index + 1 :])
    return tuple(states)


def _learned_unhappy_paths(decisions: Iterable[TrainingExample]) -> dict[Window, str]:
    paths: dict[Window, str] = {}
    for decision in decisions:
        current = decision.states[-1]
        if absent_loop(current):
            continue
        window = _since_snippet(_last_turns(decision.states))
        if not window:
            continue
        if current.after_listen and decision.action == current.loop:
            # Rules and stories speak only of unhappy paths, so this answers another question.
            paths[window] = LOOP_WAS_INTERRUPTED
        elif not current.after_listen and decision.action != current.loop:
            paths[window] = DO_NOT_PREDICT_LOOP
    return paths


def _last_turns(states: Sequence[DialogueState]) -> Sequence[DialogueState]:
    """The current state, and of the one before it only the action: the intent then does not matter."""
    if len(states) == 1 or not states[-2].has_prev_action:
        return states[-1:]
    before = states[-2]
    action = DialogueState(prev_action=before.prev_action, prev_action_text=before.prev_action_text)
    return [action, states[-1]]


def _rule_only(decisions: Iterable[TrainingExample], story_decisions: Iterable[TrainingExample]) -> RuleOnly:
    rule_slots, rule_loops = _mentioned(decisions)
    story_slots, story_loops = _mentioned(story_decisions)
    return RuleOnly(slots=frozenset(rule_slots - story_slots), loops=frozenset(rule_loops - story_loops))


def _mentioned(decisions: Iterable[TrainingExample]) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    for decision in decisions:
        for state in decision.states:
            slots.update(name for name, _ in state.slots)
            if state.loop is not None and state.loop != SHOULD_NOT_BE_SET:
                loops.add(state.loop)
    return slots, loops
