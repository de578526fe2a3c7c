"""Counts how well messages were understood; both engines count alike, so this needs neither of them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

Span = tuple[int, int, str]
"""Start, end and entity."""


def copies(folder: Path) -> Iterator[tuple[str, Path]]:
    """The changed copies of a set's test messages, by what was done to them (`bench.nlu_noise`)."""
    for path in sorted(folder.glob("test-*.yml")):
        yield path.stem.partition("-")[2], path


class Score:
    """What came out of some test messages."""

    def __init__(self, known: Set[str]) -> None:
        """Args:
        known: Intents that were learned.
        """
        self._known = known
        self._right = 0
        self._shared, self._found, self._true = 0, 0, 0
        self._sure: dict[str, list[float]] = {"known": [], "unknown": []}

    def count(
        self,
        *,
        intent: str | None,
        guess: str | None,
        confidence: float,
        spans: Set[Span],
        found: Set[Span],
    ) -> None:
        """Adds one message: its intent and entities, and those that the engine took it for."""
        self._right += guess == intent
        self._sure["known" if intent in self._known else "unknown"].append(confidence)
        self._shared += len(spans & found)
        self._found += len(found)
        self._true += len(spans)

    @property
    def quality(self) -> dict[str, Any]:
        """Intent accuracy and entity F1; the latter is "-" where no entity is annotated."""
        f1 = round(2 * self._shared / (self._found + self._true), 4) if self._true else "-"
        return {"intent accuracy": round(self._right / len(self._sure["known"]), 4), "entity F1": f1}

    @property
    def sure(self) -> dict[str, Any]:
        """Confidences of known and unknown requests, if there are unknown ones."""
        return {"sure": self._sure} if self._sure["unknown"] else {}
