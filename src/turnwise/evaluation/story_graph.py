"""All stories and rules as one graph: what the assistant does are nodes, what users say leads on from them.

Nodes are one and the same where the last turns before them are the same, so that stories which begin alike
run together, and part where they differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from turnwise.dialogue.domain import ACTION_LISTEN, RULE_SNIPPET, Domain
from turnwise.dialogue.events import ActionExecuted, Event, UserUttered
from turnwise.training.stories import TrainingTracker

START = "start"
"""Label, and kind, of the node that no story names."""


@dataclass(slots=True, kw_only=True)
class Node:
    """The assistant does something, in a certain situation."""

    label: str
    kind: str
    """`start`, `say`, `form`, `text` or `action`."""
    stories: list[str] = field(default_factory=list)
    """Names of the stories and rules that come by."""
    ends: int = 0
    """How many of them end here."""


@dataclass(slots=True, kw_only=True)
class Edge:
    """One action follows another, after the user said something or at once."""

    source: int
    """Index of a node."""
    target: int
    label: str
    """The user's intent, with entities; empty if the user says nothing in between."""
    intent: str
    count: int = 0
    """How many stories go this way."""


@dataclass(slots=True, kw_only=True)
class ConversationGraph:
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def conversation_graph(
    conversations: Sequence[TrainingTracker], domain: Domain, *, max_history: int = 2
) -> ConversationGraph:
    """Merges conversations.

    Args:
        max_history: How many turns before a node must be equal for two stories to share it.
    """
    builder = _Builder(domain, max(1, max_history))
    for conversation in conversations:
        builder.add(conversation)
    return builder.graph


class _Builder:
    def __init__(self, domain: Domain, max_history: int) -> None:
        self.domain = domain
        self.max_history = max_history
        self.graph = ConversationGraph()
        self.nodes: dict[Hashable, int] = {}
        self.edges: dict[tuple[int, int, str], Edge] = {}

    def add(self, conversation: TrainingTracker) -> None:
        """One more conversation."""
        name = conversation.name or "(no name)"
        here = self._node((START,), START, START, name)
        past: list[tuple[str, str]] = []
        for turn, label in _steps(conversation.tracker.events):
            past = [*past, (_said(turn), label)][-self.max_history :]
            there = self._node(tuple(past), label, self._kind(label), name)
            self._connect(here, there, turn)
            here = there
        self.graph.nodes[here].ends += 1

    def _kind(self, label: str) -> str:
        if label in self.domain.forms:
            return "form"
        if label in self.domain.action_texts:
            return "text"
        return "say" if label.startswith("utter_") else "action"

    def _node(self, key: Hashable, label: str, kind: str, story: str) -> int:
        index = self.nodes.get(key)
        if index is None:
            index = self.nodes[key] = len(self.graph.nodes)
            self.graph.nodes.append(Node(label=label, kind=kind))
        stories = self.graph.nodes[index].stories
        if story not in stories[-1:]:
            stories.append(story)
        return index

    def _connect(self, source: int, target: int, turn: UserUttered | None) -> None:
        key = (source, target, _said(turn))
        edge = self.edges.get(key)
        if edge is None:
            intent = (turn.intent_name or "") if turn else ""
            edge = Edge(source=source, target=target, label=_said(turn), intent=intent)
            self.edges[key] = edge
            self.graph.edges.append(edge)
        edge.count += 1


def _steps(events: Sequence[Event]) -> Iterator[tuple[UserUttered | None, str]]:
    """Each action, with what the user said just before it."""
    turn: UserUttered | None = None
    for event in events:
        if isinstance(event, UserUttered):
            turn = event
        elif isinstance(event, ActionExecuted) and event.name not in (ACTION_LISTEN, RULE_SNIPPET):
            yield turn, event.label or ""
            turn = None


def _said(turn: UserUttered | None) -> str:
    if turn is None:
        return ""
    if not turn.intent_name:
        return f"“{turn.text}”"
    entities = ", ".join(
        f"{entity['entity']}: {entity['value']}" if entity.get("value") is not None else str(entity["entity"])
        for entity in turn.entities
    )
    return f"{turn.intent_name} ({entities})" if entities else turn.intent_name
