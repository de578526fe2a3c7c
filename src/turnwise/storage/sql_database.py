"""A SQL database as the stores use it: its address, the settings of its driver, threads that wait for it."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.pool import StaticPool

from turnwise.errors import StorageError

log = logging.getLogger(__name__)
Result = TypeVar("Result")
Work = Callable[[sa.Connection], Result]
"""What is done in one transaction; done again from the start when the connection is lost."""

RETRIES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds to wait before each further try when the connection was lost."""
DRIVERS = {"postgresql": "postgresql+psycopg2", "mysql": "mysql+pymysql"}
READING = "turnwise_reading"
"""Execution option of transactions that change nothing."""
SQLITE_PATIENCE = 10_000
"""Milliseconds to wait for another process that writes to the same SQLite file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSettings:
    """What `endpoints.yml` says of a database, under Rasa's names."""

    dialect: str = "sqlite"
    """SQLAlchemy's name of the database and, after a `+`, of its driver."""
    host: str | None = None
    """Host, `host:port`, or a whole SQLAlchemy URL, which then rules alone."""
    port: int | None = None
    db: str | None = "rasa.db"
    """The database's name; with SQLite its file."""
    username: str | None = None
    password: str | None = None
    login_db: str | None = None
    """PostgreSQL: connect there first and create `db` if it is missing."""
    query: dict[str, Any] = field(default_factory=dict)
    """Options of the driver, as in the query of a URL."""

    def url(self) -> sa.URL:
        """Where to connect.

        Raises:
            StorageError: `host` is a URL that SQLAlchemy cannot read.
        """
        if self.host and "://" in self.host:
            return _with_driver(_parsed(self.host))
        host, _, port = (self.host or "").partition(":")
        url = sa.URL.create(
            self.dialect,
            username=self.username,
            password=self.password,
            host=host or None,
            port=int(port) if port.isdigit() else self.port,
            database=self.db,
            query=self.query,
        )
        return _with_driver(url)


def _with_driver(url: sa.URL) -> sa.URL:
    """`url` with the driver that Rasa's projects install, where it leaves the choice to SQLAlchemy."""
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StorageError(f"tracker_store > url: {error}") from error


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

    async def write(self, work: Work[Result]) -> Result:
        """Does `work` in one transaction, again if the connection is lost before it ends.

        Raises:
            StorageError: the database cannot be reached, or refuses.
        """
        return await self._in_thread(self.engine, work)

    async def read(self, work: Work[Result]) -> Result:
        """As `write`, for work that changes nothing and need not wait for those who write."""
        return await self._in_thread(self._reading, work)

    async def _in_thread(self, engine: sa.Engine, work: Work[Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _patiently, engine, work)

    async def close(self) -> None:
        """Waits for work in progress, then closes every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


def _patiently(engine: sa.Engine, work: Work[Result]) -> Result:
    for pause in RETRIES:
        try:
            return _once(engine, work)
        except sa.exc.DBAPIError as error:
            if not _is_transient(error):
                raise StorageError(f"the database refuses: {error.orig}") from error
            log.warning("sql.connection_lost retry_in=%s error=%s", pause, error.orig)
        time.sleep(pause)
    try:
        return _once(engine, work)
    except sa.exc.SQLAlchemyError as error:
        raise StorageError(f"the database cannot be reached: {error}") from error


def _once(engine: sa.Engine, work: Work[Result]) -> Result:
    with engine.begin() as connection:
        return work(connection)


def _is_transient(error: sa.exc.DBAPIError) -> bool:
    """Whether trying again may help: the connection is gone, the server is starting, the file is in use."""
    if isinstance(error.orig, sqlite3.Error):
        return "locked" in str(error.orig)
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)


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
        }
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
        cursor.execute("PRAGMA journal_mode=WAL")
        # With a write-ahead log, NORMAL loses nothing when the process is killed; only a power cut
        # can take the last transactions, and the file stays whole even then.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @sa_event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        # A writer takes its lock before it reads: what was checked still holds when it is written.
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def enter_alone(connection: sa.Connection, name: str, *, rows: sa.Select[Any] | None = None) -> None:
    """Until the transaction ends, whoever else enters `name` waits.

    Args:
        rows: What stands for `name` in a database that can only lock rows, and the gap behind them.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(_ADVISORY_LOCK, {"name": name})
    elif dialect != "sqlite" and rows is not None:  # SQLite's writers exclude each other as they are
        connection.execute(rows.with_for_update())


_ADVISORY_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


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
