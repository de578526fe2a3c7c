"""What a test shall write, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnwise.evaluation.plots import Plots


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The flags of `rasa test` that say which reports are written."""

    out: Path
    successes: bool = False
    """What was right, too."""
    errors: bool = True
    """What was wrong."""
    warnings: bool = True
    """Stories in which an intent was found unlikely."""
    plots: Plots | None = None
    """Draws pictures; None: none are drawn."""
