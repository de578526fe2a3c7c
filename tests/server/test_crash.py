"""A server that dies by SIGKILL loses nothing that a user had seen an answer to (SQLite)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from turnwise.server.serve import listening_socket

RASA = str(Path(sys.executable).with_name("rasa"))

FILES = {
    "config.yml": """\
recipe: default.v1
assistant_id: crash
language: en
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
""",
    "domain.yml": """\
version: "3.1"
intents: [greet, wait]
actions: [action_wait]
responses:
  utter_greet: [{text: "Hello!"}]
  utter_working: [{text: "I am looking it up."}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
  - intent: greet
    examples: "- hello"
  - intent: wait
    examples: "- wait"
""",
    "data/rules.yml": """\
version: "3.1"
rules:
  - rule: Greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: Wait
    steps: [{intent: wait}, {action: utter_working}, {action: action_wait}]
""",
    "credentials.yml": "rest:\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained bot that greets, and that works on something for as long as the test wants."""
    folder = tmp_path_factory.mktemp("crash")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run([RASA, "train"], cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


@dataclass(slots=True)
class ActionServer:
    """An action server that answers when the test lets it."""

    url: str = ""
    called: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.called.set()
        await self.released.wait()
        return web.json_response({"events": [], "responses": [{"text": "Found."}]})


@pytest.fixture
async def actions() -> AsyncIterator[ActionServer]:
    """An action server on a free port."""
    server = ActionServer()
    app = web.Application()
    app.router.add_post("/webhook", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    listener = listening_socket("127.0.0.1", 0, backlog=10)
    await web.SockSite(runner, listener).start()
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}/webhook"
    yield server
    server.released.set()
    await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Served:
    """A server process, and a client of it."""

    process: asyncio.subprocess.Process
    client: aiohttp.ClientSession

    async def say(self, sender: str, text: str) -> list[str]:
        """The texts that the assistant answers."""
        body = {"sender": sender, "message": text}
        async with self.client.post("/webhooks/rest/webhook", json=body) as response:
            return [message["text"] for message in await response.json()]

    async def history(self, sender: str) -> list[tuple[str, str]]:
        """What user and assistant said, oldest first."""
        async with self.client.get(f"/conversations/{sender}/tracker?include_events=ALL") as response:
            tracker: dict[str, Any] = await response.json()
        said = (event for event in tracker["events"] if event["event"] in ("user", "bot"))
        return [(event["event"], event["text"]) for event in said]


PATIENCE = 30
"""Seconds after which a server that does not answer fails the test."""


@asynccontextmanager
async def serving(project: Path, actions: ActionServer, database: Path) -> AsyncIterator[Served]:
    """`rasa run` on `database`; it is killed in the end, if it still lives."""
    endpoints = database.with_suffix(".yml")
    endpoints.write_text(
        f"action_endpoint: {{url: '{actions.url}'}}\ntracker_store: {{type: SQL, db: '{database}'}}\n",
        encoding="utf-8",
    )
    free = listening_socket("127.0.0.1", 0, backlog=1)
    port = free.getsockname()[1]
    free.close()
    process = await asyncio.create_subprocess_exec(
        *(RASA, "run", "--verbose", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)),
        *("--endpoints", str(endpoints)),
        cwd=project,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    rest: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            log = [line async for line in _until_ready(process.stderr)]
            assert b"server.ready" in log[-1], b"".join(log).decode()
            rest = asyncio.create_task(process.stderr.read())
            async with aiohttp.ClientSession(base_url=f"http://127.0.0.1:{port}") as client:
                yield Served(process, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if rest is not None:
            await rest


async def _until_ready(log: asyncio.StreamReader) -> AsyncIterator[bytes]:
    async for line in log:
        yield line
        if b"server.ready" in line:
            return


async def test_what_a_stream_showed_is_kept(project: Path, actions: ActionServer, tmp_path: Path) -> None:
    """Killed between two messages of an answer: the first one, which the user saw, is there afterwards."""
    database = tmp_path / "events.db"
    async with serving(project, actions, database) as served:
        await served.say("ada", "hello")
        body = {"sender": "ada", "message": "wait"}
        async with served.client.post("/webhooks/rest/webhook?stream=true", json=body) as response:
            assert b"looking it up" in await response.content.readline()
            await actions.called.wait()
            served.process.kill()
            await served.process.wait()

    actions.released.set()
    async with serving(project, actions, database) as served:
        seen = [("user", "hello"), ("bot", "Hello!"), ("user", "wait"), ("bot", "I am looking it up.")]
        assert await served.history("ada") == seen
        assert await served.say("ada", "hello"), "the conversation goes on"


async def test_a_turn_without_an_answer_happened_or_did_not(
    project: Path, actions: ActionServer, tmp_path: Path
) -> None:
    """Killed before the answer of an ordinary request: earlier turns are whole, the conversation goes on."""
    database = tmp_path / "events.db"
    async with serving(project, actions, database) as served:
        await served.say("ada", "hello")
        unanswered = asyncio.create_task(served.say("ada", "wait"))
        await actions.called.wait()
        served.process.kill()
        with pytest.raises(aiohttp.ClientError):
            await unanswered

    actions.released.set()
    async with serving(project, actions, database) as served:
        seen = await served.history("ada")
        assert seen[:2] == [("user", "hello"), ("bot", "Hello!")]
        assert seen[2:] in ([], [("user", "wait")], [("user", "wait"), ("bot", "I am looking it up.")])
        assert await served.say("ada", "hello"), "the conversation goes on"


@pytest.mark.parametrize("answers", [1, 10, 40])
async def test_every_answered_turn_of_many_users_is_kept(
    answers: int, project: Path, actions: ActionServer, tmp_path: Path
) -> None:
    """Eight users talk at once; the server is killed as soon as so many answers have arrived."""
    database = tmp_path / "events.db"
    answered = dict.fromkeys((f"user-{number}" for number in range(8)), 0)
    enough = asyncio.Event()

    async def talk(served: Served, sender: str) -> None:
        while True:
            assert await served.say(sender, "hello") == ["Hello!"]
            answered[sender] += 1
            if sum(answered.values()) >= answers:
                enough.set()

    async with serving(project, actions, database) as served:
        talks = [asyncio.create_task(talk(served, sender)) for sender in answered]
        await enough.wait()
        served.process.kill()
        ends = await asyncio.gather(*talks, return_exceptions=True)
        assert all(isinstance(end, aiohttp.ClientError) for end in ends), ends

    async with serving(project, actions, database) as served:
        for sender, count in answered.items():
            kept = await served.history(sender)
            turns = [("user", "hello"), ("bot", "Hello!")]
            assert kept in (turns * count, turns * (count + 1)), (
                "the last turn may have lacked its answer only"
            )
