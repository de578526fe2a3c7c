"""The time, in one place, so that tests can hold it still."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """This moment in UTC, without a zone: the way the tables keep moments."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """Today in UTC."""
    return now().date()
