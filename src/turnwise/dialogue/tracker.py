"""The tracker: a conversation as a value. `after(event)` gives the next one and leaves this one as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from turnwise.dialogue import events as ev
from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.history import History, HistoryCut, folded_into_last_run, is_repeated_loop_run
from turnwise.dialogue.state import ConversationState, apply, initial_state


class Past(NamedTuple):
    """Every event, undone ones included: the latest, and all before it."""

    event: ev.Event
    before: Past | None


@dataclass(frozen=True, slots=True)
class Tracker:
    """A conversation: its state, its applied history and its raw events.

    Three things are kept because Rasa keeps them apart: `state` follows every event; `history` is
    what policies see, with undone turns and repeated loop runs folded away; `past` is what happened.
    All three share structure with the tracker they came from, so keeping an old one costs nothing.
    """

    domain: Domain
    sender_id: str
    state: ConversationState
    history: History
    past: Past | None = None
    loop_names: frozenset[str] = frozenset()
    """Loops that were ever active; runs of these are folded."""
    latest_input_channel: str | None = None
    latest_event_time: float | None = None
    length: int = 0
    """How many events `past` holds."""
    forgotten_actions: frozenset[str] | None = None
    """Actions that ran before the events of `past`, where it was cut; None: it holds all that count."""

    @classmethod
    def start(cls, domain: Domain, sender_id: str = "default", *, omit_unset_slots: bool = False) -> Tracker:
        """A conversation in which nothing has happened yet."""
        state = initial_state(domain, omit_unset_slots=omit_unset_slots)
        return cls(domain, sender_id, state, History(state, is_beginning=True))

    def after(self, event: ev.Event) -> Tracker:
        """The conversation once `event` has happened as well.

        Raises:
            HistoryCut: the event undoes, or sheds new light on, more than was kept in memory.
        """
        state, history, loops = self._fold(event)
        channel = event.input_channel if isinstance(event, ev.UserUttered) else self.latest_input_channel
        return Tracker(
            self.domain,
            self.sender_id,
            state,
            history,
            Past(event, self.past),
            loops,
            channel,
            event.timestamp,
            self.length + 1,
            self.forgotten_actions,
        )

    def after_all(self, events: Iterable[ev.Event]) -> Tracker:
        tracker = self
        for event in events:
            tracker = tracker.after(event)
        return tracker

    def settled(self) -> Tracker:
        """The conversation as it is when it is read back: only what counts has left a state."""
        return self if self.state is self.history.state else replace(self, state=self.history.state)

    def _fold(self, event: ev.Event) -> tuple[ConversationState, History, frozenset[str]]:
        history, loops = self.history, self.loop_names
        if isinstance(event, _UNDOING):
            history = self._undone(event)
            return history.state, history, loops
        state = apply(self.state, event, self.domain)
        if isinstance(event, ev.SessionStarted):
            return state, History(state, is_beginning=True), loops
        if isinstance(event, ev.Restarted):
            return state, History(initial_state(self.domain), is_beginning=True), loops
        if isinstance(event, ev.ActiveLoop) and event.name and event.name not in loops:
            loops = loops | {event.name}
            if self._has_repeated(event.name):
                history = _refolded(self, loops)
        if isinstance(event, ev.ActionExecuted) and event.name in loops:
            assert event.name is not None
            if is_repeated_loop_run(history, event.name):
                return state, folded_into_last_run(history, event.name, self.domain), loops
        shared = self.state is history.state  # the usual case: nothing was folded so far
        next_state = state if shared else apply(history.state, event, self.domain)
        return state, history.after(event, next_state), loops

    def _has_repeated(self, loop: str) -> bool:
        """Whether `loop` ran more than once before anybody knew that it was a loop.

        Raises:
            HistoryCut: it did, or may have, and some of it was not kept.
        """
        actions = (event for event in self.backwards() if isinstance(event, ev.ActionExecuted))
        has_repeated = sum(action.name == loop for action in actions) > 1
        if self.forgotten_actions is not None and (has_repeated or loop in self.forgotten_actions):
            raise HistoryCut
        return has_repeated

    def _undone(self, event: ev.Event) -> History:
        history = self.history
        if isinstance(event, ev.UserUtteranceReverted):
            # A user turn implies the listen before it; both go.
            history = history.without_last(ev.UserUttered)
        return history.without_last(ev.ActionExecuted)

    # -- reading ---------------------------------------------------------------------------------

    @property
    def slots(self) -> Mapping[str, Any]:
        return self.state.slots

    def get_slot(self, name: str) -> Any:
        return self.state.slots.get(name)

    @property
    def latest_message(self) -> ev.UserUttered | None:
        return self.state.latest_message

    @property
    def latest_intent(self) -> str | None:
        message = self.state.latest_message
        return message.intent_name if message else None

    @property
    def active_loop(self) -> str | None:
        return self.state.active_loop

    @property
    def latest_action(self) -> str | None:
        """Name, or text, of the last executed action."""
        return self.state.latest_action_label

    @property
    def events(self) -> list[ev.Event]:
        """All events in memory, oldest first."""
        return list(self.backwards())[::-1]

    def backwards(self) -> Iterator[ev.Event]:
        """All events in memory, latest first."""
        past = self.past
        while past is not None:
            yield past.event
            past = past.before

    def since(self, earlier: Tracker) -> list[ev.Event]:
        """Events that happened after `earlier`, which this tracker came from, oldest first."""
        found: list[ev.Event] = []
        past = self.past
        while past is not None and past is not earlier.past:
            found.append(past.event)
            past = past.before
        return found[::-1]

    def applied_events(self) -> list[ev.Event]:
        """What counts: without undone turns and repeated loop runs, oldest first."""
        return [node.event for node in self.history.backwards() if node.event is not None][::-1]

    @property
    def is_cut(self) -> bool:
        """Whether some of what counts is not in memory."""
        return self.forgotten_actions is not None

    @property
    def has_applied_events(self) -> bool:
        return self.history.event is not None or not self.history.is_beginning

    def states(self, *, last: int | None = None) -> list[DialogueState]:
        """The dialogue state before each action and the current one, oldest first."""
        return self.history.turns(self.domain, last=last)


_UNDOING = (ev.UserUtteranceReverted, ev.ActionReverted)


def _refolded(tracker: Tracker, loops: frozenset[str]) -> History:
    """The applied history as it would be had `loops` been known from the beginning."""
    beginning = tracker.history
    while beginning.before is not None:
        beginning = beginning.before
    fresh = Tracker(tracker.domain, tracker.sender_id, beginning.state, beginning, loop_names=loops)
    return fresh.after_all(tracker.events).history
