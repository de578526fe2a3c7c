"""The CSV files of `rasa evaluate markers`: where markers applied, and statistics on it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median

from turnwise.evaluation.markers import Occurrence, SessionMarkers

Conversations = Mapping[str, Sequence[SessionMarkers]]
"""What was found in each session, by conversation."""
Row = tuple[object, ...]

_ALL, _NO_MARKER, _NO_SESSION = "all", "-", "nan"
_TURNS = "(number of preceding user turns)"


def write_occurrences(path: Path, conversations: Conversations) -> None:
    """Every event at which a marker applied."""
    header = ("sender_id", "session_idx", "marker", "event_idx", "num_preceding_user_turns")
    rows = (
        (sender, index, marker, occurrence.event, occurrence.user_turns)
        for sender, sessions in conversations.items()
        for index, session in enumerate(sessions)
        for marker, occurrences in session.items()
        for occurrence in occurrences
    )
    _write(path, header, rows)


def write_overall_statistics(path: Path, conversations: Conversations) -> None:
    """How many sessions a marker applied in, and how many user turns came before, over all sessions."""
    _write(path, _STATISTICS_HEADER, _overall(conversations))


def write_session_statistics(path: Path, conversations: Conversations) -> None:
    """How many user turns came before a marker applied, in each session."""
    rows = (
        (sender, index, marker, f"{statistic}{_TURNS}", _statistics(session.get(marker, ()))[statistic])
        for marker in _markers(conversations)
        for statistic in sorted(_statistics(()))
        for sender, sessions in conversations.items()
        for index, session in enumerate(sessions)
    )
    _write(path, _STATISTICS_HEADER, rows)


_STATISTICS_HEADER = ("sender_id", "session_idx", "marker", "statistic", "value")


def _overall(conversations: Conversations) -> Iterator[Row]:
    sessions = [session for every in conversations.values() for session in every]
    yield _ALL, _NO_SESSION, _NO_MARKER, "total_number_of_sessions", len(sessions)
    suffix = "of_sessions_where_marker_applied_at_least_once"
    for marker in _markers(conversations):
        count = sum(bool(session[marker]) for session in sessions)
        yield _ALL, _NO_SESSION, marker, f"number_{suffix}", count
        yield _ALL, _NO_SESSION, marker, f"percentage_{suffix}", _number(count / len(sessions) * 100)
    for marker in _markers(conversations):
        found = [occurrence for session in sessions for occurrence in session[marker]]
        for statistic, value in _statistics(found).items():
            yield _ALL, _NO_SESSION, marker, f"{statistic}{_TURNS}", value


def _markers(conversations: Conversations) -> list[str]:
    return sorted(
        {marker for sessions in conversations.values() for session in sessions for marker in session}
    )


def _statistics(occurrences: Sequence[Occurrence]) -> dict[str, object]:
    """Figures on the user turns before the occurrences; `nan` where there are none."""
    turns = [occurrence.user_turns for occurrence in occurrences]
    if not turns:
        return {"count": 0, "mean": "nan", "median": "nan", "min": "nan", "max": "nan"}
    return {
        "count": len(turns),
        "mean": _number(fmean(turns)),
        "median": _number(median(turns)),
        "min": min(turns),
        "max": max(turns),
    }


def _number(value: float) -> float:
    return round(float(value), 3)


def _write(path: Path, header: Sequence[str], rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
