"""Figures as people read them: medians, percentiles, tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

Cell = str | float | None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (in [0, 1]) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def times(left: float, right: float | None) -> str:
    """How many times `right` is `left`; empty where there is no `right`."""
    return f"{right / left:.1f} x" if right else ""


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table in Markdown: the first column to the left, all others to the right."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *texts]) for i in range(len(header))]
    lines = [_line(header, widths), _line(["-" * width for width in widths], widths)]
    lines[1] = (
        "|" + "|".join("-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)) + "|"
    )
    return "\n".join(lines + [_line(row, widths) for row in texts])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return "| " + " | ".join([first, *others]) + " |"


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


__all__ = ["Cell", "median", "percentile", "table", "times"]
