"""A bot for tests: made from a few lines of YAML, it is talked with in one process.

    bot = Bot.train(domain=DOMAIN, rules=RULES)
    turn = await bot.hears("/greet")
    assert turn.replies == ("Hello!",)

Everything is real but the clock, and the action server if functions stand in for it.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from turnwise.actions.action import ActionResult
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.channel import BotMessage, UserMessage
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError
from turnwise.project.project import Project
from turnwise.storage.locks import MemoryLockStore
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.tracker_store import TrackerStore
from turnwise.training.model import load_assistant
from turnwise.training.train import Training

CONFIG = """
recipe: default.v1
assistant_id: test
language: en
pipeline:
- name: KeywordIntentClassifier
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""

ActionFunction = Callable[[Tracker], ActionResult | Sequence[Event]]
"""An action of the project: it sees the conversation and says what happens."""


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 1_700_000_000.0
    """Seconds since 1970."""

    def __call__(self) -> float:
        self.now += 0.001  # no two events happen at the same time
        return self.now


@dataclass(frozen=True, slots=True)
class ActionFunctions:
    """Functions in place of an action server; `calls` lists what was run."""

    functions: Mapping[str, ActionFunction] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def run(self, name: str, tracker: Tracker, domain: Domain) -> ActionResult:
        self.calls.append(name)
        function = self.functions.get(name)
        if function is None:
            raise ActionError(f"no function stands in for '{name}'")
        result = function(tracker)
        return result if isinstance(result, ActionResult) else ActionResult(events=result)

    async def close(self) -> None:
        return None


@dataclass(slots=True)
class Sent:
    """An output channel that remembers what was said."""

    name: str = "test"
    collects: bool = True
    messages: list[BotMessage] = field(default_factory=list)

    async def send(self, recipient_id: str, message: BotMessage) -> None:
        self.messages.append(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTurn:
    """What one message led to."""

    messages: tuple[BotMessage, ...]
    tracker: Tracker
    """The conversation after the turn."""
    events: tuple[Event, ...]
    """What happened in the turn, sessions that it started included."""

    @property
    def replies(self) -> tuple[str | None, ...]:
        """Texts of the messages."""
        return tuple(message.get("text") for message in self.messages)

    @property
    def slots(self) -> Mapping[str, Any]:
        return self.tracker.slots

    @property
    def loop(self) -> str | None:
        """The active loop."""
        return self.tracker.active_loop


@dataclass(slots=True)
class Bot:
    """An assistant under test."""

    agent: Agent
    clock: Clock
    actions: ActionFunctions

    @classmethod
    def train(
        cls,
        *,
        domain: str,
        rules: str = "",
        stories: str = "",
        nlu: str = "",
        config: str = CONFIG,
        actions: Mapping[str, ActionFunction] | None = None,
        store: TrackerStore | None = None,
        augmentation: int = 0,
    ) -> Bot:
        """Trains a bot from the contents of a project's files; `version` need not be written.

        Raises:
            ProjectError: something in them is wrong.
        """
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            _write(root, domain=domain, rules=rules, stories=stories, nlu=nlu, config=config)
            project = Project(root)
            model = Training(project=project, augmentation=augmentation).run(root).model
            return cls.of(load_assistant(model), actions=actions, store=store)

    @classmethod
    def of(
        cls,
        assistant: Assistant,
        *,
        actions: Mapping[str, ActionFunction] | None = None,
        store: TrackerStore | None = None,
    ) -> Bot:
        """A bot with a model that was trained elsewhere."""
        clock = Clock()
        functions = ActionFunctions(actions or {})
        agent = Agent(
            tracker_store=store or MemoryTrackerStore(),
            lock_store=MemoryLockStore(),
            action_server=functions,
            clock=clock,
            random=random.Random(0),
        )
        agent.swap(assistant)
        return cls(agent, clock, functions)

    async def hears(
        self, text: str, *, sender: str = "default", metadata: Mapping[str, Any] | None = None
    ) -> BotTurn:
        """The user says `text`."""
        before = await self._length(sender)
        output = Sent()
        message = UserMessage(
            text=text, sender_id=sender, output=output, input_channel="test", metadata=metadata or {}
        )
        await self.agent.handle(message)
        tracker = await self.tracker(sender)
        return BotTurn(
            messages=tuple(output.messages), tracker=tracker, events=tuple(tracker.events[before:])
        )

    async def tracker(self, sender: str = "default") -> Tracker:
        """The whole conversation."""
        return await self.agent.conversations.whole(sender)

    async def _length(self, sender: str) -> int:
        return len((await self.tracker(sender)).events)


def _write(root: Path, **contents: str) -> None:
    (root / "data").mkdir()
    for name, content in contents.items():
        text = dedent(content)
        if name != "config" and "version:" not in text:
            text = f'version: "3.1"\n{text}'
        folder = root if name in ("config", "domain") else root / "data"
        if text.strip() != 'version: "3.1"':
            (folder / f"{name}.yml").write_text(text, encoding="utf-8")
