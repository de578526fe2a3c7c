"""Long conversations kept short: a tracker cut to its latest events, and the cut tracker as bytes.

What lies before the cut is summed up in one state and the last turns that learned policies see. Whoever
needs more finds the history cut, and reads the whole conversation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from turnwise.dialogue.dialogue_state import DialogueState
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.event_json import event_from_json
from turnwise.dialogue.events import ActionExecuted, Event
from turnwise.dialogue.history import History, replayed
from turnwise.dialogue.state import ConversationState, Loop, initial_state, with_slots
from turnwise.dialogue.tracker import Past, Tracker
from turnwise.dialogue.visible_turns import RuleOnly, Visible, visible_up_to

VERSION = 2
"""Of the bytes; snapshots of another version are not read."""

KEPT_TURNS = 50
"""Turns seen by learned policies that survive a cut."""


def shortened(tracker: Tracker, events: int, rule_only: RuleOnly) -> Tracker:
    """`tracker` with only its latest `events` events in memory, the same in everything else."""
    if tracker.length <= events:
        return tracker
    history = _cut(tracker.history, events, tracker.domain, rule_only)
    dropped = islice(tracker.backwards(), events, None)
    ran = {event.name for event in dropped if isinstance(event, ActionExecuted) and event.name}
    forgotten = ran | (tracker.forgotten_actions or frozenset())
    return replace(latest(tracker, events), history=history, forgotten_actions=frozenset(forgotten))


def latest(tracker: Tracker, events: int) -> Tracker:
    """`tracker` remembering only its latest `events` events, as if none before them counted."""
    past = _linked(list(islice(tracker.backwards(), events)))
    return replace(tracker, past=past, length=min(events, tracker.length), forgotten_actions=None)


def _cut(history: History, events: int, domain: Domain, rule_only: RuleOnly) -> History:
    nodes: list[History] = []
    node: History | None = history
    while node is not None and node.event is not None and len(nodes) < events:
        nodes.append(node)
        node = node.before
    if node is None or node.event is None:  # it is short already
        return history
    cut = _base(node.state, _recent(visible_up_to(node, domain, rule_only)))
    for kept in reversed(nodes):
        assert kept.event is not None
        cut = cut.after(kept.event, kept.state)
    return cut


def _base(state: ConversationState, visible: Visible) -> History:
    base = History(state, is_action=True)
    base.visible = visible
    return base


def _recent(visible: Visible) -> Visible:
    """The last turns of `visible`, without the chain of all earlier ones."""
    chain: list[Visible] = []
    node: Visible | None = visible
    while node is not None and len(chain) < KEPT_TURNS:
        chain.append(node)
        node = node.before
    first = chain.pop()
    recent = first._replace(before=None, is_beginning=first.is_beginning and first.before is None)
    for turn in reversed(chain):
        recent = turn._replace(before=recent)
    return recent


# -- bytes ---------------------------------------------------------------------------------------


def snapshot(tracker: Tracker, rule_only: RuleOnly) -> bytes:
    """The tracker as JSON."""
    base, kept = _base_and_events(tracker.history)
    forgotten = tracker.forgotten_actions
    data = {
        "version": VERSION,
        "domain": domain_print(tracker.domain, rule_only),
        "state": None if tracker.state is tracker.history.state else _state_json(tracker.state),
        "base": None if base.is_beginning else _state_json(base.state),
        "visible": None if base.is_beginning else _visible_json(base.visible),
        "history": [event.to_json() for event in kept],
        "past": [event.to_json() for event in tracker.events],
        "loop_names": sorted(tracker.loop_names),
        "forgotten_actions": None if forgotten is None else sorted(forgotten),
        "latest_input_channel": tracker.latest_input_channel,
        "latest_event_time": tracker.latest_event_time,
    }
    return json.dumps(data, ensure_ascii=False).encode()


def read_snapshot(data: bytes, domain: Domain, sender_id: str, rule_only: RuleOnly) -> Tracker | None:
    """The tracker that `snapshot` wrote; None if it was written under another domain or version."""
    read = json.loads(data)
    if read["version"] != VERSION or read["domain"] != domain_print(domain, rule_only):
        return None
    if read["base"] is None:
        base = History(initial_state(domain), is_beginning=True)
    else:
        base = _base(_state_of(read["base"], domain), _visible_of(read["visible"]))
    history = replayed(base, iter(_events_of(read["history"])), domain)
    past = _events_of(read["past"])
    forgotten = read["forgotten_actions"]
    return Tracker(
        domain,
        sender_id,
        _state_of(read["state"], domain) if read["state"] else history.state,
        history,
        _linked(past[::-1]),
        frozenset(read["loop_names"]),
        read["latest_input_channel"],
        read["latest_event_time"],
        len(past),
        None if forgotten is None else frozenset(forgotten),
    )


def snapshot_events(data: bytes) -> list[Event]:
    """The latest events before a snapshot, oldest first, whatever domain it was written under."""
    return _events_of(json.loads(data)["past"])


def domain_print(domain: Domain, rule_only: RuleOnly) -> str:
    """What a snapshot's meaning depends on."""
    seen = [domain.source, sorted(rule_only.slots), sorted(rule_only.loops)]
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()


def _base_and_events(history: History) -> tuple[History, Sequence[Event]]:
    events: list[Event] = []
    node = history
    while node.event is not None:
        events.append(node.event)
        assert node.before is not None
        node = node.before
    return node, events[::-1]


def _state_json(state: ConversationState) -> dict[str, Any]:
    return {
        **state._asdict(),
        "slots": dict(state.slots),
        "slot_features": None,
        "latest_message": state.latest_message.to_json() if state.latest_message else None,
        "latest_bot_message": state.latest_bot_message.to_json() if state.latest_bot_message else None,
        "loop": state.loop._asdict() if state.loop else None,
    }


def _state_of(data: Mapping[str, Any], domain: Domain) -> ConversationState:
    read: dict[str, Any] = dict(data)
    for key in ("latest_message", "latest_bot_message"):
        read[key] = event_from_json(read[key]) if read[key] else None
    read["loop"] = Loop(**read["loop"]) if read["loop"] else None
    return with_slots(ConversationState(**read), read["slots"], domain)


def _visible_json(visible: Visible) -> list[Any]:
    rows: list[Any] = []
    node: Visible | None = visible
    while node is not None:
        state = node.state.to_json() if node.state else None
        rows.append([state, node.hidden, list(node.last_action), node.is_beginning])
        node = node.before
    return rows


def _visible_of(rows: Sequence[Any]) -> Visible:
    node: Visible | None = None
    for state, hidden, (name, text), is_beginning in reversed(rows):
        seen = DialogueState.from_json(state) if state is not None else None
        node = Visible(seen, node, hidden, (name, text), is_beginning)
    assert node is not None
    return node


def _events_of(items: Sequence[Mapping[str, Any]]) -> list[Event]:
    events = (event_from_json(item) for item in items)
    return [event for event in events if event is not None]


def _linked(latest_first: Sequence[Event]) -> Past | None:
    past: Past | None = None
    for event in reversed(latest_first):
        past = Past(event, past)
    return past
