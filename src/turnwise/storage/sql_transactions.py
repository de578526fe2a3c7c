"""Work in transactions: done whole or not at all, and again where the connection was lost."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from turnwise.errors import ConversationMoved, StorageError

log = logging.getLogger(__name__)
Result = TypeVar("Result")
Work = Callable[[sa.Connection], Result]
"""What is done in one transaction; done again from the start when the connection is lost."""

RETRIES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds to wait before each further try when the connection was lost."""
READING = "turnwise_reading"
"""Execution option of transactions that change nothing."""


@dataclass(slots=True)
class Job:
    """Work that waits for SQLite's one thread."""

    engine: sa.Engine
    work: Work[Any]
    outcome: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None

    def attempt(self, connection: sa.Connection) -> None:
        """Does the work; what it refuses to do it has not begun, so that other work beside it stands.

        Raises:
            sqlalchemy.exc.DBAPIError: the database refuses; the transaction has to be rolled back.
        """
        try:
            self.result = self.work(connection)
        except (ConversationMoved, StorageError) as refusal:
            self.error = refusal

    def alone(self) -> None:
        """Does the work in a transaction of its own."""
        try:
            self.result, self.error = patiently(self.engine, self.work), None
        except Exception as error:  # goes to whoever waits for the job
            self.error = error

    def settle(self) -> None:
        """Tells whoever waits."""
        if self.outcome.done():
            return  # cancelled meanwhile
        if self.error is not None:
            self.outcome.set_exception(self.error)
        else:
            self.outcome.set_result(self.result)


def do_together(jobs: Sequence[Job]) -> None:
    """Does all jobs in one transaction, or each in its own if one of them breaks it."""
    if len(jobs) > 1:
        writing = next(
            (job.engine for job in jobs if READING not in job.engine.get_execution_options()), None
        )
        try:
            with (writing or jobs[0].engine).begin() as connection:
                for job in jobs:
                    job.attempt(connection)
        except Exception as error:  # each job finds out again by itself
            log.debug("sql.not_together error=%s", error)
        else:
            return
    for job in jobs:
        job.alone()


def patiently(engine: sa.Engine, work: Work[Result]) -> Result:
    """Does `work` in one transaction, again if the connection is lost before it ends.

    Raises:
        StorageError: the database cannot be reached, or refuses.
    """
    for pause in (*RETRIES, None):
        try:
            return _once(engine, work)
        except sa.exc.SQLAlchemyError as error:
            if not _is_transient(error):
                raise StorageError(f"the database refuses: {error}") from error
            if pause is None:
                raise StorageError(f"the database cannot be reached: {error}") from error
            log.warning("sql.connection_lost retry_in=%s error=%s", pause, error)
        time.sleep(pause)
    raise AssertionError("the last try either succeeds or raises")


def _once(engine: sa.Engine, work: Work[Result]) -> Result:
    with engine.begin() as connection:
        try:
            return work(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # From the driver's own cursor, where SQLAlchemy does not look: its pool must not keep a dead one.
            is_lost = engine.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
            if is_lost:
                connection.invalidate(error)
            wrapped = sa.exc.DBAPIError.instance(None, None, error, engine.dialect.loaded_dbapi.Error)
            wrapped.connection_invalidated = is_lost
            raise wrapped from error


def _is_transient(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether trying again may help: the connection is gone, the server is starting, the file is in use."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return "locked" in str(error.orig)
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
