"""The order in which blocks of stories are expanded, and what becomes of circles among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from turnwise.project.story_steps import GENERATED, STORY_START, Checkpoint, StoryStep

_CYCLE = GENERATED + "CYCL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedSteps:
    """Blocks so ordered that each comes after those which lead to it, circles having been cut open."""

    steps: tuple[StoryStep, ...]
    returns: Mapping[str, str]
    """Where a circle was cut: the checkpoint before the cut, and the one to go on from in the next round."""


def ordered(steps: Sequence[StoryStep]) -> OrderedSteps:
    """Cuts circles and sorts topologically; otherwise blocks stay in the order of their files."""
    _, back_edges = _sorted(steps)
    cut, returns = _without_circles(steps, back_edges)
    order, _ = _sorted(cut)
    return OrderedSteps(steps=tuple(cut[index] for index in order), returns=returns)


def _sorted(steps: Sequence[StoryStep]) -> tuple[list[int], list[tuple[int, int]]]:
    """Indices in topological order, and the edges that close circles: they lead to a block under way."""
    followers = _followers(steps)
    state: dict[int, str] = {}
    order: list[int] = []
    back_edges: list[tuple[int, int]] = []
    for root in reversed(range(len(steps))):
        if root in state:
            continue
        state[root] = "under way"
        stack = [(root, iter(followers[root]))]
        while stack:
            node, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                state[node] = "done"
                order.append(node)
            elif state.get(child) == "under way":
                back_edges.append((node, child))
            elif child not in state:
                state[child] = "under way"
                stack.append((child, iter(followers[child])))
    return order[::-1], sorted(back_edges)


def _followers(steps: Sequence[StoryStep]) -> list[list[int]]:
    starting: dict[str, list[int]] = {}
    for index, step in enumerate(steps):
        for checkpoint in step.start:
            starting.setdefault(checkpoint.name, []).append(index)
    return [
        sorted({index for checkpoint in step.end for index in starting.get(checkpoint.name, ())})
        for step in steps
    ]


def _without_circles(
    steps: Sequence[StoryStep], back_edges: Sequence[tuple[int, int]]
) -> tuple[list[StoryStep], dict[str, str]]:
    """Each edge that closes a circle gets checkpoints of its own: one before the cut and one behind it.

    Blocks that start at the same checkpoint without closing the circle are reached through a third.
    """
    cut = list(steps)
    returns: dict[str, str] = {}
    shared_by_cuts: set[str] = set()
    for number, (source, target) in enumerate(back_edges):
        before, behind, beside = (f"{_CYCLE}{kind}_{number}" for kind in ("SINK", "SRC", "CONN"))
        returns[before] = behind
        shared = {c.name for c in cut[source].end} & {c.name for c in cut[target].start}
        shared_by_cuts |= shared
        needs_beside = False
        for index, step in enumerate(cut):
            name = behind if index == target else beside
            added = tuple(
                Checkpoint(name=name, conditions=c.conditions) for c in step.start if c.name in shared
            )
            if added:
                needs_beside = needs_beside or name == beside
                cut[index] = replace(step, start=(*step.start, *_unique(added)))
        kept = tuple(c for c in cut[source].end if c.name not in shared)
        extra = (before, beside) if needs_beside else (before,)
        cut[source] = replace(cut[source], end=(*kept, *(Checkpoint(name=name) for name in extra)))
    return _without_loose_ends(cut, returns, shared_by_cuts), returns


def _unique(checkpoints: tuple[Checkpoint, ...]) -> list[Checkpoint]:
    found: list[Checkpoint] = []
    for checkpoint in checkpoints:
        if checkpoint not in found:
            found.append(checkpoint)
    return found


def _without_loose_ends(
    steps: Sequence[StoryStep], returns: Mapping[str, str], shared_by_cuts: set[str]
) -> list[StoryStep]:
    """Removes start checkpoints that a cut made unreachable, generated ends, and blocks left with neither."""
    starts = {STORY_START} | {c.name for step in steps for c in step.start}
    ends = {STORY_START} | {returns.get(c.name, c.name) for step in steps for c in step.end}
    loose = starts ^ ends
    kept = []
    for step in steps:
        start = tuple(c for c in step.start if c.name not in loose & shared_by_cuts)
        end = tuple(c for c in step.end if c.name not in loose or not c.is_generated)
        if start and (end or not step.end):
            kept.append(replace(step, start=start, end=end))
    return kept
