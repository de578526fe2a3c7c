"""The applied history: what counts of a conversation once undone turns and repeated loop runs are gone.

Histories are persistent linked lists. A new event makes a new node in front of the old ones, so a
turn that is undone, or an action that runs on a copy, costs nothing and disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turnwise.dialogue import events as ev
from turnwise.dialogue.dialogue_state import DialogueState, dialogue_state
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.state import ConversationState, apply


class HistoryCut(Exception):
    """More of the past is needed than was kept in memory; the whole conversation must be read."""


class History:
    """One applied event, the state after it, and everything before it."""

    __slots__ = (
        "_dialogue_state",
        "_earlier_action",
        "_is_action",
        "before",
        "event",
        "is_beginning",
        "state",
        "visible",
    )

    def __init__(
        self,
        state: ConversationState,
        *,
        event: ev.Event | None = None,
        before: History | None = None,
        is_beginning: bool = False,
        is_action: bool = False,
    ) -> None:
        """
        Args:
            is_action: Whether it stands for the actions before a cut, though it has no event.
        """
        self.state = state
        self.event = event
        self.before = before
        self.is_beginning = is_beginning
        """Whether nothing precedes this node; if there is no `before` either, the past was cut off."""
        # A node must not refer to itself: only the garbage collector could free it, and all before it.
        self._is_action = is_action or isinstance(event, ev.ActionExecuted)
        self._earlier_action = before.last_action if before is not None and not self._is_action else None
        self.visible: Any = None
        """Cache of `visible_turns.py`."""
        self._dialogue_state: DialogueState | None = None

    @property
    def last_action(self) -> History | None:
        """Nearest node, this one included, whose event is an executed action."""
        return self if self._is_action else self._earlier_action

    def after(self, event: ev.Event, state: ConversationState) -> History:
        return History(state, event=event, before=self)

    def dialogue_state(self, domain: Domain) -> DialogueState:
        """What policies see after this event."""
        if self._dialogue_state is None:
            self._dialogue_state = dialogue_state(self.state, domain)
        return self._dialogue_state

    def earlier(self) -> History | None:
        """The node before this one; None at the beginning.

        Raises:
            HistoryCut: there is a past, but it is not in memory.
        """
        if self.before is None and not self.is_beginning:
            raise HistoryCut
        return self.before

    def backwards(self) -> Iterator[History]:
        """Nodes with events, latest first; raises HistoryCut when it runs out of kept ones."""
        node: History | None = self
        while node is not None and node.event is not None:
            yield node
            node = node.earlier()
        if node is not None:
            node.earlier()

    def without_last(self, kind: type[ev.Event]) -> History:
        """The history up to the last event of `kind`, without it; empty if there is none."""
        node = self
        for node in self.backwards():
            if isinstance(node.event, kind):
                before = node.earlier()
                assert before is not None  # a node with an event has something before it
                return before
        return node if node.event is None else _beginning_of(node)

    def turns(self, domain: Domain, *, last: int | None = None) -> list[DialogueState]:
        """The state before each action and the current one, oldest first.

        Args:
            last: How many at most; None for all.

        Raises:
            HistoryCut: more are asked for than were kept.
        """
        states = [self.dialogue_state(domain)]
        node: History | None = self
        while last is None or len(states) < last:
            action = node.last_action if node else None
            if action is None:
                self._require_beginning(node)
                break
            node = action.earlier()
            assert node is not None
            states.append(node.dialogue_state(domain))
        states.reverse()
        return states

    @staticmethod
    def _require_beginning(node: History | None) -> None:
        while node is not None and node.before is not None:
            node = node.before
        if node is not None and not node.is_beginning:
            raise HistoryCut


def _beginning_of(node: History) -> History:
    before = node.earlier()
    assert before is not None
    return before


def is_repeated_loop_run(history: History, loop: str) -> bool:
    """Whether running `loop` now goes on with a run of it that is still in the history.

    It does not on the first run, after the loop has ended, and when something else came between
    (an unhappy path).
    """
    next_action: str | None = None
    for node in history.backwards():
        event = node.event
        if isinstance(event, ev.ActiveLoop) and event.name is None:
            return False
        if isinstance(event, ev.ActionExecutionRejected) and event.name == loop:
            return False
        if isinstance(event, ev.UserUttered) and next_action not in (None, loop):
            return False
        if isinstance(event, ev.ActionExecuted):
            if event.name == loop:
                return True
            next_action = event.name
    return False


_TURN_EVENTS = (ev.ActionExecuted, ev.UserUttered, ev.UserFeaturization)


def folded_into_last_run(history: History, loop: str, domain: Domain) -> History:
    """The history with the turns since the last run of `loop` folded away; what they set is kept."""
    kept: list[ev.Event] = []
    for node in history.backwards():
        event = node.event
        assert event is not None
        if isinstance(event, ev.ActionExecuted) and event.name == loop:
            return replayed(node, reversed(kept), domain)
        if not isinstance(event, _TURN_EVENTS):
            kept.append(event)
    raise AssertionError("folding needs an earlier run of the loop")


def replayed(history: History, events: Iterator[ev.Event], domain: Domain) -> History:
    """`history` with `events` appended as they are."""
    for event in events:
        history = history.after(event, apply(history.state, event, domain))
    return history
