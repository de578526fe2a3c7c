"""`rasa export`: what was kept is told to the broker, later and once more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from turnwise.cli.main import main
from turnwise.storage.contract import session_start, turn
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings

ENDPOINTS = """
tracker_store: {type: SQL, db: tracker.db}
event_broker: {type: file, path: out.jsonl}
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text(ENDPOINTS)
    asyncio.run(_fill())


async def _fill() -> None:
    store = await SqlTrackerStore.open(SqlSettings(db="tracker.db"))
    await store.append("ada", [*session_start(1), *turn("hi", 20)], after=0)
    await store.append("bob", turn("ho", 10), after=0)
    await store.close()


def exported() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]


def test_everything_in_the_order_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Conversations are mixed as they happened."""
    assert main(["export"]) == 0
    assert [event["sender_id"] for event in exported()] == ["ada"] * 3 + ["bob"] * 3 + ["ada"] * 3
    assert "9 events" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        (["--minimum-timestamp", "10"], 6),
        (["--maximum-timestamp", "10"], 3),
        (["--minimum-timestamp", "10", "--maximum-timestamp", "20"], 3),
        (["--conversation-ids", "bob,nobody"], 3),
    ],
)
def test_some_of_it(flags: list[str], count: int) -> None:
    """Times begin with the minimum and end before the maximum; unknown conversations are passed over."""
    assert main(["export", *flags]) == 0
    assert len(exported()) == count


def test_times_are_moved() -> None:
    """`--offset-timestamps-by-seconds` is added to each event."""
    assert main(["export", "--offset-timestamps-by-seconds", "100"]) == 0
    assert exported()[0]["timestamp"] == 101


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--minimum-timestamp", "2", "--maximum-timestamp", "1"], "smaller"),
        (["--conversation-ids", "nobody"], "no such conversations"),
        (["--minimum-timestamp", "1000"], "none of the events"),
    ],
)
def test_nothing_to_export(flags: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and a sentence."""
    assert main(["export", *flags]) == 1
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["tracker_store", "event_broker"])
def test_both_ends_are_needed(missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a store, or without a broker, there is nothing to do."""
    lines = [line for line in ENDPOINTS.splitlines() if not line.startswith(missing)]
    Path("endpoints.yml").write_text("\n".join(lines))
    assert main(["export"]) == 1
    assert f"there is no {missing}" in capsys.readouterr().err


def test_a_broker_that_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user is told how to go on from where it stopped."""
    (tmp_path / "out.jsonl").mkdir()
    assert main(["export"]) == 1
    assert "rasa export --minimum-timestamp 1" in capsys.readouterr().err
