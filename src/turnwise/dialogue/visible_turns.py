"""The turns that learned policies see.

Turns which only rules account for would be noise to a policy that learns from stories. They are
hidden, with the slots and loops that only rules speak of; the state after a hidden turn goes on from
the last visible action. The walk is done once for each turn and kept in the history's nodes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import ACTION_UNLIKELY_INTENT, Domain
from turnwise.dialogue.events import ActionExecuted
from turnwise.dialogue.history import History, HistoryCut


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnly:
    """Slots and loops that occur in rules and in no story."""

    slots: Collection[str] = frozenset()
    loops: Collection[str] = frozenset()


class Visible(NamedTuple):
    """The last visible turn up to some point, and those before it."""

    state: DialogueState | None = None
    """None before the first one."""
    before: Visible | None = None
    hidden: bool = False
    """Whether the turn after this point is hidden so far."""
    last_action: tuple[str | None, str | None] = (None, None)
    """Name and text of the last visible action."""
    is_beginning: bool = True


def visible_turns(
    history: History, domain: Domain, rule_only: RuleOnly, *, last: int | None = None
) -> list[DialogueState]:
    """States that learned policies see, oldest first, the current one included.

    Args:
        last: How many at most; None for all.

    Raises:
        HistoryCut: more are asked for than were kept.
    """
    current = _next(visible_up_to(history, domain, rule_only), history, domain, rule_only, hides=False)
    states: list[DialogueState] = []
    node: Visible | None = current
    while node is not None and node.state is not None and (last is None or len(states) < last):
        if node.state.prev_action != ACTION_UNLIKELY_INTENT:
            states.append(node.state)
        if node.before is None and not node.is_beginning:
            raise HistoryCut
        node = node.before
    states.reverse()
    return states


def visible_up_to(history: History, domain: Domain, rule_only: RuleOnly) -> Visible:
    """Visible turns up to the last executed action of `history`."""
    pending: list[History] = []
    action = history.last_action
    while action is not None and action.visible is None:
        pending.append(action)
        action = action.before.last_action if action.before else None
    visible: Visible = action.visible if action is not None else Visible()
    for action in reversed(pending):
        assert action.before is not None
        assert isinstance(action.event, ActionExecuted)
        hides = action.event.hide_rule_turn
        visible = _next(visible, action.before, domain, rule_only, hides=hides)
        action.visible = visible
    return visible


def _next(visible: Visible, node: History, domain: Domain, rule_only: RuleOnly, *, hides: bool) -> Visible:
    """`visible` after an action that was chosen at `node` and, if `hides`, by a rule only."""
    state = node.state
    last_action = visible.last_action
    if not visible.hidden:
        last_action = (state.latest_action, state.latest_action_text)
    hidden = visible.hidden
    # A follow-up action, and a loop that goes on, belong to the turn before them.
    if not state.followup_action and state.latest_action_label != state.active_loop:
        hidden = hides
    if hidden:
        return visible._replace(hidden=True, last_action=last_action)
    shown = _without_rule_only(node.dialogue_state(domain), rule_only)
    if visible.state is not None and not shown.after_listen:
        shown = shown._replace(user=visible.state.user)
    if any(last_action):
        shown = shown._replace(prev_action=last_action[0], prev_action_text=last_action[1])
    before = visible if visible.state is not None else None
    return Visible(shown, before, False, last_action, visible.is_beginning if before is None else True)


def _without_rule_only(state: DialogueState, rule_only: RuleOnly) -> DialogueState:
    if rule_only.slots and state.slots:
        state = state._replace(slots=tuple(pair for pair in state.slots if pair[0] not in rule_only.slots))
    if state.loop in rule_only.loops:
        state = state._replace(loop=None)
    return state
