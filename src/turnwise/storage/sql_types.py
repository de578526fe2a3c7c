"""Columns that mean the same in every database: MySQL's own choices would lose something."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

SIGNS = "utf8mb4"
"""The character set of MySQL that has every sign; its `utf8` has not."""

Seconds = sa.Float(53)
"""Seconds since 1970. MySQL's plain FLOAT has single precision: it would be a minute off."""


class Name(sa.types.TypeDecorator[str]):
    """A text that is told apart by every sign, also by case and by spaces at its end."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """MySQL's texts are compared as people sort them, unless it is told otherwise."""
        if dialect.name not in ("mysql", "mariadb"):
            return dialect.type_descriptor(self.impl_instance)
        length = self.impl_instance.length  # type: ignore[attr-defined]  # it is a String
        return dialect.type_descriptor(mysql.VARCHAR(length, charset=SIGNS, collation=_collation(dialect)))


class LongText(sa.types.TypeDecorator[str]):
    """A text of any length: MySQL's plain TEXT ends after 64 kB."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name not in ("mysql", "mariadb"):
            return dialect.type_descriptor(self.impl_instance)
        return dialect.type_descriptor(mysql.LONGTEXT(charset=SIGNS, collation=f"{SIGNS}_bin"))


def _collation(dialect: Any) -> str:
    """That of the server which compares sign by sign, and fills nothing up with spaces if there is one."""
    if dialect.is_mariadb:
        return f"{SIGNS}_nopad_bin"
    has_newer = (dialect.server_version_info or ()) >= (8, 0, 17)
    return f"{SIGNS}_0900_bin" if has_newer else f"{SIGNS}_bin"
