"""Comparing trained models by their right stories."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from turnwise.errors import UsageError
from turnwise.evaluation.model_comparison import compare_folder, compare_models
from turnwise.evaluation.plots import Plots


def test_models(model: Path, project_folder: Path, tmp_path: Path) -> None:
    """By file name, how many stories are right."""
    results = compare_models([model, model], project_folder / "data", tmp_path)
    assert results == {model.name: [2, 2]}
    assert json.loads((tmp_path / "results.json").read_text()) == results


def test_a_folder_of_runs(model: Path, project_folder: Path, tmp_path: Path) -> None:
    """By configuration, run and share of stories left out; with a graph."""
    models = tmp_path / "models"
    for run in ("run_1", "run_2"):
        (models / run).mkdir(parents=True)
        for percentage in (0, 50):
            shutil.copy(model, models / run / f"small__percentage__{percentage}.tar.gz")
    (models / "num_stories.json").write_text("[2, 1]")
    results = compare_folder(models, project_folder / "data", tmp_path / "out", plots=Plots())
    assert results == {"small": [[2, 2], [2, 2]]}
    assert (tmp_path / "out/core_model_comparison_graph.pdf").exists()


def test_a_folder_without_runs(tmp_path: Path) -> None:
    """It is said how such models are trained."""
    with pytest.raises(UsageError, match="train core -c"):
        compare_folder(tmp_path, tmp_path, tmp_path)
