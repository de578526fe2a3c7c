"""The SQL tracker store keeps the contract on a real PostgreSQL server too."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import TrackerStore


class TestPostgresTrackerStore(TrackerStoreContract):
    """PostgreSQL keeps the contract."""

    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[TrackerStore]:
        store = await SqlTrackerStore.open(SqlSettings(host=postgres_url))
        yield store
        await store.close()


async def test_a_lost_connection_loses_nothing(postgres_url: str) -> None:
    """When the server drops every connection, the next turn is written all the same, once."""
    store = await SqlTrackerStore.open(SqlSettings(host=postgres_url))
    position = await store.append("ada", session_start(1), after=0)
    admin = sa.create_engine(SqlSettings(host=postgres_url).url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    admin.dispose()
    await store.append("ada", turn("hi", 2), after=position)

    assert texts(await store.load_all("ada")) == texts([*session_start(1), *turn("hi", 2)])
    await store.close()


async def test_a_missing_database_is_created_through_another(postgres_server: str) -> None:
    """With `login_db` the store connects there first, and creates `db` where it is missing."""
    server = sa.make_url(postgres_server)
    settings = SqlSettings(
        dialect="postgresql",
        username=server.username,
        db="made-on-the-way",
        login_db="postgres",
        query=dict(server.query),
    )
    for _ in range(2):
        store = await SqlTrackerStore.open(settings)
        assert await store.load("ada") is None
        await store.close()
