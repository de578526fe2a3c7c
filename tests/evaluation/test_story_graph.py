"""The graph of stories: how stories are merged, laid out, and drawn."""

from __future__ import annotations

import random
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from turnwise.evaluation.graph_layout import laid_out
from turnwise.evaluation.graph_page import graph_page
from turnwise.evaluation.story_graph import ConversationGraph, conversation_graph
from turnwise.project.project import Project
from turnwise.training.stories import training_trackers


@pytest.fixture
def graph(project_folder: Path) -> ConversationGraph:
    project = Project(project_folder)
    expanded = training_trackers(project.stories, project.domain, augmentation=0)
    return conversation_graph(expanded.trackers, project.domain)


def test_what_begins_alike_runs_together(graph: ConversationGraph) -> None:
    """The form of the story and that of the rule are one node; the intents lead on."""
    labels = [node.label for node in graph.nodes]
    form = graph.nodes[labels.index("dish_form")]
    assert form.kind == "form"
    assert {"order", "chat on the way"} <= set(form.stories)
    start = {edge.label for edge in graph.edges if edge.source == 0}
    assert {"greet", "bye", "order"} <= start
    order = next(edge for edge in graph.edges if edge.label == "order")
    assert order.count == 2


def test_a_longer_history_tells_more_apart(project_folder: Path) -> None:
    """With one turn each action is one node."""
    project = Project(project_folder)
    trackers = training_trackers(project.stories, project.domain, augmentation=0).trackers
    sizes = [len(conversation_graph(trackers, project.domain, max_history=n).nodes) for n in (1, 2, 4)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


@pytest.mark.parametrize("seed", range(5))
def test_no_two_nodes_are_drawn_at_one_place(seed: int) -> None:
    """Nodes of a layer are at least one unit apart, whatever the graph, circles included."""
    chance = random.Random(seed)
    pairs = [(chance.randrange(15), chance.randrange(15)) for _ in range(30)]
    layout = laid_out(15, pairs)
    by_layer: dict[int, list[float]] = {}
    for aside, layer in layout.nodes:
        by_layer.setdefault(layer, []).append(aside)
    for row in by_layer.values():
        assert all(later - earlier > 0.99 for earlier, later in pairwise(sorted(row)))
    for source, target in pairs:
        if source != target:
            route = layout.routes[source, target]
            assert (route[0], route[-1]) == (layout.nodes[source], layout.nodes[target])
            assert all(abs(a[1] - b[1]) == 1 for a, b in pairwise(route))


def test_a_chain_is_a_line() -> None:
    """Each node in the next layer, none aside."""
    layout = laid_out(3, [(0, 1), (1, 2)])
    assert list(layout.nodes) == [(0.0, 0), (0.0, 1), (0.0, 2)]


class Page(HTMLParser):
    """What a browser would load and show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else(graph: ConversationGraph) -> None:
    """No address of anything is in it, and names from stories cannot break out of it."""
    graph.nodes[1].label = "<script>alert(1)</script>"
    page = Page(graph_page(graph, title="Stories", examples={"greet": ["hello"]}))
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not any({"src", "href"} & set(attributes) for _, attributes in page.tags)
    classes = [attributes.get("class") or "" for _, attributes in page.tags]
    assert sum(name.startswith("node ") for name in classes) == len(graph.nodes)
    assert sum(name.startswith("edge") for name in classes) == len(
        {(e.source, e.target) for e in graph.edges}
    )


def test_the_page_tells_what_users_say(graph: ConversationGraph) -> None:
    """Intents stand at the lines, with examples."""
    text = graph_page(graph, title="Stories", examples={"greet": ["hello there"]})
    assert "“hello there”" in text
    assert ">greet</tspan>" in text
