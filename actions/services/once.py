"""An action may be retried; its effect may not be doubled."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions.db.models import OncePerRequest

Row = TypeVar("Row", bound=OncePerRequest)


def find_done(session: Session, model: type[Row], key: str) -> Row | None:
    """The row an earlier attempt of the same request wrote."""
    return session.scalar(select(model).where(model.key == key))


def add_once(session: Session, row: Row) -> tuple[Row, bool]:
    """Writes `row` unless its key is there already.

    Returns:
        The row that stands in the table, and whether it is this one. When two attempts run at the same time,
        the UNIQUE column decides, and the later one gets the row of the earlier.
    """
    model, key = type(row), row.key
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        earlier = find_done(session, model, key)
        if earlier is None:
            raise  # some other rule of the table was broken
        return earlier, False
    return row, True
