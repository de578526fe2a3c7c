"""A graph of stories as one HTML file that needs nothing else: no server, no scripts from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from turnwise.evaluation.graph_layout import Layout, laid_out
from turnwise.evaluation.story_graph import ConversationGraph, Edge, Node

NODE_WIDTH, NODE_HEIGHT = 170, 34
LAYER, ROW = 340, 56
"""Distance between nodes one after the other, and beside each other, in pixels."""
MARGIN = 40
SHOWN_STORIES = 12
"""How many names of stories a node tells at most."""

Examples = Mapping[str, Sequence[str]]
"""What users say, by intent."""


def graph_page(graph: ConversationGraph, *, title: str, examples: Examples | None = None) -> str:
    """The page.

    Args:
        examples: Sentences that are shown with the intents.
    """
    layout = laid_out(len(graph.nodes), ((edge.source, edge.target) for edge in graph.edges))
    lines = "\n".join(_edges(graph, layout, examples or {}))
    boxes = "\n".join(_box(number, node, layout) for number, node in enumerate(graph.nodes))
    width = (layout.depth - 1) * LAYER + NODE_WIDTH + 2 * MARGIN
    height = layout.breadth * ROW + 2 * MARGIN
    stories = len({name for node in graph.nodes for name in node.stories})
    said = sum(bool(edge.label) for edge in graph.edges)
    summary = f"{stories} stories and rules, {max(0, len(graph.nodes) - 1)} situations, {said} user turns"
    return _PAGE.format(
        title=escape(title),
        summary=escape(summary),
        style=_STYLE,
        script=_SCRIPT,
        width=round(width),
        height=round(height),
        edges=lines,
        nodes=boxes,
    )


def _centre(place: tuple[float, int]) -> tuple[float, float]:
    return MARGIN + place[1] * LAYER + NODE_WIDTH / 2, MARGIN + place[0] * ROW + NODE_HEIGHT / 2


def _box(number: int, node: Node, layout: Layout) -> str:
    x, y = _centre(layout.nodes[number])
    stories = "\n".join(node.stories[:SHOWN_STORIES])
    more = len(node.stories) - SHOWN_STORIES
    tip = f"{node.label}\n\n{stories}" + (f"\nand {more} more" if more > 0 else "")
    half = NODE_WIDTH / 2
    shown = _shortened(node.label, 24)
    mark = f'<circle cx="{x + half:.1f}" cy="{y:.1f}" r="5"/>' if node.ends else ""
    if node.ends:
        tip += f"\n\n{node.ends} end here"
    return (
        f'<g class="node {node.kind}" data-node="{number}" data-label="{escape(node.label.lower())}" '
        f'tabindex="0"><title>{escape(tip)}</title>'
        f'<rect x="{x - half:.1f}" y="{y - NODE_HEIGHT / 2:.1f}" width="{NODE_WIDTH}" '
        f'height="{NODE_HEIGHT}" rx="9"/><text x="{x:.1f}" y="{y + 4:.1f}">{escape(shown)}</text>{mark}</g>'
    )


def _edges(graph: ConversationGraph, layout: Layout, examples: Examples) -> list[str]:
    """One line for each pair of nodes, with all that is said between them."""
    together: dict[tuple[int, int], list[Edge]] = {}
    for edge in graph.edges:
        together.setdefault((edge.source, edge.target), []).append(edge)
    return [_line(pair, edges, layout, examples) for pair, edges in together.items()]


def _line(pair: tuple[int, int], edges: Sequence[Edge], layout: Layout, examples: Examples) -> str:
    route = [_centre(place) for place in layout.routes.get(pair, ())]
    path, (x, y) = _curve(route) if route else _loop(_centre(layout.nodes[pair[0]]))
    count = sum(edge.count for edge in edges)
    labels = [edge.label for edge in edges if edge.label]
    tip = "\n".join(_told(edge, examples) for edge in edges)
    words = "".join(
        f'<tspan x="{x:.1f}" dy="{0 if number == 0 else 13}">{escape(_shortened(label, 30))}</tspan>'
        for number, label in enumerate(labels[:4])
    )
    if len(labels) > 4:
        words += f'<tspan x="{x:.1f}" dy="13">and {len(labels) - 4} more</tspan>'
    top = y - 13 * (min(len(labels), 5) - 1)
    text = f'<text x="{x:.1f}" y="{top:.1f}">{words}</text>' if words else ""
    back = " back" if route and route[-1][0] <= route[0][0] else ""
    return (
        f'<g class="edge{back}" data-from="{pair[0]}" data-to="{pair[1]}"><title>{escape(tip)}</title>'
        f'<path d="{path}" stroke-width="{min(1.2 + 0.35 * (count - 1), 4):.2f}" marker-end="url(#tip)"/>'
        f"{text}</g>"
    )


def _told(edge: Edge, examples: Examples) -> str:
    times = f"{edge.count} stor{'y' if edge.count == 1 else 'ies'}"
    said = "; ".join(f"“{example}”" for example in examples.get(edge.intent, ())[:3])
    return f"{edge.label or '(at once)'} - {times}" + (f"\n{said}" if said else "")


def _curve(route: Sequence[tuple[float, float]]) -> tuple[str, tuple[float, float]]:
    """A smooth line through all points, from box to box, and where its words stand."""
    points = list(route)
    side = 1 if points[-1][0] > points[0][0] else -1
    points[0] = (points[0][0] + side * NODE_WIDTH / 2, points[0][1])
    points[-1] = (points[-1][0] - side * (NODE_WIDTH / 2 + 5), points[-1][1])
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = (x2 - x1) * 0.5
        path.append(f"C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
    # Lines that start together are apart, and level, near their first stop: there the words stand.
    x, y = points[1]
    return "".join(path), (x - side * (12 if len(points) == 2 else NODE_WIDTH / 2), y - 4)


def _loop(centre: tuple[float, float]) -> tuple[str, tuple[float, float]]:
    """A line from a node to itself."""
    x, y = centre[0] + NODE_WIDTH / 2, centre[1]
    path = f"M{x:.1f} {y - 8:.1f}C{x + 34:.1f} {y - 26:.1f} {x + 34:.1f} {y + 26:.1f} {x + 5:.1f} {y + 8:.1f}"
    return path, (x + 30, y - 14)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


_STYLE = """
:root { --paper: #fbfaf7; --ink: #22252b; --soft: #6d7480; --line: #aab2bd; --halo: #fbfaf7;
  --say: #dcebff; --say-edge: #5b8ed6; --form: #e6dcff; --form-edge: #8a6bd1; --action: #ffe9cf;
  --action-edge: #d18f3c; --end: #e4e7ea; --mark: #c2410c; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #16181d; --ink: #e8eaee; --soft: #98a0ac; --line: #565e69; --halo: #16181d;
  --say: #1d3350; --say-edge: #5b8ed6; --form: #31264f; --form-edge: #9c80e0;
  --action: #463213; --action-edge: #d19a52; --end: #2b2f36; --mark: #fb923c; } }
* { box-sizing: border-box; }
html, body { margin: 0; height: 100%; background: var(--paper); color: var(--ink);
  font: 14px/1.4 system-ui, sans-serif; }
body { display: flex; flex-direction: column; }
header { display: flex; gap: 18px; align-items: baseline; padding: 10px 16px; flex-wrap: wrap;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 16px; margin: 0; } header p { margin: 0; color: var(--soft); }
header input { margin-left: auto; padding: 4px 8px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 6px; }
svg { flex: 1; width: 100%; min-height: 0; cursor: grab; touch-action: none; }
svg:active { cursor: grabbing; }
.node rect { fill: var(--action); stroke: var(--action-edge); stroke-width: 1.2; }
.node.say rect, .node.text rect { fill: var(--say); stroke: var(--say-edge); }
.node.form rect { fill: var(--form); stroke: var(--form-edge); stroke-width: 2; }
.node circle { fill: var(--soft); stroke: var(--paper); stroke-width: 1.5; }
.node.start rect { fill: var(--end); stroke: var(--soft); }
.node text { font-size: 12px; fill: var(--ink); text-anchor: middle; } .node { cursor: pointer; }
.edge path { fill: none; stroke: var(--line); } .edge.back path { stroke-dasharray: 5 4; }
.edge.back text { text-anchor: start; }
.edge text { font-size: 11px; fill: var(--soft); text-anchor: end; paint-order: stroke;
  stroke: var(--halo); stroke-width: 4px; stroke-linejoin: round; }
.far { opacity: .14; } .node.chosen rect { stroke: var(--mark); stroke-width: 3; }
"""

_SCRIPT = """
const svg = document.querySelector('svg'), nodes = [...document.querySelectorAll('.node')];
const edges = [...document.querySelectorAll('.edge')];
let view = svg.getAttribute('viewBox').split(' ').map(Number), held = null;
const whole = Math.max(view[2] / svg.clientWidth, view[3] / svg.clientHeight);
if (whole > 1.7) {
  const start = document.querySelector('.start rect');
  view = [0, +start.getAttribute('y') - svg.clientHeight * .6, svg.clientWidth * 1.2, svg.clientHeight * 1.2];
}
const show = () => svg.setAttribute('viewBox', view.join(' '));
const scale = () => Math.max(view[2] / svg.clientWidth, view[3] / svg.clientHeight);
svg.addEventListener('wheel', event => {
  event.preventDefault();
  const factor = Math.exp(event.deltaY * .0012), box = svg.getBoundingClientRect(), s = scale();
  const x = view[0] + view[2] / 2 + (event.clientX - box.left - box.width / 2) * s;
  const y = view[1] + view[3] / 2 + (event.clientY - box.top - box.height / 2) * s;
  view = [x - (x - view[0]) * factor, y - (y - view[1]) * factor, view[2] * factor, view[3] * factor];
  show();
}, { passive: false });
svg.addEventListener('pointerdown', event => { held = [event.clientX, event.clientY]; });
addEventListener('pointerup', () => { held = null; });
addEventListener('pointermove', event => {
  if (!held) return;
  const s = scale();
  view[0] -= (event.clientX - held[0]) * s; view[1] -= (event.clientY - held[1]) * s;
  held = [event.clientX, event.clientY]; show();
});
const reach = (from, a, b) => {
  const seen = new Set([from]), queue = [from];
  while (queue.length) {
    const here = queue.pop();
    for (const edge of edges) if (edge.dataset[a] === here && !seen.has(edge.dataset[b])) {
      seen.add(edge.dataset[b]); queue.push(edge.dataset[b]);
    }
  }
  return seen;
};
const light = keep => {
  nodes.forEach(node => node.classList.toggle('far', keep !== null && !keep.has(node.dataset.node)));
  edges.forEach(edge => edge.classList.toggle('far',
    keep !== null && !(keep.has(edge.dataset.from) && keep.has(edge.dataset.to))));
};
const choose = node => {
  const again = node && node.classList.contains('chosen');
  nodes.forEach(other => other.classList.remove('chosen'));
  if (!node || again) return light(null);
  node.classList.add('chosen');
  light(new Set([...reach(node.dataset.node, 'from', 'to'), ...reach(node.dataset.node, 'to', 'from')]));
};
nodes.forEach(node => {
  node.addEventListener('click', () => choose(node));
  node.addEventListener('keydown', event => { if (event.key === 'Enter') choose(node); });
});
addEventListener('keydown', event => { if (event.key === 'Escape') choose(null); });
show();
document.querySelector('input').addEventListener('input', event => {
  const words = event.target.value.trim().toLowerCase();
  light(words ? new Set(nodes.filter(node => node.dataset.label.includes(words))
    .map(node => node.dataset.node)) : null);
});
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1>
<p>{summary}. Drag to move, scroll to zoom, click a node to see its ways; where a story ends is a dot.</p>
<input type="search" placeholder="Find an action" aria-label="Find an action"></header>
<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMin meet" role="img" aria-label="{title}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"
 markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="#8a93a0"/></marker></defs>
<g>
{edges}
</g>
<g>
{nodes}
</g>
</svg>
<script>{script}</script>
</body>
</html>
"""
