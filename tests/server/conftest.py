"""Servers on a free port of this machine, each in the event loop of its test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sanic import Sanic

from tests.server.bot import small_agent, small_assistant
from tests.server.descriptions import Watcher
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.channel import InputChannel
from turnwise.channels.rest import RestChannel
from turnwise.errors import ModelError
from turnwise.server.answers import App
from turnwise.server.app import create_app
from turnwise.server.serve import listening_socket, serve
from turnwise.server.settings import ServerSettings

Open = Callable[..., Any]

# The framework rewrites its own functions for an application; in this mode it can do so for several.
Sanic.test_mode = True


def load_nothing(path: Path) -> Assistant:
    """Stands for reading an archive: one name works."""
    if path.name == "good.tar.gz":
        return replace(small_assistant(), model_id="model-2")
    raise ModelError(f"there is no model at {path}")


@asynccontextmanager
async def running(
    agent: Agent, settings: ServerSettings, channels: Sequence[InputChannel]
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a server that runs meanwhile."""
    app = create_app(agent, settings, channels, load_model=load_nothing)
    watcher = Watcher()
    app.register_middleware(watcher.watch, "response")
    with watcher.watching_queries():
        async with serving(app, settings) as client:
            yield client
    assert not watcher.lies, "/openapi.json says something else than the server does"


@asynccontextmanager
async def serving(app: App, settings: ServerSettings) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of `app`, which is served meanwhile."""
    listener = listening_socket("127.0.0.1", 0, backlog=100)
    ready, stop = asyncio.Event(), asyncio.Event()

    async def until_stopped() -> None:
        ready.set()
        await stop.wait()

    task = asyncio.create_task(serve(app, settings, listener, until=until_stopped))
    await asyncio.wait([task, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()  # a server that cannot start says why, instead of leaving its clients waiting
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with aiohttp.ClientSession(base_url=address) as client:
            yield client
    finally:
        stop.set()
        await task


@pytest.fixture
async def open_server() -> AsyncIterator[Open]:
    """Starts a server of its own for a test: `await open_server(agent=..., channels=..., **settings)`."""
    async with AsyncExitStack() as stack:

        async def open_one(
            agent: Agent | None = None, channels: Sequence[InputChannel] | None = None, **settings: Any
        ) -> aiohttp.ClientSession:
            settings.setdefault("enable_api", True)
            return await stack.enter_async_context(
                running(
                    agent or small_agent(small_assistant()),
                    ServerSettings(**settings),
                    [RestChannel()] if channels is None else channels,
                )
            )

        yield open_one


@pytest.fixture
async def client(open_server: Open) -> aiohttp.ClientSession:
    """A client of a server with the whole API and the REST channel."""
    opened: aiohttp.ClientSession = await open_server()
    return opened
