"""The models of a server: loaded at the start, exchanged while turns go on, and never for a bad one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.server.bot import TablePolicy, small_agent, small_assistant
from turnwise.assistant import Assistant
from turnwise.channels.channel import UserMessage
from turnwise.channels.collector import Collector
from turnwise.dialogue.events import UserUttered
from turnwise.errors import ModelError
from turnwise.nlu.pipeline import Pipeline
from turnwise.policies.ensemble import Ensemble
from turnwise.project.endpoints_own import ModelVersion
from turnwise.server.models import ServedModel, first_models, give


def load(archive: Path) -> Assistant:
    """Stands for reading an archive: its content is the model's id."""
    content = archive.read_text()
    if content == "bad":
        raise ModelError("unreadable")
    return replace(small_assistant(), model_id=content, model_file=archive)


def version(name: str, share: float, **source: Any) -> ModelVersion:
    return ModelVersion(name=name, share=share, source=source)


async def test_the_versions_of_a_server(tmp_path: Path) -> None:
    """Each is read, and gets its share."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"model {name}")
    versions = [
        version("a", 3, model_file=str(tmp_path / "a")),
        version("b", 1, model_file=str(tmp_path / "b")),
    ]
    agent = small_agent(None)
    give(agent, await first_models(versions, load, strict=True))
    assert {each.name: each.assistant.model_id for each in agent.versions} == {"a": "model a", "b": "model b"}
    assert agent.versions.shares() == {"a": 0.75, "b": 0.25}
    assert (tmp_path / "a").exists(), "a model of the user's own is left where it is"


async def test_a_model_that_is_missing_at_the_start(tmp_path: Path) -> None:
    """Where a better one can be given later, the others serve meanwhile; else the server does not start."""
    for name, content in [("a", "bad"), ("b", "model b")]:
        (tmp_path / name).write_text(content)
    versions = [version(name, 1, model_file=str(tmp_path / name)) for name in ("a", "b")]
    agent = small_agent(None)
    give(agent, await first_models(versions, load, strict=False))
    assert agent.versions.of("ada").name == "b"
    with pytest.raises(ModelError):
        await first_models(versions, load, strict=True)


class Server:
    """A model server whose models follow each other."""

    def __init__(self, *models: str) -> None:
        self.models = list(models)
        self.asked = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        if not self.models:
            self.asked.set()
            return web.Response(status=304)
        model = self.models.pop(0)
        return web.Response(body=model.encode(), headers={"ETag": model})


async def serving(server: Server) -> tuple[web.AppRunner, str]:
    application = web.Application()
    application.router.add_get("/model", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/model"


async def test_newer_models_take_over_and_bad_ones_do_not() -> None:
    """A version keeps the share that it was given meanwhile; nothing that was fetched stays on the disk."""
    server = Server("one", "bad", "two")
    runner, url = await serving(server)
    source = {"url": url, "wait_time_between_pulls": 0.01}
    agent = small_agent(small_assistant())
    served = ServedModel(version("new", 1, model_server=source))
    await served.load(load)
    give(agent, [served])
    agent.versions.resize("new", 3)
    assert served.assistant is not None
    watching = asyncio.create_task(served.watch(agent, load))
    await asyncio.wait_for(server.asked.wait(), 5)
    watching.cancel()
    await runner.cleanup()

    newest = list(agent.versions)[1].assistant
    assert (newest.model_id, agent.versions.shares()["new"]) == ("two", 0.75)
    for assistant in (served.assistant, newest):
        assert assistant.model_file is not None
        assert not assistant.model_file.parent.exists()


class Waiting(Pipeline):
    """Understands when the test says so."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def remotely(self, text: str, sender_id: str) -> dict[str, Any]:
        self.asked.set()
        await self.may_go_on.wait()
        return self.parse(text).to_json()


async def test_a_turn_in_progress_ends_with_its_model() -> None:
    """It is neither dropped nor mixed; the next turn has the new model."""
    waiting = Waiting()
    agent = small_agent(small_assistant())
    agent.parse_remotely = waiting.remotely
    output = Collector()
    turn = asyncio.create_task(agent.handle(UserMessage(text="/greet", sender_id="ada", output=output)))
    await waiting.asked.wait()
    second = replace(small_assistant(), model_id="second", ensemble=Ensemble([TablePolicy()]))
    agent.swap(second)
    waiting.may_go_on.set()
    await turn
    await agent.handle(UserMessage(text="/greet", sender_id="ada", output=output))

    events = (await agent.conversations.whole("ada")).events
    heard = [event.metadata["model_id"] for event in events if isinstance(event, UserUttered)]
    assert heard == ["model-1", "second"]
    assert [event.metadata["model_id"] for event in events] == ["model-1"] * 8 + ["second"] * 5
    assert len(output.messages) == 2
