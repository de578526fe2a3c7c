"""The tables of the SQL tracker store: Rasa's own, opened in place, and Turnwise's beside it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.ddl import CreateIndex

from turnwise.dialogue.event_bytes import event_bytes
from turnwise.dialogue.events import Event
from turnwise.storage.sql_doors import build_doors, enter_alone
from turnwise.storage.sql_types import LongText, Name, Seconds

METADATA = sa.MetaData()

EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", Name(255), nullable=False, index=True),
    sa.Column("type_name", Name(255), nullable=False),
    sa.Column("timestamp", Seconds),
    sa.Column("intent_name", Name(255)),
    sa.Column("action_name", Name(255)),
    sa.Column("data", LongText),
)
"""One row an event, as Rasa makes it; the order of a conversation is that of its ids."""

EVENT_COLUMNS = ("sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")
"""What `event_row` gives; ids are given by the database."""

SNAPSHOTS = sa.Table(
    "turnwise_snapshots",
    METADATA,
    sa.Column("sender_id", Name(255), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary(2**24), nullable=False),
)
"""The state of a conversation after the event whose id is `position`, so that loading reads few events."""

OUTBOX = sa.Table(
    "turnwise_outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", Name(255), nullable=False, index=True),
    sa.Column("data", LongText, nullable=False),
)
"""Events that the broker does not have yet; written with the events themselves, or not at all."""

REMINDERS = sa.Table(
    "turnwise_reminders",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", Name(255), nullable=False, index=True),
    sa.Column("name", Name(255), nullable=False),
    sa.Column("due", Seconds, nullable=False, index=True),
    sa.Column("channel", Name(255)),
    sa.Column("data", LongText, nullable=False),
    sa.Column("leased_until", Seconds, nullable=False),
)
"""Reminders that have not fired; times are in seconds since 1970."""

LEASES = sa.Table(
    "turnwise_leases",
    METADATA,
    sa.Column("name", Name(64), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("expires", Seconds, nullable=False),
)
"""Work that one worker does for all: who does it, and until when, in seconds since 1970."""

BY_CONVERSATION = sa.Index("turnwise_events_by_conversation", EVENTS.c.sender_id, EVENTS.c.id)
"""Finds the end of a conversation in one step, however long it is; Rasa's own index does not."""

NAME_LENGTH = 255

ID_SEQUENCE = "events_seq"
"""What stock Rasa calls the sequence of ids, in databases that have sequences and need one."""

_ID_DEFAULT = sa.text(
    "SELECT column_default FROM information_schema.columns"
    " WHERE table_schema = database() AND table_name = 'events' AND column_name = 'id'"
)


def create_tables(connection: sa.Connection) -> None:
    """Creates what is missing; a database that Rasa made keeps everything it has."""
    build_doors(connection)
    enter_alone(connection, "turnwise tables")  # workers that start at once would all create them
    METADATA.create_all(connection)
    # An `events` table that was there already was skipped above, and so was the index.
    known = {index["name"] for index in sa.inspect(connection).get_indexes("events")}
    if BY_CONVERSATION.name not in known:
        connection.execute(CreateIndex(BY_CONVERSATION))
    if getattr(connection.dialect, "is_mariadb", False):
        _number_by_sequence(connection)


def _number_by_sequence(connection: sa.Connection) -> None:
    """In MariaDB stock Rasa takes ids from a sequence; whoever else writes has to take them from it too."""
    default = connection.execute(_ID_DEFAULT).scalar()
    if default and ID_SEQUENCE in default:
        return
    last = connection.execute(sa.select(sa.func.max(EVENTS.c.id))).scalar() or 0
    connection.execute(sa.text(f"CREATE SEQUENCE IF NOT EXISTS {ID_SEQUENCE} START WITH {last + 1}"))
    modified = f"MODIFY id INTEGER NOT NULL DEFAULT nextval({ID_SEQUENCE})"
    connection.execute(sa.text(f"ALTER TABLE {EVENTS.name} {modified}"))


def event_row(sender_id: str, event: Event) -> dict[str, Any]:
    """The row of `EVENTS` for an event, without id."""
    fields = event.payload()
    parsed = fields.get("parse_data") or {}
    return {
        "sender_id": sender_id,
        "type_name": event.kind,
        "timestamp": event.timestamp,
        "intent_name": _name((parsed.get("intent") or {}).get("name")),
        "action_name": _name(fields.get("name")),
        "data": event_bytes(event).decode(),
    }


def _name(value: Any) -> str | None:
    """A name as the column takes it: it only serves queries; the whole of it is in `data`."""
    return str(value)[:NAME_LENGTH].replace("\0", "") if value is not None else None
