"""Pictures of reports. matplotlib (the extra `plots`) is imported when the first one is drawn."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise.evaluation.metrics import Confusion

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 25
RIGHT, WRONG = "#009292", "#920000"
"""Dark cyan and dark red: told apart by the colour-blind too."""
MOST_WRITTEN_OUT = 60
"""Labels up to which counts are written into the cells of a confusion matrix."""
MISSING = "No pictures are drawn: matplotlib is not installed\n  fix: pip install 'turnwise[plots]'"


def open_plots() -> Plots | None:
    """Something to draw with; None if matplotlib is not installed."""
    # Which fonts it found is of no interest here.
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    return Plots() if importlib.util.find_spec("matplotlib") else None


class Plots:
    """Draws into files; nothing is shown on a screen."""

    def confusion(self, pairs: Confusion, title: str, path: Path) -> None:
        """How often which label (down) was predicted as which (across), on a logarithmic scale of colours."""
        if not pairs.labels:
            return
        import numpy as np
        from matplotlib.colors import LogNorm

        counts = np.array([pairs.row(label) for label in pairs.labels])
        size = min(max(6.0, 2.5 + 0.38 * len(pairs.labels)), 45.0)
        figure = _figure(size * 1.08, size)
        axes = figure.add_subplot()
        shown = np.ma.masked_equal(counts, 0)
        image = axes.imshow(
            shown, cmap="Blues", aspect="auto", norm=LogNorm(vmin=1, vmax=max(int(counts.max()), 2))
        )
        figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02, format="%d", label="How often")
        labels = [label or "(nothing)" for label in pairs.labels]
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=9)
        axes.set_yticks(range(len(labels)), labels, fontsize=9)
        axes.set(xlabel="Predicted", ylabel="Expected")
        axes.set_title(title, fontsize=14, fontweight="bold", pad=12)
        if len(labels) <= MOST_WRITTEN_OUT:
            _write_counts(axes, counts)
        _save(figure, path)

    def histogram(
        self,
        right: Sequence[float],
        wrong: Sequence[float],
        title: str,
        path: Path,
        *,
        counted: str = "Messages",
    ) -> None:
        """How sure the model was where it was right (left) and where it was wrong (right)."""
        if not (*right, *wrong):
            return
        import numpy as np

        lowest = min(*right, *wrong, 0.99)
        edges = np.linspace(lowest, 1.0, BINS + 1)
        figure = _figure(8.0, 8.0)
        left, other = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.02})
        sides = ((left, right, "Right", RIGHT), (other, wrong, "Wrong", WRONG))
        for axes, confidences, name, colour in sides:
            tallies, _ = np.histogram(np.clip(confidences, lowest, 1.0), bins=edges)
            axes.barh(
                edges[:-1], tallies, height=np.diff(edges), align="edge", color=colour, edgecolor="white"
            )
            axes.set(title=f"{name} ({len(confidences)})", xlabel=counted)
            axes.set_ylim(lowest, 1.0)
            axes.set_xlim(0, max(1.0, 1.05 * float(tallies.max())))
        left.invert_xaxis()
        left.set_ylabel("Confidence")
        figure.suptitle(title, fontweight="bold")
        _save(figure, path)

    def curves(
        self,
        results: Mapping[str, Sequence[Sequence[float]]],
        amounts: Sequence[int],
        *,
        x_label: str,
        y_label: str,
        path: Path,
    ) -> None:
        """Mean result of each configuration by amount of training data, with one standard deviation around.

        Args:
            results: By configuration, run and amount.
            amounts: How much there was to learn from, in the order of the results.
        """
        import numpy as np

        figure = _figure(8.0, 5.5)
        axes = figure.add_subplot()
        for number, (name, runs) in enumerate(results.items()):
            values = np.array(runs, dtype=float)
            mean, spread = values.mean(axis=0), values.std(axis=0)
            colour = f"C{number % 10}"
            axes.plot(amounts, mean, label=name, marker=".", color=colour)
            axes.fill_between(amounts, mean - spread, mean + spread, color=colour, alpha=0.2)
        axes.set(xlabel=x_label, ylabel=y_label)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="lower right")
        _save(figure, path)


def _figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, that belongs to no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _write_counts(axes: Any, counts: Any) -> None:
    dark = counts.max() ** 0.6
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                colour = "white" if count > dark else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # No date and no version in the file: the same report gives the same picture.
    metadata = {"Software": None} if path.suffix == ".png" else {"CreationDate": None}
    figure.savefig(path, dpi=110, metadata=metadata)
