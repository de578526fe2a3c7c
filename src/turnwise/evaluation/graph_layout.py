"""Where to draw the nodes of a directed graph: in layers, with few crossings.

The steps are those of Sugiyama's method (doi:10.1109/TSMC.1981.4308636): edges that run backwards are turned,
nodes are put below everything that leads to them, long edges get a place in each layer they cross, and each
layer is ordered by where its neighbours are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Pair = tuple[int, int]
NOWHERE = -1
SWEEPS = 8
"""How often the layers are ordered anew, down and up by turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Places as pairs: how far aside, in units of one node, and in which layer, from 0."""

    nodes: Sequence[tuple[float, int]]
    routes: dict[Pair, Sequence[tuple[float, int]]]
    """For each edge the places it runs through, its ends included."""
    breadth: float
    """Units that the broadest layer takes."""
    depth: int
    """How many layers there are."""


def laid_out(count: int, pairs: Iterable[Pair]) -> Layout:
    """Places for nodes 0 to `count` - 1 that `pairs` connect."""
    edges = sorted({pair for pair in pairs if pair[0] != pair[1]})
    forward = _acyclic(count, edges)
    layer = _layers(count, forward)
    chains, layer_of = _chains(forward, layer)
    aside = _ordered(layer_of, chains)
    places = [(aside[node], layer_of[node]) for node in range(len(layer_of))]
    routes: dict[Pair, Sequence[tuple[float, int]]] = {}
    for source, target in edges:
        chain = chains.get((source, target))
        if chain is None:
            chain = chains[target, source][::-1]
        routes[source, target] = [places[node] for node in chain]
    return Layout(
        nodes=places[:count],
        routes=routes,
        breadth=max((place[0] for place in places), default=0) + 1,
        depth=max((place[1] for place in places), default=0) + 1,
    )


def _acyclic(count: int, edges: Sequence[Pair]) -> list[Pair]:
    """The edges, those turned that lead back to a node on the way from the first one."""
    following: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        following[source].append(target)
    unseen, open_, done = 0, 1, 2
    state = [unseen] * count
    turned: set[Pair] = set()
    for root in range(count):
        stack = [(root, iter(following[root]))] if state[root] == unseen else []
        state[root] = open_ if stack else state[root]
        while stack:
            node, targets = stack[-1]
            target = next(targets, NOWHERE)
            if target == NOWHERE:
                state[node] = done
                stack.pop()
            elif state[target] == open_:
                turned.add((node, target))
            elif state[target] == unseen:
                state[target] = open_
                stack.append((target, iter(following[target])))
    return sorted({(b, a) if (a, b) in turned else (a, b) for a, b in edges})


def _layers(count: int, edges: Sequence[Pair]) -> list[int]:
    """For each node, the length of the longest way to it."""
    following: dict[int, list[int]] = defaultdict(list)
    waiting = [0] * count
    for source, target in edges:
        following[source].append(target)
        waiting[target] += 1
    ready = [node for node in range(count) if not waiting[node]]
    layer = [0] * count
    for node in ready:
        for target in following[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return layer


def _chains(edges: Sequence[Pair], layer: Sequence[int]) -> tuple[dict[Pair, list[int]], list[int]]:
    """Each edge as a chain of nodes one layer apart; nodes are added where there are none."""
    layer_of = list(layer)
    chains: dict[Pair, list[int]] = {}
    for source, target in edges:
        chain = [source]
        for between in range(layer[source] + 1, layer[target]):
            chain.append(len(layer_of))
            layer_of.append(between)
        chains[source, target] = [*chain, target]
    return chains, layer_of


def _ordered(layer_of: Sequence[int], chains: dict[Pair, list[int]]) -> list[float]:
    """How far to the right each node is."""
    above: dict[int, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    layers: list[list[int]] = [[] for _ in range(max(layer_of, default=0) + 1)]
    for node, layer in enumerate(layer_of):
        layers[layer].append(node)
    x = [0.0] * len(layer_of)
    _spread(layers, x)
    for sweep in range(SWEEPS):
        neighbours, rows = (above, layers) if sweep % 2 == 0 else (below, layers[::-1])
        for row in rows:
            wanted = {node: _mean(x, neighbours[node], x[node]) for node in row}
            row.sort(key=lambda node: wanted[node])
            _place(row, wanted, x)
    left = min(x, default=0.0)
    return [position - left for position in x]


def _spread(layers: Sequence[Sequence[int]], x: list[float]) -> None:
    for row in layers:
        for position, node in enumerate(row):
            x[node] = position - len(row) / 2


def _mean(x: Sequence[float], neighbours: Sequence[int], otherwise: float) -> float:
    return sum(x[node] for node in neighbours) / len(neighbours) if neighbours else otherwise


def _place(row: Sequence[int], wanted: dict[int, float], x: list[float]) -> None:
    """Puts a row near where it wants to be, one unit apart, as far to the right as to the left of it."""
    position = float("-inf")
    for node in row:
        position = max(wanted[node], position + 1)
        x[node] = position
    shift = sum(x[node] - wanted[node] for node in row) / len(row) if row else 0.0
    for node in row:
        x[node] -= shift
