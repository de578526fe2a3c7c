"""How the memory of one server process grows with turns and with conversations, and its database with turns.

    python -m bench.growth
    python -m bench.growth --stores SQLite --turns 100000 --conversations 100000

First a few hundred conversations go on and on, then, in a fresh server, each turn begins another one. The
server runs the starter bot on the REST channel; the load comes from this process.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp

from bench.bots import STARTER, put_down
from bench.engines import Served, ours
from bench.http_load import STORES, postgres, tracker_store_section
from bench.reporting import Cell, table

AT_ONCE = 10
"""Turns under way at a time."""
RUNNING = 300
"""Conversations that go on and on."""
MARKS = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Parts of the work after which memory is looked at."""


def main() -> None:
    """Measures, and prints a table."""
    args = _flags()
    kinds: list[tuple[str, int, Callable[[int], str]]] = [
        (f"{args.turns:,} turns of {RUNNING} conversations", args.turns, lambda turn: f"u{turn % RUNNING}"),
        (f"{args.conversations:,} conversations of a turn", args.conversations, lambda turn: f"new{turn}"),
    ]
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        project = put_down(STARTER, Path(folder))
        ours().run("train", cwd=project)
        rows = [
            [f"{store}: {name}", *_figures(project, store, server, count, sender)]
            for store in args.stores
            for name, count, sender in kinds
            if count
        ]
    head = [f"MB after {mark:.0%}" for mark in MARKS]
    print(table(["", "MB at the start", *head, "database, bytes per turn"], rows))


def _flags() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES), help="(default all)")
    made.add_argument("--turns", type=int, default=100_000, help="(default 100000; 0: none)")
    made.add_argument("--conversations", type=int, default=100_000, help="(default 100000; 0: none)")
    return made.parse_args()


def _figures(
    project: Path, store: str, postgres_url: str, count: int, sender: Callable[[int], str]
) -> list[Cell]:
    endpoints = project / "endpoints.yml"
    endpoints.write_text(tracker_store_section(store, project, postgres_url), encoding="utf-8")
    before = _database_bytes(store, project, postgres_url)
    with ours().serving(project, "--endpoints", str(endpoints)) as served:
        held = asyncio.run(_held(served, count, sender))
    grown = _database_bytes(store, project, postgres_url) - before
    return [*held, grown / count if store != "memory" else None]


async def _held(served: Served, count: int, sender: Callable[[int], str]) -> list[Cell]:
    """Resident megabytes at the start, and at each mark."""
    held: list[Cell] = [served.resident_mb()]
    marks = [mark * count for mark in MARKS]
    async for done in _talk(served.url, count, sender):
        if marks and done >= marks[0]:
            marks.pop(0)
            held.append(served.resident_mb())
    return held


async def _talk(url: str, count: int, sender: Callable[[int], str]) -> AsyncIterator[int]:
    """Takes so many turns; yields their number after each handful."""
    async with aiohttp.ClientSession(base_url=url) as client:

        async def turn(number: int) -> None:
            # A conversation says one thing after the other, however many others there are.
            text = STARTER.messages[number // RUNNING % len(STARTER.messages)]
            body = {"sender": sender(number), "message": text}
            async with client.post("/webhooks/rest/webhook", json=body) as response:
                response.raise_for_status()
                await response.read()

        for first in range(0, count, AT_ONCE):
            await asyncio.gather(*map(turn, range(first, min(first + AT_ONCE, count))))
            yield min(first + AT_ONCE, count)


def _database_bytes(store: str, project: Path, postgres_url: str) -> int:
    if store == "SQLite":
        return sum(path.stat().st_size for path in project.glob("conversations.db*"))
    if store == "PostgreSQL":
        import psycopg2

        connection = psycopg2.connect(postgres_url)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            found = cursor.fetchone()
        connection.close()
        return int(found[0]) if found else 0
    return 0


if __name__ == "__main__":
    main()
