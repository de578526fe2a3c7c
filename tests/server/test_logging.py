"""What the server writes into its log: which turn it is about, and nothing that users said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.conftest import Open
from tests.server.test_telemetry import ActionServer, agent_of
from turnwise.cli.logs import JsonFormatter

WEBHOOK = "/webhooks/rest/webhook"
NUMBER = "4111-1111-1111-1111"


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every line that the framework logs from INFO upward, as JSON."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keeper(logging.INFO)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


async def test_lines_of_a_turn_name_conversation_and_message(open_server: Open, log: list[str]) -> None:
    """An action that fails is logged with the ids of the turn; lines outside of turns have none."""
    client = await open_server(agent=agent_of(ActionServer(url="http://127.0.0.1:1/webhook")))
    body = {"sender": "ada", "message": "/greet", "message_id": "m-1"}
    async with client.post(WEBHOOK, json=body) as response:
        assert response.status == 200
    async with client.post(WEBHOOK, data=b"{") as response:
        assert response.status == 400

    lines: list[dict[str, Any]] = [json.loads(line) for line in log]
    failed = next(line for line in lines if line["event"].startswith("action.failed"))
    assert (failed["conversation"], failed["message"]) == ("ada", "m-1")
    refused = next(line for line in lines if line["event"].startswith("channel.bad_message"))
    assert "conversation" not in refused


@pytest.mark.parametrize(
    "text",
    [
        f"my card is {NUMBER}",
        f"/{NUMBER}",
        f"/greet @{NUMBER}",
        f'/greet{{"{NUMBER}": 1}}',
        f'/greet{{"name": "{NUMBER}"}}',
        f'/greet{{"name": "{NUMBER}"',
        f"/greet {NUMBER}",
    ],
)
async def test_no_words_of_users_are_logged(open_server: Open, log: list[str], text: str) -> None:
    """Whatever a user writes, only debug lines may repeat it; that holds for failures, too."""
    client = await open_server(agent=agent_of(ActionServer(url="http://127.0.0.1:1/webhook")))
    bodies: list[Any] = [{"message": text}, {"message": [text]}, {"message": text, "sender": {"a": text}}]
    for body in bodies:
        async with client.post(WEBHOOK, json=body):
            pass
    async with client.post(WEBHOOK, data=json.dumps({"message": text})[:-1]):
        pass
    async with client.post("/conversations/ada/messages", json={"text": text, "sender": "user"}):
        pass
    assert log, "failures are logged"
    assert NUMBER not in "".join(log)
