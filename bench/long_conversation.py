"""What a turn costs in a conversation of 20, 300, 1,000 and 10,000 events, in memory and with SQLite.

    python -m bench.long_conversation

Conversations of each length are held first; then turns are timed in them by turns, so that a machine whose
pace changes slows all lengths alike. One turn in two calls a custom action over HTTP.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from aiohttp import web

from bench.engines import free_port, ours
from bench.reporting import Cell, median, table
from turnwise.agent import Agent
from turnwise.channels.channel import UserMessage
from turnwise.channels.collector import Collector
from turnwise.project.endpoints_file import endpoints_from_text
from turnwise.server.assembly import open_agent
from turnwise.server.serve import run_until_done
from turnwise.training.model import load_assistant

LENGTHS = {20: 31, 300: 15, 1_000: 7, 10_000: 3}
"""Events before the first turn that is timed, and how many conversations of that length there are: an odd
number, so that the messages take turns in each."""
TIMED = 200
"""Turns timed in the conversations of each length, half of them with each message."""
MESSAGES = ("hello there", "please note that")
EVENTS_A_ROUND = 9
"""What a turn with each of `MESSAGES` leaves: each has user, action, bot and listen; one fills a slot."""

PROJECT = {
    "config.yml": """\
recipe: default.v1
assistant_id: bench
language: en
pipeline: [{name: WhitespaceTokenizer}, {name: CountVectorsFeaturizer}, {name: LogisticRegressionClassifier}]
policies: [{name: MemoizationPolicy}, {name: RulePolicy}]
""",
    "domain.yml": """\
version: "3.1"
intents: [greet, note]
slots:
  last_note: {type: text, mappings: [{type: from_text, intent: note}]}
actions: [action_note]
responses:
  utter_greet: [{text: "Hello!"}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello there
      - good morning
      - hi
  - intent: note
    examples: |
      - please note that
      - write it down
      - take a note
""",
    "data/stories.yml": """\
version: "3.1"
rules:
  - rule: Greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: Note
    steps: [{intent: note}, {action: action_note}]
stories:
  - story: Greet and note
    steps: [{intent: greet}, {action: utter_greet}, {intent: note}, {action: action_note}]
""",
}


@dataclass(slots=True)
class Counts:
    """What was read and sent since the counts were last taken."""

    rows: list[int] = field(default_factory=list)
    """Events that each read of the store gave."""
    sent: list[int] = field(default_factory=list)
    """Bytes of each request to the action server."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One turn."""

    seconds: float
    rows: int
    sent: int


def main() -> None:
    """Measures, and prints a table for each store."""
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name, text in PROJECT.items():
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
        ours().run("train", cwd=project)
        for store in ("memory", "SQLite"):
            print(f"\n{store}\n")
            print(run_until_done(_measure(project, store)), flush=True)


async def _measure(project: Path, store: str) -> str:
    """The table for one store."""
    counts = Counts()
    async with _action_server(counts) as url, _agent(project, store, url, counts) as agent:
        held = {length: [item async for item in _hold(agent, length)] for length in LENGTHS}
        resident = {length: items[-1][1] for length, items in held.items()}
        senders = {length: [sender for sender, _ in items] for length, items in held.items()}
        timed = await _time(agent, senders, counts)
    header = ["events", "turn, ms", "to 20", "with action, ms", "to 20", "rows", "sent, bytes", "process, MB"]
    rows: list[list[Cell]] = []
    for length in LENGTHS:
        cells: list[Cell] = [f"{length:,}"]
        for text in MESSAGES:
            typical, least = (median(t.seconds for t in timed[at, text]) for at in (length, min(LENGTHS)))
            cells += [typical * 1000, f"{typical / least:.2f} x"]
        read = max(turn.rows for text in MESSAGES for turn in timed[length, text])
        sent = max(turn.sent for text in MESSAGES for turn in timed[length, text])
        rows.append([*cells, f"{read:,}", f"{sent:,}", resident[length]])
    return table(header, rows)


async def _hold(agent: Agent, length: int) -> AsyncIterator[tuple[str, float]]:
    """Conversations of at least `length` events, and what the process then holds, in MB."""
    for number in range(LENGTHS[length]):
        sender_id = f"user-{length}-{number}"
        for _ in range(round(length / EVENTS_A_ROUND)):
            for text in MESSAGES:
                await _turn(agent, sender_id, text)
        yield sender_id, psutil.Process().memory_info().rss / 2**20


async def _turn(agent: Agent, sender_id: str, text: str) -> None:
    message = UserMessage(text=text, sender_id=sender_id, output=Collector(), input_channel="rest")
    await agent.handle(message)


async def _time(
    agent: Agent, senders: Mapping[int, Sequence[str]], counts: Counts
) -> dict[tuple[int, str], list[Timed]]:
    """Turns by length of the conversation and message."""
    timed: dict[tuple[int, str], list[Timed]] = {
        (length, text): [] for length in senders for text in MESSAGES
    }
    for number in range(TIMED):
        text = MESSAGES[number % len(MESSAGES)]
        for length, names in senders.items():
            counts.rows.clear()
            counts.sent.clear()
            begun = time.perf_counter()
            await _turn(agent, names[number % len(names)], text)
            seconds = time.perf_counter() - begun
            timed[length, text].append(Timed(seconds, rows=sum(counts.rows), sent=sum(counts.sent)))
    return timed


@asynccontextmanager
async def _agent(project: Path, store: str, url: str, counts: Counts) -> AsyncIterator[Agent]:
    """An agent for the project, whose reads are counted."""
    lines = [f"action_endpoint: {{url: '{url}'}}"]
    if store == "SQLite":
        lines.append(f"tracker_store: {{type: SQL, db: '{project / 'conversations.db'}'}}")
    agent = await open_agent(endpoints_from_text("\n".join(lines)), load_assistant(project / "models"))
    agent.tracker_store = _Counting(agent.tracker_store, counts)
    agent.conversations.store = agent.tracker_store
    yield agent
    await agent.close()


class _Counting:
    """A tracker store that counts what is read from it."""

    def __init__(self, store: Any, counts: Counts) -> None:
        self._store = store
        self._counts = counts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(self, sender_id: str) -> Any:
        saved = await self._store.load(sender_id)
        self._counts.rows.append(len(saved.events) if saved else 0)
        return saved

    async def after(self, sender_id: str, position: int) -> Any:
        saved = await self._store.after(sender_id, position)
        self._counts.rows.append(len(saved.events))
        return saved


@asynccontextmanager
async def _action_server(counts: Counts) -> AsyncIterator[str]:
    """An action server that says one thing, and counts the bytes it gets."""

    async def answer(request: web.Request) -> web.Response:
        counts.sent.append(len(await request.read()))
        return web.json_response({"events": [], "responses": [{"text": "Noted."}]})

    app = web.Application(client_max_size=2**28)
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/webhook"
    await runner.cleanup()


if __name__ == "__main__":
    main()
