"""What those who run the server ask it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.server.bot import small_agent, small_assistant
from tests.server.conftest import Open
from tests.server.test_conversations import call, say
from turnwise.errors import StorageError
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.tracker_store import Saved


async def test_a_server_that_is_well(client: aiohttp.ClientSession) -> None:
    """It lives, and may have traffic."""
    assert await call(client, "GET", "/health/live") == (200, {"status": "ok"})
    status, answer = await call(client, "GET", "/health/ready")
    assert (status, answer["status"]) == (200, "ok")


async def test_without_a_model_it_lives_but_is_not_ready(open_server: Open) -> None:
    """Messages could not be answered."""
    client = await open_server(agent=small_agent(None))
    assert (await call(client, "GET", "/health/live"))[0] == 200
    status, answer = await call(client, "GET", "/health/ready")
    assert (status, answer["model"], answer["tracker_store"]) == (503, False, True)


async def test_without_its_store_it_is_not_ready(open_server: Open) -> None:
    """Messages could not be kept."""

    class Broken(MemoryTrackerStore):
        async def load(self, sender_id: str) -> Saved | None:
            raise StorageError("gone")

    agent = small_agent(small_assistant())
    agent.tracker_store = Broken()
    client = await open_server(agent=agent)
    status, answer = await call(client, "GET", "/health/ready")
    assert (status, answer["tracker_store"]) == (503, False)


@pytest.mark.parametrize(
    "line",
    [
        'turnwise_turns_total{channel="rest",outcome="ok"} 2.0',
        'turnwise_turn_seconds_count{channel="rest"} 2.0',
        "turnwise_turns_in_progress 0.0",
        'turnwise_intents_total{intent="greet"} 1.0',
        "turnwise_fallbacks_total 1.0",
        'turnwise_actions_total{action="utter_greet",outcome="ran"} 1.0',
    ],
)
async def test_numbers_for_prometheus(client: aiohttp.ClientSession, line: str) -> None:
    """Turns, intents, misunderstandings and actions are counted."""
    await say(client, "/greet")
    await say(client, "something that nobody understands")
    async with client.get("/metrics") as response:
        assert response.content_type == "text/plain"
        assert line in (await response.text()).splitlines()


async def test_failed_turns_are_counted(open_server: Open) -> None:
    """A turn that was not kept is one that failed."""

    class Full(MemoryTrackerStore):
        async def append(self, *args: Any, **kwargs: Any) -> int:
            raise StorageError("disk full")

    agent = small_agent(small_assistant())
    agent.conversations.store = Full()
    client = await open_server(agent=agent)
    async with client.post("/webhooks/rest/webhook", json={"message": "/greet"}) as response:
        assert response.status == 503
    async with client.get("/metrics") as response:
        assert 'turnwise_turns_total{channel="rest",outcome="failed"} 1.0' in await response.text()
