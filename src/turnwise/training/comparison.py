"""Models for comparing configurations: each is trained on ever fewer stories, several times."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from turnwise.project.project import Project
from turnwise.project.story_steps import StoryGraph
from turnwise.training.train import Training

PERCENTAGE = "__percentage__"
"""Stands between the name of a configuration and the share of stories left out."""
STORY_COUNTS = "num_stories.json"
"""Lists how many stories the models of a folder learnt from, by share."""


def train_for_comparison(
    projects: Sequence[Project],
    out: Path,
    *,
    runs: int,
    percentages: Sequence[int],
    augmentation: int = 50,
    progress: Callable[[str, float], None] | None = None,
) -> list[Path]:
    """Trains the dialogue part of each project in `out/run_<n>/`, and writes how many stories were left.

    Args:
        projects: The same stories under different configurations.
        percentages: Shares of stories that are left out, from 0 to 100.

    Returns:
        The archives.
    """
    archives: list[Path] = []
    total = runs * len(percentages) * len(projects)
    for run in range(1, runs + 1):
        for share in percentages:
            for project in projects:
                kept = _without(project.stories, share, seed=run)
                name = f"{Path(project.config_path or 'config').stem}{PERCENTAGE}{share}"
                if progress:
                    progress(name, len(archives) / total)
                training = Training(project=project, nlu=False, augmentation=augmentation, stories=kept)
                archives.append(training.run(out / f"run_{run}", name=name).model)
    numbers = [len(_stories(_without(projects[0].stories, share, seed=1))) for share in percentages]
    (out / STORY_COUNTS).write_text(json.dumps(numbers), encoding="utf-8")
    return archives


def _without(graph: StoryGraph, share: int, *, seed: int) -> StoryGraph:
    """`graph` without `share` per cent of its stories, the same ones for the same seed; rules all stay."""
    names = _stories(graph)
    chosen = random.Random(seed).sample(names, round(len(names) * share / 100))
    left_out = set(chosen)
    steps = tuple(step for step in graph.steps if step.is_rule or step.name not in left_out)
    return StoryGraph(steps=steps, notices=graph.notices)


def _stories(graph: StoryGraph) -> list[str]:
    return sorted({step.name for step in graph.steps if not step.is_rule})
