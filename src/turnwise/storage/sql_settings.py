"""Where a SQL database is, as `endpoints.yml` says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from turnwise.errors import StorageError

DRIVERS = {"postgresql": "postgresql+psycopg2", "mysql": "mysql+pymysql"}
"""Drivers that Rasa's projects install, where the settings leave the choice to SQLAlchemy."""


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
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StorageError(f"tracker_store > url: {error}") from error
