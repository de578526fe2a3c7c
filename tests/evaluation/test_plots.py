"""Pictures: that they are drawn, and show what they should."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from turnwise.evaluation.metrics import confusion
from turnwise.evaluation.plots import MISSING, Plots, open_plots

PNG = b"\x89PNG\r\n\x1a\n"


def test_confusion_matrix(tmp_path: Path) -> None:
    """Another matrix is another picture; the same one is the same, byte by byte."""
    drawn = []
    for predictions in (["a", "b", "b"], ["a", "b", "b"], ["a", "a", "a"]):
        path = tmp_path / "matrix.png"
        Plots().confusion(confusion(["a", "b", "a"], predictions), "Intents", path)
        drawn.append(path.read_bytes())
    assert drawn[0].startswith(PNG)
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(("right", "wrong"), [([0.9, 1.0], [0.3]), ([1.0], []), ([], [0.2])])
def test_histogram(tmp_path: Path, right: list[float], wrong: list[float]) -> None:
    path = tmp_path / "deep" / "histogram.png"
    Plots().histogram(right, wrong, "Confidence", path)
    assert path.read_bytes().startswith(PNG)


def test_nothing_to_draw(tmp_path: Path) -> None:
    """Then there is no file."""
    Plots().histogram([], [], "Confidence", tmp_path / "histogram.png")
    Plots().confusion(confusion([], []), "Intents", tmp_path / "matrix.png")
    assert list(tmp_path.iterdir()) == []


def test_curves(tmp_path: Path) -> None:
    path = tmp_path / "graph.pdf"
    Plots().curves({"a": [[1.0, 0.5], [0.9, 0.6]]}, [20, 10], x_label="x", y_label="y", path=path)
    assert path.read_bytes().startswith(b"%PDF")


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to draw with, and it is said how to mend that."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert open_plots() is None
    assert "pip install 'turnwise[plots]'" in MISSING
