"""Whether rules are complete, and agree with each other and with the stories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from turnwise.dialogue.domain import RULE_SNIPPET, Domain
from turnwise.dialogue.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, SlotSet
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ProjectError
from turnwise.policies.rules import DEFAULT_INTENT_ACTIONS, Found, RulePolicy, Source
from turnwise.policies.training_examples import TrainingConversation, place_of, replayed_without_initial_slots
from turnwise.project.findings import nearest

# -- rules that cannot be followed ---------------------------------------------------------------


def unknown_actions(rules: Sequence[TrainingConversation], domain: Domain) -> list[ProjectError]:
    """Actions of rules that nothing could run."""
    actions = {
        (rule.name, event.name): rule
        for rule in rules
        for event in rule.tracker.events
        if isinstance(event, ActionExecuted) and event.name and event.name not in domain.action_indices
    }
    return [
        ProjectError(
            place_of(rule),
            f"the domain has no action '{action}', which rule '{name}' predicts",
            fix=_remedy(action, domain),
        )
        for (name, action), rule in actions.items()
    ]


def _remedy(action: str, domain: Domain) -> str:
    answers = [name for name in domain.action_indices if name.startswith(f"{action}/")]
    if answers:
        intent = answers[0].removeprefix("utter_")
        return f"'{action}' answers once the NLU data has examples for intents such as '{intent}'"
    return nearest(action, domain.action_indices, otherwise="add it under actions, responses or forms")


# -- rules that leave out what an action sets in other rules -------------------------------------


class _Effects(NamedTuple):
    """What follows an action in some rule."""

    slots: set[str]
    loops: set[str | None]


def incomplete_rules(rules: Sequence[TrainingConversation], domain: Domain) -> list[ProjectError]:
    """Rules in which an action lacks slots or loops that it sets in other rules."""
    effects = _effects(rules, domain)
    mistakes: list[ProjectError] = []
    for rule in rules:
        for action, slots, loop in _after_actions(rule):
            known = effects.get(action)
            if known is None:
                continue
            missing = known.slots - slots
            if missing:
                mistakes.append(_missing_slots(rule, action, missing))
            if known.loops and loop not in known.loops:
                mistakes.append(_missing_loop(rule, action, known.loops))
    return mistakes


def _effects(rules: Sequence[TrainingConversation], domain: Domain) -> Mapping[str, _Effects]:
    effects: dict[str, _Effects] = defaultdict(lambda: _Effects(set(), set()))
    for rule in rules:
        action: str | None = None
        for event in rule.tracker.events:
            if isinstance(event, ActionExecuted):
                action = event.label
            elif action is None or action == RULE_SNIPPET:
                continue
            elif isinstance(event, SlotSet):
                slot = domain.slots.get(event.name)
                if slot is not None and slot.influence_conversation:
                    effects[action].slots.add(event.name)
            elif isinstance(event, ActiveLoop):
                effects[action].loops.add(event.name or SHOULD_NOT_BE_SET)
            else:
                action = None
    return effects


def _after_actions(rule: TrainingConversation) -> Iterator[tuple[str, set[str], str | None]]:
    """Each action that something else follows, with the slots and the loop that are set then."""
    tracker = replayed_without_initial_slots(rule.tracker)
    states = tracker.states()
    actions = [event for event in tracker.applied_events() if isinstance(event, ActionExecuted)]
    for index, action in enumerate(actions):
        following = actions[index + 1] if index + 1 < len(actions) else None
        if action.label in (None, RULE_SNIPPET) or (following and following.name == RULE_SNIPPET):
            continue
        state = states[index + 1]
        assert action.label is not None
        yield action.label, {name for name, _ in state.slots}, state.loop


def _missing_slots(rule: TrainingConversation, action: str, missing: set[str]) -> ProjectError:
    names = ", ".join(f"'{name}'" for name in sorted(missing))
    return ProjectError(
        place_of(rule),
        f"action '{action}' in rule '{rule.name}' does not set slots that it sets in other rules: {names}",
        fix="add a 'slot_was_set' step after the action (with null if the slot is not set here)",
    )


def _missing_loop(rule: TrainingConversation, action: str, loops: set[str | None]) -> ProjectError:
    written = sorted("null" if name == SHOULD_NOT_BE_SET else f"'{name}'" for name in loops)
    return ProjectError(
        place_of(rule),
        f"action '{action}' in rule '{rule.name}' does not set 'active_loop', "
        f"which other rules set to {', '.join(written)}",
        fix="add an 'active_loop' step after the action",
    )


# -- agreement -----------------------------------------------------------------------------------


class _Decision(NamedTuple):
    """An action of a training conversation, and what the policy would have done."""

    conversation: TrainingConversation
    written: str
    predicted: str | None
    source: Source | None


def agreement(
    policy: RulePolicy,
    rules: Sequence[TrainingConversation],
    stories: Sequence[TrainingConversation],
    domain: Domain,
) -> tuple[frozenset[Source], list[ProjectError]]:
    """Replays all rules and stories.

    Returns:
        The sources of predictions that no story uses, and every contradiction.
    """
    rule_decisions = [decision for rule in rules for decision in _decisions(policy, rule, domain)]
    story_decisions = [decision for story in stories for decision in _decisions(policy, story, domain)]
    taught: dict[Source, list[tuple[str, str]]] = defaultdict(list)
    for decision in rule_decisions:
        if decision.source is not None:
            taught[decision.source].append(_lesson(decision))
    used = {decision.source for decision in story_decisions if decision.source is not None}
    mistakes = [
        _contradiction(decision, taught.get(decision.source, []) if decision.source else [])
        for decision in (*rule_decisions, *story_decisions)
        if _contradicts(decision, policy)
    ]
    return frozenset((_all_sources(policy, domain) | set(taught)) - used), mistakes


def _all_sources(policy: RulePolicy, domain: Domain) -> set[Source]:
    sources = {Source("rule", rule.text) for rule in policy.rules.rules}
    sources |= {Source("intent", intent) for intent in DEFAULT_INTENT_ACTIONS}
    sources |= {Source(kind, form) for form in domain.forms for kind in ("loop", "loop_listen")}
    return sources


def _lesson(decision: _Decision) -> tuple[str, str]:
    """Who teaches the prediction, and which action."""
    assert decision.source is not None
    if decision.source.kind == "rule":
        return decision.conversation.name, decision.written
    return str(decision.source), decision.predicted or ""


def _decisions(policy: RulePolicy, conversation: TrainingConversation, domain: Domain) -> Iterator[_Decision]:
    tracker = Tracker.start(domain, conversation.name)
    unpredictable = True  # nothing precedes the first action
    for event in conversation.tracker.applied_events():
        if isinstance(event, ActionExecuted):
            if event.name == RULE_SNIPPET:
                unpredictable = True
            elif unpredictable or event.unpredictable:
                unpredictable = False
            elif event.label is not None:
                tracker, found = _found(policy, tracker, event.label)
                yield _Decision(conversation, event.label, *_predicted(found, policy, conversation))
        tracker = tracker.after(event)


def _found(policy: RulePolicy, tracker: Tracker, written: str) -> tuple[Tracker, Found]:
    """What the policy predicts, and the conversation in which it does."""
    found = policy.find(tracker)
    loop = tracker.active_loop
    if loop is None or not found.action == loop != written:
        return tracker, found
    # A loop is always predicted first; only once it has refused, other actions have a chance.
    refused = tracker.after(ActionExecutionRejected(name=loop))
    return refused, policy.find(refused)


def _predicted(
    found: Found, policy: RulePolicy, conversation: TrainingConversation
) -> tuple[str | None, Source | None]:
    if found.action is not None:
        return found.action, found.source
    # Rules must predict all of themselves; where they do not, the fallback action stands in for nothing.
    return (policy.settings.core_fallback_action_name if conversation.is_rule else None), None


def _contradicts(decision: _Decision, policy: RulePolicy) -> bool:
    return decision.predicted is not None and decision.predicted != decision.written


def _contradiction(decision: _Decision, lessons: Sequence[tuple[str, str]]) -> ProjectError:
    conversation = decision.conversation
    kind = "rule" if conversation.is_rule else "story"
    others = [(name, action) for name, action in lessons if action != decision.written]
    names = sorted({name for name, _ in others if name != conversation.name})
    if names:
        quoted = ", ".join(f"'{name}'" for name in names)
        problem = f"action '{decision.written}' in {kind} '{conversation.name}' contradicts rule(s) {quoted}"
        if decision.source is not None:
            problem += f", which predict '{decision.predicted}'"
    else:
        problem = (
            f"action '{decision.written}' in {kind} '{conversation.name}' cannot be predicted: "
            "rules disagree on what follows here"
        )
    return ProjectError(
        place_of(conversation), problem, fix="make both say the same, or make one more specific"
    )
