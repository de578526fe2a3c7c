"""Every test has its own database, and the same day: Friday 20 November 2026, noon."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from actions import clock
from actions.db.session import Database, database
from tests.actions.conversation import Conversation

NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - the tables keep UTC without a zone


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo data as of noon, made once and copied for each test."""
    file = tmp_path_factory.mktemp("wayfare") / "demo.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOON)
        made = Database(f"sqlite:///{file}")
        with made.session(writes=True):
            pass
        made.engine.dispose()
    return file


@pytest.fixture(autouse=True)
def wayfare(demo_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh database with the demo data, on a held clock."""
    file = tmp_path / "wayfare.db"
    shutil.copyfile(demo_database, file)
    monkeypatch.setenv("WAYFARE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.delenv("WAYFARE_DEMO_CUSTOMER", raising=False)
    monkeypatch.setattr(clock, "now", lambda: NOON)
    yield
    database(f"sqlite:///{file}").engine.dispose()
    database.cache_clear()


@pytest.fixture
def talk() -> Conversation:
    """A new conversation."""
    return Conversation()
