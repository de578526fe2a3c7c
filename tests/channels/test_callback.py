"""The callback channel: answers are posted to an address."""

from __future__ import annotations

import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.callback import CallbackChannel
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/callback/webhook"


async def test_answers_are_posted(open_server: Open, service: FakeService) -> None:
    """Each message is a request of its own, in the form of REST; the sender only learns of success."""
    channel = CallbackChannel({"url": f"{service.url}/bot", "token": "secret"})
    client = await open_server(channels=[channel])
    async with client.post(WEBHOOK, json={"sender": "ada", "message": "/external"}) as response:
        assert (response.status, await response.text()) == (200, "success")
    assert service.got == [
        ("/bot", {"recipient_id": "ada", "text": "Something happened."}),
        ("/bot", {"recipient_id": "ada", "text": "It did."}),
    ]


async def test_a_refusal_is_only_logged(open_server: Open, service: FakeService) -> None:
    """An address that answers with an error does not make the turn fail."""
    service.answers = [500]
    client = await open_server(channels=[CallbackChannel({"url": service.url})])
    async with client.post(WEBHOOK, json={"message": "/ask"}) as response:
        assert response.status == 200


async def test_an_address_where_nobody_is(open_server: Open) -> None:
    """A connection that fails makes the webhook fail."""
    client = await open_server(channels=[CallbackChannel({"url": "http://127.0.0.1:1/"})])
    async with client.post(WEBHOOK, json={"message": "/ask"}) as response:
        assert response.status == 500


async def test_it_reaches_users_by_itself(open_server: Open, service: FakeService) -> None:
    """`output_channel=callback` of the API sends there instead of answering."""
    client = await open_server(channels=[CallbackChannel({"url": service.url})])
    path = "/conversations/ada/trigger_intent?output_channel=callback"
    async with client.post(path, json={"name": "ask"}) as response:
        assert (await response.json())["messages"] == []
    assert [body["text"] for _, body in service.got] == ["Sure?"]


def test_an_address_is_needed() -> None:
    """Without `url` the channel cannot be opened."""
    with pytest.raises(UsageError, match="url"):
        CallbackChannel.from_credentials({})
