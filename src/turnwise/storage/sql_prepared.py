"""Statements of the hot path: compiled once, and run on the driver's own cursor.

A turn runs two or three statements. Through SQLAlchemy's execution layer they would cost more time than
in the database itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa


class Prepared:
    """A statement for one dialect."""

    def __init__(self, dialect: sa.Dialect, statement: sa.ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names: Sequence[str] | None = compiled.positiontup if dialect.positional else None

    def rows(self, connection: sa.Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that the statement finds, in the transaction of `connection`."""
        cursor: Any = connection.connection.cursor()
        try:
            given = values if self._names is None else [values[name] for name in self._names]
            cursor.execute(self._text, given)
            found: Sequence[Any] = cursor.fetchall()
            return found
        finally:
            cursor.close()


class PreparedInsert:
    """Adds rows to a table, all with one statement where the dialect's parameters have places."""

    def __init__(self, dialect: sa.Dialect, table: sa.Table, columns: Sequence[str]) -> None:
        compiled: Any = sa.insert(table).inline().compile(dialect=dialect, column_keys=list(columns))
        self._text = str(compiled)
        self._names: Sequence[str] | None = compiled.positiontup if dialect.positional else None
        self._head, _, self._group = self._text.partition(" VALUES ")

    def add(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds `rows`, in the transaction of `connection`."""
        cursor: Any = connection.connection.cursor()
        try:
            if self._names is None:
                cursor.executemany(self._text, rows)
                return
            text = f"{self._head} VALUES {', '.join([self._group] * len(rows))}"
            cursor.execute(text, [row[name] for row in rows for name in self._names])
        finally:
            cursor.close()
