"""The SQL tracker store keeps the contract, in files that Rasa itself may have made."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from turnwise.errors import StorageError
from turnwise.storage.contract import TrackerStoreContract, session_start, texts, turn
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import TrackerStore

RASA_TABLE = """
CREATE TABLE events (
    id INTEGER NOT NULL,
    sender_id VARCHAR(255) NOT NULL,
    type_name VARCHAR(255) NOT NULL,
    timestamp FLOAT,
    intent_name VARCHAR(255),
    action_name VARCHAR(255),
    data TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX ix_events_sender_id ON events (sender_id);
"""
"""The table as stock Rasa 3.6.21 creates it in SQLite."""


class TestSqliteTrackerStore(TrackerStoreContract):
    """SQLite keeps the contract."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[TrackerStore]:
        store = await SqlTrackerStore.open(SqlSettings(db=str(tmp_path / "rasa.db")))
        yield store
        await store.close()


async def test_rows_are_those_that_rasa_writes(tmp_path: Path) -> None:
    """Tools that read Rasa's `events` table find what they expect in each column."""
    path = tmp_path / "rasa.db"
    store = await SqlTrackerStore.open(SqlSettings(db=str(path)))
    await store.append("ada", [*session_start(1), *turn("hi", 2)], after=0)
    await store.close()

    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT sender_id, type_name, timestamp, intent_name, action_name FROM events ORDER BY id"
        ).fetchall()
        data = connection.execute("SELECT data FROM events WHERE type_name = 'user'").fetchone()[0]
    assert rows == [
        ("ada", "action", 1.0, None, "action_session_start"),
        ("ada", "session_started", 1.1, None, None),
        ("ada", "action", 1.2, None, "action_listen"),
        ("ada", "user", 2.0, "greet", None),
        ("ada", "slot", 2.1, None, "mood"),
        ("ada", "bot", 2.2, None, None),
    ]
    assert json.loads(data)["parse_data"]["intent"] == {"name": "greet", "confidence": 0.9}


async def test_a_database_of_rasa_is_opened_in_place(tmp_path: Path) -> None:
    """Conversations that stock Rasa kept go on; nothing is migrated, its rows stay as they are."""
    path = tmp_path / "rasa.db"
    old = [*session_start(1), *turn("before", 2)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(RASA_TABLE)
        connection.executemany(
            "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES ('ada', ?, ?, ?)",
            [(event.kind, event.timestamp, json.dumps(event.to_json())) for event in old],
        )
    store = await SqlTrackerStore.open(SqlSettings(db=str(path)))
    saved = await store.load("ada")
    assert saved is not None
    await store.append("ada", turn("after", 3), after=saved.position)

    assert texts(saved.events) == texts(old[1:]), "the latest session, from `session_started` on"
    assert texts(await store.load_all("ada")) == texts([*old, *turn("after", 3)])
    await store.close()


async def test_rows_written_by_rasa_behind_a_snapshot_are_read(tmp_path: Path) -> None:
    """Who goes back to stock Rasa for a while, and returns, misses no event."""
    path = tmp_path / "rasa.db"
    store = await SqlTrackerStore.open(SqlSettings(db=str(path)))
    position = await store.append("ada", session_start(1), after=0, snapshot=b"state")
    event = turn("from rasa", 2)[0]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO events (sender_id, type_name, data) VALUES ('ada', 'user', ?)",
            [json.dumps(event.to_json())],
        )

    saved = await store.load("ada")
    assert saved is not None
    assert (texts(saved.events), saved.position) == (texts([event]), position + 1)
    await store.close()


async def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    """A process that dies by SIGKILL right after `append` returned has lost nothing of it."""
    path = tmp_path / "rasa.db"
    script = f"""
import asyncio, os, signal
from turnwise.storage.contract import session_start, turn
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings

async def main():
    store = await SqlTrackerStore.open(SqlSettings(db={str(path)!r}))
    position = await store.append("ada", session_start(1), after=0)
    await store.append("ada", turn("hi", 2), after=position)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await process.wait() == -signal.SIGKILL

    store = await SqlTrackerStore.open(SqlSettings(db=str(path)))
    assert texts(await store.load_all("ada")) == texts([*session_start(1), *turn("hi", 2)])
    await store.close()


def test_workers_that_start_together_open_a_new_file(tmp_path: Path) -> None:
    """None is refused, though SQLite lets one at a time switch to the write-ahead log."""
    program = """
import sys, time
from turnwise.storage.sql_database import SqlDatabase
from turnwise.storage.sql_settings import SqlSettings

print("ready", flush=True)
start = float(sys.stdin.readline())
for number in range(40):
    while time.time() < start + number * 0.01:
        pass
    with SqlDatabase(SqlSettings(db=f"{number}.db")).engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
"""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    start = f"{time.time() + 0.05}\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(start)
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=60)
    assert [worker.returncode for worker in workers] == [0] * 4


async def test_two_processes_share_a_file(tmp_path: Path) -> None:
    """Two stores on one SQLite file see each other's events at once."""
    settings = SqlSettings(db=str(tmp_path / "rasa.db"))
    one, other = await SqlTrackerStore.open(settings), await SqlTrackerStore.open(settings)
    position = await one.append("ada", session_start(1), after=0)
    await other.append("ada", turn("hi", 2), after=position)

    assert texts((await one.after("ada", position)).events) == texts(turn("hi", 2))
    await one.close()
    await other.close()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (SqlSettings(dialect="nosuch"), "nosuch"),
        (SqlSettings(host="not a url://"), "url"),
        (SqlSettings(db="no/such/folder/rasa.db"), "unable to open"),
    ],
)
async def test_wrong_settings_are_named(settings: SqlSettings, problem: str) -> None:
    """What cannot work is refused at once, with a sentence instead of a traceback of the driver."""
    with pytest.raises(StorageError, match=problem):
        await SqlTrackerStore.open(settings)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (SqlSettings(), "sqlite:///rasa.db"),
        (
            SqlSettings(dialect="postgresql", host="db:5433", username="u", password="p", db="rasa"),
            "postgresql+psycopg2://u:p@db:5433/rasa",
        ),
        (SqlSettings(dialect="postgresql", host="db", port=5432, db="x"), "postgresql+psycopg2://db:5432/x"),
        (
            SqlSettings(dialect="mysql+pymysql", host="db", query={"charset": "utf8mb4"}),
            "mysql+pymysql://db/rasa.db?charset=utf8mb4",
        ),
        (SqlSettings(host="postgresql://u@h/d", db="ignored"), "postgresql+psycopg2://u@h/d"),
    ],
)
def test_urls_follow_the_settings(settings: SqlSettings, url: str) -> None:
    """Host, port, name and options make the URL; a whole URL rules alone."""
    assert settings.url().render_as_string(hide_password=False) == url
