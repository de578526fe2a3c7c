"""Conversations go to and fro between stock Rasa's own tracker stores and these, session by session.

Runs where stock Rasa 3.6.21 is: STOCK_PYTHON names its Python, or `make -C compat/rasa setup` installs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.servers import free_port, running
from turnwise.dialogue.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from turnwise.storage.contract import texts
from turnwise.storage.dynamo import DynamoSettings, DynamoTrackerStore
from turnwise.storage.mongo import MongoTrackerStore
from turnwise.storage.redis_client import RedisSettings
from turnwise.storage.redis_tracker import RedisTrackerStore
from turnwise.storage.sql import SqlTrackerStore
from turnwise.storage.sql_settings import SqlSettings
from turnwise.storage.tracker_store import TrackerStore

COMPAT = Path(__file__).parents[2] / "compat/rasa"
LENT = ("mongomock", "sentinels", "pymysql", "PyMySQL")
"""Packages that tests have, and stock Rasa has not."""
SENDER = "Ada Ünicode/1"


class Stock:
    """A process of stock Rasa that reads and writes its stores."""

    def __init__(self, python: str, folder: Path) -> None:
        environment = {
            **os.environ,
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        }
        environment.pop("PYTHONPATH", None)
        words = [python, str(COMPAT / "tracker_stores.py"), str(_lent(folder))]
        self._process = subprocess.Popen(
            words,
            env={**environment, "PYTHONWARNINGS": "ignore"},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while (line := self._line()) != "ready\n":
            if not line:
                self.close()
                raise RuntimeError("stock Rasa did not start")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def do(self, task: str, store: dict[str, Any], **rest: Any) -> Any:
        """What comes of a task, see compat/rasa/tracker_stores.py."""
        assert self._process.stdin is not None
        wanted = {"do": task, "store": store, "sender": SENDER, **rest}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def _lent(folder: Path) -> Path:
    """A folder from which stock Rasa can import what it lacks, and nothing else of this environment."""
    installed = Path(pytest.importorskip("mongomock").__file__).parent.parent
    folder.joinpath("lent").mkdir()
    for path in (path for name in LENT for path in installed.glob(f"{name}*")):
        folder.joinpath("lent", path.name).symlink_to(path)
    return folder / "lent"


@pytest.fixture(scope="module")
def amazon_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a server that plays Amazon's."""
    pytest.importorskip("moto")
    pytest.importorskip("flask", reason="pip install 'moto[server]' to test DynamoDB beside stock Rasa")
    port = free_port()
    words = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with running(words, port, tmp_path_factory.mktemp("amazon")):
        yield port


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, amazon_port: int) -> Iterator[Stock]:
    """Stock Rasa, for all tests of this file: it takes its time to start."""
    beside = COMPAT / ".venv/bin/python"
    python = os.environ.get("STOCK_PYTHON") or (str(beside) if beside.exists() else "")
    if not python:
        pytest.skip("STOCK_PYTHON names no Python with stock Rasa; make -C compat/rasa setup installs one")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _amazon(amazon_port).items():
            patch.setenv(name, value)
        process = Stock(python, tmp_path_factory.mktemp("stock"))
    yield process
    process.close()


def _amazon(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


class Both:
    """One database, seen by both."""

    keeps_old_sessions = True

    def __init__(self, stock: Stock, settings: dict[str, Any], ours: TrackerStore) -> None:
        self._stock, self._settings, self.ours = stock, settings, ours

    def stock(self, task: str, **rest: Any) -> Any:
        return self._stock.do(task, self._settings, **rest)

    async def ours_goes_on(self, events: list[Event], *, snapshot: bytes | None = None) -> None:
        saved = await self.ours.load(SENDER)
        await self.ours.append(SENDER, events, after=saved.position if saved else 0, snapshot=snapshot)


class BothWithCopies(Both):
    """MongoDB is played in each process by itself: what one wrote is carried over to the other."""

    def __init__(self, stock: Stock, settings: dict[str, Any], documents: Any) -> None:
        super().__init__(stock, settings, MongoTrackerStore(documents))
        self._documents = documents

    def stock(self, task: str, **rest: Any) -> Any:
        mine = self._documents.find_one({"sender_id": SENDER})
        if mine is not None:
            key = mine.pop("_id")
            own = mine.get("turnwise") or {}
            if "snapshot" in own:
                own["snapshot"] = own["snapshot"].decode()
            super().stock("put", document=mine)
        answer = super().stock(task, **rest)
        theirs = super().stock("dump")
        if "snapshot" in (theirs.get("turnwise") or {}):
            theirs["turnwise"]["snapshot"] = theirs["turnwise"]["snapshot"].encode()
        self._documents.replace_one(
            {"sender_id": SENDER}, theirs if mine is None else {"_id": key, **theirs}, upsert=True
        )
        return answer


@pytest.fixture(
    params=["sqlite", "postgres", "postgres of stock", "mysql", "mysql of stock", "redis", "mongo", "dynamo"]
)
async def both(
    request: pytest.FixtureRequest, stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """One database of each kind, empty."""
    ours: TrackerStore
    match request.param:
        case "sqlite":
            path = str(tmp_path / "t.db")
            ours = await SqlTrackerStore.open(SqlSettings(db=path))
            made = Both(stock, {"class": "SQLTrackerStore", "db": path}, ours)
        case "postgres" | "postgres of stock":
            url = request.getfixturevalue("postgres_url")
            settings = {"class": "SQLTrackerStore", "dialect": "postgresql", "host": url}
            if request.param == "postgres of stock":
                stock.do("read", settings)  # who comes first makes the table
            made = Both(stock, settings, await SqlTrackerStore.open(SqlSettings(host=url)))
        case "mysql" | "mysql of stock":
            maria: SqlSettings = request.getfixturevalue("maria_settings")
            server = {"host": maria.host, "username": maria.username, "password": "", "db": maria.db}
            settings = {"class": "SQLTrackerStore", "dialect": "mysql+pymysql", **server}
            if request.param == "mysql of stock":
                stock.do("read", settings)
            made = Both(stock, settings, await SqlTrackerStore.open(maria))
        case "redis":
            found: RedisSettings = request.getfixturevalue("redis_settings")
            settings = {"class": "RedisTrackerStore", "host": found.host, "port": found.port}
            made = Both(stock, {**settings, "key_prefix": found.key_prefix}, RedisTrackerStore(found))
        case "mongo":
            documents = pytest.importorskip("mongomock").MongoClient().rasa[tmp_path.name]
            name = {"class": "MongoTrackerStore", "collection": tmp_path.name}
            made = BothWithCopies(stock, name, documents)
        case _:
            for name_, value in _amazon(request.getfixturevalue("amazon_port")).items():
                monkeypatch.setenv(name_, value)
            ours = DynamoTrackerStore(DynamoSettings(table_name=tmp_path.name))
            made = Both(stock, {"class": "DynamoTrackerStore", "table_name": tmp_path.name}, ours)
    yield made
    await made.ours.close()


def session(at: float) -> list[Event]:
    return [
        ActionExecuted(name="action_session_start", policy=None, confidence=1.0, timestamp=at),
        SessionStarted(timestamp=at + 0.1),
        ActionExecuted(name="action_listen", timestamp=at + 0.2),
    ]


def turn(text: str, at: float) -> list[Event]:
    parse = {"intent": {"name": "greet", "confidence": 0.9}, "entities": [], "text": text}
    return [
        UserUttered(text=text, parse_data=parse, input_channel="rest", message_id=text, timestamp=at),
        SlotSet(name="mood", value={"of": text, "at": [1, 2.5, None, "ü"]}, timestamp=at + 0.1),
        ActionExecuted(name="action_listen", policy="RulePolicy", confidence=1.0, timestamp=at + 0.2),
    ]


def said(events: list[dict[str, Any]]) -> list[Any]:
    """What tells events apart; texts of the user in place of their whole events."""
    return [(event["event"], event.get("name") or event.get("text"), event["timestamp"]) for event in events]


def json_of(events: list[Event]) -> list[dict[str, Any]]:
    return [event.to_json() for event in events]


FIRST = [*session(1), *turn("one", 10)]
SECOND = turn("two", 20)
THIRD = [*session(30), *turn("three", 40)]
FOURTH = turn("four", 50)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_stock_wrote_goes_on_here(both: Both) -> None:
    """Turn by turn, over sessions; the latest one is what a turn begins with."""
    for events in (FIRST, SECOND, THIRD):
        both.stock("save", events=json_of(events))
    saved = await both.ours.load(SENDER)
    assert saved is not None
    latest = THIRD if both.ours.session_includes_action else THIRD[1:]
    assert said(json_of(list(saved.events))) == said(json_of(latest))
    assert said(json_of(await both.ours.load_all(SENDER))) == said(json_of([*FIRST, *SECOND, *THIRD]))

    await both.ours_goes_on(FOURTH)
    everything = [*FIRST, *SECOND, *THIRD, *FOURTH]
    assert said(json_of(await both.ours.load_all(SENDER))) == said(json_of(everything))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_was_written_here_goes_on_in_stock(both: Both) -> None:
    """Its events, and what slots hold."""
    for events in (FIRST, SECOND, THIRD):
        await both.ours_goes_on(events)
    found = both.stock("read all")
    assert said(found["events"]) == said(json_of([*FIRST, *SECOND, *THIRD]))
    assert found["mood"] == {"of": "three", "at": [1, 2.5, None, "ü"]}
    latest = both.stock("read")
    assert said(latest["events"])[-len(THIRD) + 1 :] == said(json_of(THIRD[1:]))
    assert latest["mood"] == found["mood"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_taking_turns(both: Both) -> None:
    """Each goes on behind the other; a snapshot of before is not mixed with what came after it."""
    await both.ours_goes_on(FIRST, snapshot=b"{}")
    both.stock("save", events=json_of(SECOND))
    saved = await both.ours.load(SENDER)
    assert saved is not None
    if saved.snapshot is not None:
        assert said(json_of(list(saved.events))) == said(json_of(SECOND))
    else:
        assert said(json_of(list(saved.events)))[-3:] == said(json_of(SECOND))
    await both.ours_goes_on(THIRD)
    both.stock("save", events=json_of(FOURTH))
    everything = [*FIRST, *SECOND, *THIRD, *FOURTH]
    assert said(json_of(await both.ours.load_all(SENDER))) == said(json_of(everything))
    assert said(both.stock("read all")["events"]) == said(json_of(everything))
    assert texts((await both.ours.load_all(SENDER))[:1]) == texts(FIRST[:1])
