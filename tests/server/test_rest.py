"""The REST channel: one message in, the whole answer out."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.server.bot import scripted_agent, small_agent
from tests.server.conftest import Open
from turnwise.channels.channel import UserMessage
from turnwise.errors import StorageError

WEBHOOK = "/webhooks/rest/webhook"


async def say(client: aiohttp.ClientSession, text: str | None, **more: Any) -> Any:
    async with client.post(WEBHOOK, json={"sender": "ada", "message": text, **more}) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        return await response.json()


async def events_of(client: aiohttp.ClientSession, sender: str) -> list[dict[str, Any]]:
    async with client.get(f"/conversations/{sender}/tracker?include_events=ALL") as response:
        events: list[dict[str, Any]] = (await response.json())["events"]
        return events


async def test_the_channel_tells_that_it_is_open(client: aiohttp.ClientSession) -> None:
    """Probes ask the channel's root."""
    async with client.get("/webhooks/rest/") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_message_is_answered(client: aiohttp.ClientSession) -> None:
    """The response holds every message of the turn, in order, addressed to the sender."""
    assert await say(client, '/greet{"name": "Ada"}') == [{"recipient_id": "ada", "text": "Hi Ada."}]
    assert await say(client, "/ask") == [
        {"recipient_id": "ada", "text": "Sure?", "buttons": [{"title": "Yes", "payload": "/greet"}]}
    ]
    assert await say(client, "/external") == [
        {"recipient_id": "ada", "text": "Something happened."},
        {"recipient_id": "ada", "text": "It did."},
    ]


async def test_nobody_is_the_default_sender(client: aiohttp.ClientSession) -> None:
    """Without a sender the conversation is called `default`."""
    async with client.post(WEBHOOK, json={"message": "/ask"}) as response:
        assert (await response.json())[0]["recipient_id"] == "default"


async def test_what_stands_beside_the_text_is_kept(client: aiohttp.ClientSession) -> None:
    """Metadata, channel and message id reach the user event; the text is stripped."""
    await say(client, "  /greet ", metadata={"a": 1}, input_channel="app", message_id="m-1")
    user = next(event for event in await events_of(client, "ada") if event["event"] == "user")
    assert user["text"] == "/greet"
    assert (user["metadata"]["a"], user["input_channel"], user["message_id"]) == (1, "app", "m-1")


@pytest.mark.parametrize("body", [{}, {"sender": "ada"}, {"sender": "ada", "message": None}])
async def test_no_message_no_answer(client: aiohttp.ClientSession, body: dict[str, Any]) -> None:
    """A body without a message is answered with an empty list, as in Rasa."""
    async with client.post(WEBHOOK, json=body) as response:
        assert (response.status, await response.json()) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"message": 5}',
        b'{"message": "\xff\xfe"}',
        b'{"message": "hi", "sender": {"a": 1}}',
        b'{"message": "' + b"x" * 70_000 + b'"}',
        b'{"message": "hi", "sender": "' + b"x" * 300 + b'"}',
        b'{"message": "hi", "sender": "a\\u0000b"}',
        b'{"message": "hi", "metadata": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_nonsense_is_refused(client: aiohttp.ClientSession, body: bytes) -> None:
    """What is no message gets status 400 and a sentence, and nothing else happens."""
    async with client.post(WEBHOOK, data=body) as response:
        assert response.status == 400
        answer = await response.json()
    assert answer["status"] == 400
    assert answer["message"]
    assert await say(client, "/ask"), "the server goes on"


async def test_messages_are_streamed(client: aiohttp.ClientSession) -> None:
    """With `stream=true` each message is a line of JSON of its own."""
    body = {"sender": "ada", "message": "/external"}
    async with client.post(WEBHOOK + "?stream=true", json=body) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        lines = [json.loads(line) async for line in response.content]
    assert lines == [
        {"recipient_id": "ada", "text": "Something happened."},
        {"recipient_id": "ada", "text": "It did."},
    ]


async def test_without_a_model_nothing_is_said(open_server: Open) -> None:
    """A server without a model answers messages with an empty list."""
    client = await open_server(agent=small_agent(None))
    assert await say(client, "hi") == []


async def test_an_error_in_a_turn_is_only_logged(open_server: Open) -> None:
    """As in Rasa the client gets an empty list, and the operator a traceback."""

    async def fail(message: UserMessage) -> None:
        await message.output.send(message.sender_id, {"text": "half an answer"})
        raise RuntimeError("out of luck")

    client = await open_server(agent=scripted_agent(fail))
    assert await say(client, "hi") == []


async def test_a_turn_that_was_not_kept_is_not_answered(open_server: Open) -> None:
    """When the store fails, status 503 tells the client to try again, whatever was said meanwhile."""

    async def fail(message: UserMessage) -> None:
        await message.output.send(message.sender_id, {"text": "an answer that nobody will remember"})
        raise StorageError("disk full")

    client = await open_server(agent=scripted_agent(fail))
    async with client.post(WEBHOOK, json={"message": "hi"}) as response:
        assert response.status == 503
        assert "remember" not in await response.text()


@pytest.mark.parametrize(("sender", "name"), [(17, "17"), (1.5, "1.5"), (True, "True"), ("", "default")])
async def test_names_may_be_numbers(client: aiohttp.ClientSession, sender: Any, name: str) -> None:
    """Programs count their users and messages; what they call them is kept as text."""
    body = {"sender": sender, "message": "/ask", "message_id": 4, "input_channel": 5}
    async with client.post(WEBHOOK, json=body) as response:
        assert (await response.json())[0]["recipient_id"] == name
    user = next(event for event in await events_of(client, name) if event["event"] == "user")
    assert (user["message_id"], user["input_channel"]) == ("4", "5")
