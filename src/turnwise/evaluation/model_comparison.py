"""Comparing trained models by how many test stories each gets right."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from turnwise.assistant import Assistant
from turnwise.errors import UsageError
from turnwise.evaluation.json_files import write_json
from turnwise.evaluation.plots import Plots
from turnwise.evaluation.story_scores import conversations_below, evaluate_stories
from turnwise.training.archive import SUFFIX
from turnwise.training.comparison import PERCENTAGE, STORY_COUNTS
from turnwise.training.model import load_assistant

RESULTS = "results.json"

Progress = Callable[[str, float], None]


def compare_models(
    models: Sequence[Path], stories: str | Path, out: Path, *, end_to_end: bool = False
) -> dict[str, list[int]]:
    """Writes, and returns, how many stories each model gets right, by file name.

    Raises:
        ModelError: one of them is no model.
    """
    results: dict[str, list[int]] = {}
    for model in models:
        right = _right_stories(load_assistant(model), stories, end_to_end=end_to_end)
        results.setdefault(model.name, []).append(right)
    write_json(out / RESULTS, results)
    return results


def compare_folder(
    folder: Path,
    stories: str | Path,
    out: Path,
    *,
    end_to_end: bool = False,
    plots: Plots | None = None,
    progress: Progress | None = None,
) -> dict[str, list[list[int]]]:
    """As `compare_models`, for models that `rasa train core` trained to be compared.

    They lie in `folder` as `run_<n>/<configuration>__percentage__<share>.tar.gz`.

    Returns:
        Right stories by configuration, run and share.

    Raises:
        UsageError: there are no such models.
    """
    runs = sorted(path for path in folder.iterdir() if path.is_dir())
    models = [sorted(run.glob(f"*{SUFFIX}")) for run in runs]
    total = sum(map(len, models))
    if not total:
        raise UsageError(
            f"{folder}: no folders with models in it\n  fix: train some with `rasa train core -c A.yml B.yml`"
        )
    results: dict[str, list[list[int]]] = {}
    done = 0
    for archives in models:
        in_run: dict[str, list[int]] = {}
        for archive in archives:
            name = archive.name.split(PERCENTAGE)[0]
            right = _right_stories(load_assistant(archive), stories, end_to_end=end_to_end)
            in_run.setdefault(name, []).append(right)
            done += 1
            if progress:
                progress(f"comparison ({name})", done / total)
        for name, numbers in in_run.items():
            results.setdefault(name, []).append(numbers)
    write_json(out / RESULTS, results)
    if plots:
        plots.curves(
            results,
            _story_counts(folder, results),
            x_label="Stories present during training",
            y_label="Right test stories",
            path=out / "core_model_comparison_graph.pdf",
        )
    return results


def _right_stories(assistant: Assistant, stories: str | Path, *, end_to_end: bool) -> int:
    conversations = conversations_below(stories, assistant.domain, end_to_end=end_to_end)
    # Only right stories are counted, so nothing is gained by reading the users' words.
    return len(evaluate_stories(conversations, assistant).successful)


def _story_counts(folder: Path, results: dict[str, list[list[int]]]) -> list[int]:
    """What is known of how many stories the models learnt from; else their places in the row."""
    file = folder / STORY_COUNTS
    longest = max(len(numbers) for runs in results.values() for numbers in runs)
    counts = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return counts if len(counts) == longest else list(range(longest))
