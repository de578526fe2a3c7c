"""A SQL database as the stores use it: the settings of its driver, and threads that wait for it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.pool import StaticPool

from turnwise.errors import StorageError
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.sql_transactions import READING, Job, Result, Work, do_together, patiently

JOBS = 64
"""Pieces of work that SQLite gets in one transaction at most."""
SQLITE_PATIENCE = 10_000
"""Milliseconds to wait for another process that writes to the same SQLite file."""


class SqlDatabase:
    """An engine, and the threads in which its blocking driver works."""

    def __init__(self, settings: SqlSettings) -> None:
        """Sets the engine up; nothing is connected yet.

        Raises:
            StorageError: there is no such dialect, or its driver is not installed.
        """
        url = settings.url()
        self.settings = settings
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _engine(url)
        self._reading = self.engine.execution_options(**{READING: True})
        # SQLite has one writer anyway; a single thread spares its lock the contention.
        threads = 1 if self.is_sqlite else int(os.environ.get("SQL_WORKER_THREADS", "16"))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sql")
        self._waiting: deque[Job] = deque()
        self._is_draining = False
        self._draining: asyncio.Task[None] | None = None
        """Held here: a task that nobody holds may be collected before it ends."""

    async def write(self, work: Work[Result]) -> Result:
        """Does `work` in one transaction, again if the connection is lost before it ends.

        Raises:
            StorageError: the database cannot be reached, or refuses.
        """
        return await self._done(self.engine, work)

    async def read(self, work: Work[Result]) -> Result:
        """As `write`, for work that changes nothing and need not wait for those who write."""
        return await self._done(self._reading, work)

    async def _done(self, engine: sa.Engine, work: Work[Result]) -> Result:
        loop = asyncio.get_running_loop()
        if not self.is_sqlite:
            return await loop.run_in_executor(self._threads, patiently, engine, work)
        job = Job(engine, work, loop.create_future())
        self._waiting.append(job)
        if not self._is_draining:
            self._is_draining = True
            self._draining = loop.create_task(self._drain())
        result: Result = await job.outcome
        return result

    async def _drain(self) -> None:
        """SQLite: whatever came while one transaction ran is done in the next one, all together."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), JOBS))]
            try:
                await loop.run_in_executor(self._threads, do_together, jobs)
            except RuntimeError as error:  # the threads have been shut down
                for job in jobs:
                    job.error = StorageError(f"the database is closed: {error}")
            for job in jobs:
                job.settle()
        self._is_draining = False

    async def close(self) -> None:
        """Waits for work in progress, then closes every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {}
    backend = url.get_backend_name()
    if backend == "sqlite":
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    elif backend == "postgresql":
        options = {
            "pool_size": int(os.environ.get("SQL_POOL_SIZE", "50")),
            "max_overflow": int(os.environ.get("SQL_MAX_OVERFLOW", "100")),
            "connect_args": _schema_option(),
            "paramstyle": "format",
        }
    elif backend in ("mysql", "mariadb"):
        # Its usual level locks gaps between rows: who looks for what is not there keeps others from adding.
        options = {"isolation_level": "READ COMMITTED"}
    try:
        engine = sa.create_engine(url, **options)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError(f"tracker_store > dialect '{url.drivername}': {error}") from error
    if backend == "sqlite":
        _set_up_sqlite(engine)
    return engine


def _schema_option() -> dict[str, str]:
    schema = os.environ.get("POSTGRESQL_SCHEMA")
    return {"options": f"-csearch_path={schema}"} if schema else {}


def _set_up_sqlite(engine: sa.Engine) -> None:
    @sa_event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE}")
        _write_ahead(cursor)
        # With a write-ahead log, NORMAL loses nothing when the process is killed; only a power cut
        # can take the last transactions, and the file stays whole even then.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @sa_event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        # A writer takes its lock before it reads: what was checked still holds when it is written.
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # Of several processes that switch a new file at the same moment SQLite refuses all but one at once,
    # whatever the busy timeout.
    give_up = time.monotonic() + SQLITE_PATIENCE / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def create_database(settings: SqlSettings) -> None:
    """Creates the database `settings.db` of a PostgreSQL server, unless it is there."""
    url = settings.url().set(database=settings.login_db)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT 1 FROM pg_catalog.pg_database WHERE datname = :name"), {"name": settings.db}
        ).first()
        if not found:
            name = connection.dialect.identifier_preparer.quote(settings.db or "")
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
