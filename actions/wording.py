"""Values as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date


def money(cents: int) -> str:
    """`8999` as "$89.99"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def weight(grams: int) -> str:
    """`3000` as "3 kg", `500` as "500 g"."""
    return f"{grams / 1000:.10g} kg" if grams >= 1000 else f"{grams} g"


def day(value: date) -> str:
    """A date as "Thursday 3 June 2027"."""
    return f"{value:%A} {value.day} {value:%B %Y}"


def people(count: int) -> str:
    """`2` as "2 travellers"."""
    return "1 traveller" if count == 1 else f"{count} travellers"


def duration(minutes: int) -> str:
    """`230` as "3 h 50 min"."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def wait(minutes: int) -> str:
    """`24` as "24 minutes", `150` as "3 hours"."""
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours"


def listing(names: Sequence[str], last: str = "and") -> str:
    """Names as "Paris, Rome and Oslo"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def lines(items: Iterable[str]) -> str:
    """Items below each other, each behind a dash."""
    return "\n".join(f"- {item}" for item in items)


def numbered(items: Iterable[str]) -> str:
    """Items below each other, counted from one."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))
