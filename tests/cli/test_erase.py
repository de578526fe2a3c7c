"""`rasa erase`: conversations go for good, once, when somebody says so."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from turnwise.cli.main import main
from turnwise.storage.contract import session_start
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings

STORE = "tracker_store: {type: SQL, db: tracker.db}\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("endpoints.yml").write_text(STORE)
    asyncio.run(_fill())


async def _fill() -> None:
    store = await SqlTrackerStore.open(SqlSettings(db="tracker.db"))
    await store.append("ada", session_start(1), after=0)
    await store.append("bob", session_start(time.time()), after=0)
    await store.close()


async def _names() -> list[str]:
    store = await SqlTrackerStore.open(SqlSettings(db="tracker.db"))
    names = [name async for name in store.sender_ids()]
    await store.close()
    return names


def left() -> list[str]:
    return asyncio.run(_names())


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (["--days", "10"], ["bob"]),
        (["--days", "10", "--dry-run"], ["ada", "bob"]),
        (["--conversation-ids", "bob, nobody"], ["ada"]),
        (["--conversation-ids", "bob", "--dry-run"], ["ada", "bob"]),
    ],
)
def test_what_is_erased(flags: list[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By age, or by name; a dry run only says how many."""
    assert main(["erase", *flags]) == 0
    assert left() == names
    assert (
        f"1 conversations {'would be' if '--dry-run' in flags else 'were'} erased" in capsys.readouterr().out
    )


def test_the_age_of_the_endpoints(capsys: pytest.CaptureFixture[str]) -> None:
    """`retention` says it where no flag does."""
    Path("endpoints.yml").write_text(STORE + "retention: {days: 10}\n")
    assert main(["erase"]) == 0
    assert left() == ["bob"]


@pytest.mark.parametrize(
    ("endpoints", "flags", "problem"),
    [
        (STORE, [], "nothing says what to erase"),
        (STORE, ["--days", "0"], "would erase every conversation"),
        ("{}\n", ["--days", "1"], "there is no tracker_store"),
    ],
)
def test_what_makes_no_sense(
    endpoints: str, flags: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is erased, and the user learns why."""
    Path("endpoints.yml").write_text(endpoints)
    assert main(["erase", *flags]) == 1
    assert problem in capsys.readouterr().err
    assert left() == ["ada", "bob"]
