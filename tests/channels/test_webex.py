"""Webex Teams: news of messages in, which are fetched; messages out."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.webex import WebexChannel
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/webexteams/webhook"
NEWS = {"resource": "messages", "event": "created", "data": {"id": "m1", "roomId": "r1"}}


def channel_of(service: FakeService, **options: Any) -> WebexChannel:
    service.says = {"me": {"id": "bot"}, "m1": {"personId": "ada", "roomId": "r1", "text": "/external"}}
    return WebexChannel("token", api=service.url, **options)


async def test_a_message_is_fetched_and_answered_once(open_server: Open, service: FakeService) -> None:
    """News only name the message; its text is Webex's to give, to whom has the bot's token."""
    client = await open_server(channels=[channel_of(service)])
    for _ in range(2):
        async with client.post(WEBHOOK, json=NEWS) as response:
            assert response.status == 200
    sent = [body for path, body in service.got if path == "/messages"]
    assert sent == [{"text": "Something happened.", "roomId": "r1"}, {"text": "It did.", "roomId": "r1"}]
    assert [path for path, _ in service.got if path == "/people/me"] == ["/people/me"], "asked once"
    assert set(service.authorized) == {"Bearer token"}


@pytest.mark.parametrize(
    ("news", "found"),
    [
        (NEWS, {"personId": "bot", "roomId": "r1", "text": "/ask"}),
        (NEWS, {"personId": "ada", "roomId": "r1"}),
        ({"data": {}}, {}),
        ({}, {}),
    ],
)
async def test_what_is_left_alone(
    open_server: Open, service: FakeService, news: dict[str, Any], found: dict[str, Any]
) -> None:
    """What the bot itself wrote, and what has no text."""
    client = await open_server(channels=[channel_of(service)])
    service.says["m1"] = found
    async with client.post(WEBHOOK, json=news) as response:
        assert response.status == 200
    assert [path for path, _ in service.got if path == "/messages"] == []


@pytest.mark.parametrize(("secret", "status"), [("right", 200), ("wrong", 400), ("", 400)])
async def test_requests_may_have_to_be_signed(
    open_server: Open, service: FakeService, secret: str, status: int
) -> None:
    """Where the webhook has a secret, it counts."""
    client = await open_server(channels=[channel_of(service, secret="right")])
    body = json.dumps({}).encode()
    headers = {"X-Spark-Signature": hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}
    async with client.post(WEBHOOK, data=body, headers=headers) as response:
        assert response.status == status


async def test_rendering(service: FakeService) -> None:
    """Pictures are files; payloads say themselves where they go, a room of the settings takes the rest."""
    channel = channel_of(service, room="r9")
    output: Any = channel.get_output_channel()
    service.answers = [503]
    await output.send("r1", {"image": "https://e.org/i.png"})
    await output.send("r1", {"custom": {"toPersonEmail": "ada@e.org", "text": "x"}})
    assert [body for _, body in service.got[1:]] == [
        {"files": ["https://e.org/i.png"], "roomId": "r9"},
        {"toPersonEmail": "ada@e.org", "text": "x"},
    ]
    assert channel._service._session is not None
    await channel._service._session.close()


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="access_token"):
        WebexChannel.from_credentials({})
