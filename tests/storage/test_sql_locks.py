"""The SQL lock store keeps the contract, in SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from turnwise.errors import LockError
from turnwise.storage.lock_contract import LockStoreContract, OpenLocks
from turnwise.storage.lock_store import LockStore
from turnwise.storage.sql_locks import SqlLockStore
from turnwise.storage.sql_settings import SqlSettings

OpenOn = Callable[[SqlSettings, float], LockStore]


@pytest.fixture
async def open_on() -> AsyncIterator[OpenOn]:
    """Opens lock stores, and closes them after the test."""
    opened: list[SqlLockStore] = []

    def open_one(settings: SqlSettings, lifetime: float) -> LockStore:
        opened.append(SqlLockStore(settings, lifetime=lifetime))
        return opened[-1]

    yield open_one
    for locks in opened:
        await locks.close()


class TestSqliteLockStore(LockStoreContract):
    """SQLite keeps the contract of lock stores."""

    @pytest.fixture
    def open_locks(self, open_on: OpenOn, tmp_path: Path) -> OpenLocks:
        return lambda lifetime: open_on(SqlSettings(db=str(tmp_path / "locks.db")), lifetime)


class TestPostgresLockStore(LockStoreContract):
    """PostgreSQL keeps the contract of lock stores."""

    @pytest.fixture
    def open_locks(self, open_on: OpenOn, postgres_url: str) -> OpenLocks:
        return lambda lifetime: open_on(SqlSettings(host=postgres_url), lifetime)


async def test_a_database_that_is_away(open_on: OpenOn) -> None:
    """Without locks there is no turn."""
    locks = open_on(SqlSettings(db="no/such/folder/locks.db"), 60)
    with pytest.raises(LockError, match="unable to open"):
        await locks.hold("ada").__aenter__()
