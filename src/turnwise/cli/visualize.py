"""`rasa visualize`: all stories and rules as one picture, in an HTML file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import print_success
from turnwise.cli.paths import existing_path, optional_path

if TYPE_CHECKING:
    from turnwise.project.project import Project


def run(args: argparse.Namespace) -> int:
    """Draws the graph into the file `--out`.

    Raises:
        UsageError: there are no stories.
        ProjectError: they have mistakes.
    """
    from turnwise.project.project import Project

    domain = optional_path(args.domain, flag="--domain") or "domain.yml"
    stories = existing_path(args.stories, flag="--stories", default="data")
    nlu = optional_path(args.nlu, flag="--nlu", default="data")
    data = [stories] if nlu is None or nlu == stories else [stories, nlu]
    project = Project(domain=domain, data=data, config=None)
    project.stop_on_mistakes()
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(story_page(project, max_history=args.max_history), encoding="utf-8")
    print_success(f"The graph of the stories is in '{out}'; open it in a browser.")
    return 0


def story_page(project: Project, *, max_history: int) -> str:
    """The page that shows a project's stories and rules."""
    from turnwise.evaluation.graph_page import graph_page
    from turnwise.evaluation.story_graph import conversation_graph
    from turnwise.training.stories import training_trackers

    expanded = training_trackers(project.stories, project.domain, augmentation=0)
    graph = conversation_graph(expanded.trackers, project.domain, max_history=max_history)
    return graph_page(graph, title="Stories and rules", examples=_examples(project))


def _examples(project: Project) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for example in project.nlu.examples:
        if example.intent:
            found.setdefault(example.intent, []).append(example.text)
    return dict(found)
