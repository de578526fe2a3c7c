"""From endpoints.yml to an agent with everything around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.server.bot import small_assistant
from turnwise.actions.action import NoActionServer
from turnwise.actions.action_server import HttpActionServer
from turnwise.channels.channel import UserMessage
from turnwise.channels.collector import Collector
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ProjectError
from turnwise.project.endpoints_file import Endpoint, endpoints_from_text
from turnwise.server.assembly import action_server, nlg_maker, open_agent
from turnwise.storage.memory import MemoryTrackerStore
from turnwise.storage.sql import SqlTrackerStore


class Parrot:
    """Responses of a project's own making."""

    def __init__(self, endpoint_config: Endpoint, domain: Domain) -> None:
        self.prefix = endpoint_config.settings["prefix"]

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"text": f"{self.prefix} {name}"}


async def test_nothing_configured() -> None:
    """Without endpoints conversations are kept in memory."""
    agent = await open_agent(endpoints_from_text(""), small_assistant())
    assert isinstance(agent.tracker_store, MemoryTrackerStore)
    assert isinstance(agent.action_server, NoActionServer)
    assert agent.broker is None
    await agent.close()


async def test_everything_configured(tmp_path: Path) -> None:
    """A turn is kept in SQL, told to the broker, and answered by the project's own responses."""
    endpoints = endpoints_from_text(
        f"""
action_endpoint: {{url: "http://localhost:1/webhook"}}
tracker_store: {{type: SQL, db: "{tmp_path / "t.db"}"}}
lock_store: {{type: in_memory}}
event_broker: {{type: file, path: "{tmp_path / "out.jsonl"}"}}
nlg: {{type: "{__name__}.Parrot", prefix: Squawk}}
"""
    )
    agent = await open_agent(endpoints, small_assistant())
    assert isinstance(agent.tracker_store, SqlTrackerStore)
    output = Collector()
    await agent.handle(UserMessage(text="/ask", sender_id="ada", output=output))
    assert output.messages == [{"recipient_id": "ada", "text": "Squawk utter_ask"}]
    await agent.close()

    told = [json.loads(line)["event"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert told == [
        "action",
        "session_started",
        "action",
        "user",
        "user_featurization",
        "action",
        "bot",
        "action",
    ]


def test_the_address_of_the_action_server() -> None:
    """Parameters, token and headers of the section go with every call."""
    endpoint = Endpoint(
        url="http://actions/webhook",
        params={"a": 1},
        token="T",
        headers={"X": "y"},
        settings={"enable_selective_domain": True},
    )
    server = action_server(endpoint)
    assert isinstance(server, HttpActionServer)
    assert server.selective_domain
    client = server.endpoint
    assert (client.url, client.params, client.headers) == (
        "http://actions/webhook",
        {"a": "1", "token": "T"},
        {"X": "y"},
    )


@pytest.mark.parametrize("endpoint", [None, Endpoint(type="response")])
def test_responses_of_the_domain(endpoint: Endpoint | None) -> None:
    """Without a section, or with `type: response`, they come from the domain."""
    assert nlg_maker(endpoint) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tracker_store: {type: sqll}", "unknown tracker store 'sqll'"),
        ("tracker_store:\n  type: SQL\n  port: high", "endpoints.yml:1: tracker_store: .*port"),
        ("lock_store: {type: no.such.Store}", "there is no module 'no"),
        ("nlg: {type: parrot}", "unknown NLG 'parrot'"),
    ],
)
async def test_mistakes_are_told_with_their_place(text: str, problem: str) -> None:
    """File, section and setting are named."""
    with pytest.raises(ProjectError, match=problem):
        await open_agent(endpoints_from_text(text), None)
