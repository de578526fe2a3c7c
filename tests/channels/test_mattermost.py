"""Mattermost: outgoing webhooks and clicks in, posts out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.mattermost import MattermostChannel, MattermostOutput
from turnwise.errors import BadMessage, UsageError

WEBHOOK = "/webhooks/mattermost/webhook"
PUBLIC = "https://bot.example.org/webhooks/mattermost/webhook"
MESSAGE = {
    "user_id": "u1",
    "channel_id": "c1",
    "post_id": "p1",
    "text": "bot /external",
    "trigger_word": "bot",
}


@pytest.fixture
def channel(service: FakeService) -> MattermostChannel:
    return MattermostChannel(f"{service.url}/api/v4/", "token", PUBLIC)


async def test_a_message_is_answered_once(
    open_server: Open, service: FakeService, channel: MattermostChannel
) -> None:
    """The trigger word is left out; answers go to the channel it was written in, with the bot's token."""
    client = await open_server(channels=[channel])
    for _ in range(2):
        async with client.post(WEBHOOK, json=MESSAGE) as response:
            assert (response.status, await response.text()) == (200, "success")
    assert service.got == [
        ("/api/v4/posts", {"channel_id": "c1", "message": "Something happened."}),
        ("/api/v4/posts", {"channel_id": "c1", "message": "It did."}),
    ]
    assert set(service.authorized) == {"Bearer token"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**MESSAGE, "trigger_word": None}, "bot /external"),
        ({"user_id": "u1", "channel_id": "c1", "context": {"action": "/yes"}}, "/yes"),
        ({"user_id": "u1", "channel_id": "c1", "context": {}}, None),
        ({"channel_id": "c1", "text": "hi"}, None),
        ({}, None),
    ],
)
def test_what_is_said(channel: MattermostChannel, body: dict[str, Any], said: str | None) -> None:
    """Texts, and payloads of buttons."""
    message = channel.message_of(body)
    assert (message.text if message else None) == said


def test_messages_may_need_a_token(service: FakeService) -> None:
    """Where the one of the outgoing webhook is known, it counts."""
    channel = MattermostChannel(service.url, "token", PUBLIC, "hook")
    assert channel.message_of({**MESSAGE, "token": "hook"}) is not None
    for wrong in ({}, {"token": "other"}, {"token": None}):
        with pytest.raises(BadMessage, match="not from Mattermost"):
            channel.message_of({**MESSAGE, **wrong})


async def test_rendering(service: FakeService, channel: MattermostChannel) -> None:
    """Buttons come back to the webhook; sending is tried again."""
    output = MattermostOutput(channel._service, service.url, "c1", PUBLIC)
    service.answers = [500]
    await output.send("u1", {"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/yes"}]})
    await output.send("u1", {"image": "https://e.org/i.png"})
    await output.send("u1", {"custom": {"channel_id": "c2", "message": "x"}})
    integration = {"url": PUBLIC, "context": {"action": "/yes"}}
    attachment = {"actions": [{"name": "Yes", "integration": integration}]}
    question = {"channel_id": "c1", "message": "Sure?", "props": {"attachments": [attachment]}}
    picture = {"attachments": [{"image_url": "https://e.org/i.png"}]}
    assert [body for _, body in service.got] == [
        question,
        question,
        {"channel_id": "c1", "message": "", "props": picture},
        {"channel_id": "c2", "message": "x"},
    ]
    assert channel._service._session is not None
    await channel._service._session.close()


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="token, webhook_url"):
        MattermostChannel.from_credentials({"url": "x"})
