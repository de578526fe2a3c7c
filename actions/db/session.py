"""Sessions on Wayfare's database: SQLite beside the project by default, any SQLAlchemy URL otherwise.

`WAYFARE_DATABASE_URL` names another database, for example `postgresql+psycopg2://user:password@host/wayfare`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from actions import clock
from actions.db import seed

PROJECT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """Where Wayfare's records are."""
    return os.environ.get("WAYFARE_DATABASE_URL") or f"sqlite:///{PROJECT / '.wayfare' / 'wayfare.db'}"


class Database:
    """An engine, and the promise that tables and seed data are there before the first session."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._ready_for: date | None = None

    @contextmanager
    def session(self, *, writes: bool) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back if the block raises."""
        self._make_ready()
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={"writes": writes})
            yield session

    def _make_ready(self) -> None:
        """Creates and seeds what is missing, and moves the demo dates once a day."""
        today = clock.today()
        if self._ready_for == today:
            return
        with Session(self.engine) as session, session.begin():
            session.connection(execution_options={"writes": True})
            seed.ensure(session, today)
        self._ready_for = today


@lru_cache(maxsize=4)
def database(url: str) -> Database:
    """The database under `url`; one engine for each URL in a process."""
    return Database(url)


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads."""
    with database(database_url()).session(writes=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A session that may write; on SQLite it waits until it is the only writer."""
    with database(database_url()).session(writes=True) as session:
        yield session


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is switched off: it begins late, and never as a writer.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Any) -> None:
    # A transaction that turns from reader to writer half-way may be refused at once, whatever the timeout;
    # one that begins as a writer queues for its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
