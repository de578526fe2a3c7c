"""Rocket.Chat: outgoing webhooks and livechat in, messages out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered
from turnwise.channels.rocketchat import RocketChatChannel
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/rocketchat/webhook"
MESSAGE = {"user_name": "ada", "channel_id": "r1", "message_id": "m1", "text": "/external"}
LIVECHAT = {"_id": "r2", "visitor": {"username": "guest"}, "messages": [{"_id": "m2", "msg": "/ask"}]}


@pytest.fixture
def channel(service: FakeService) -> RocketChatChannel:
    service.says = {"login": {"data": {"authToken": "t", "userId": "u"}}}
    return RocketChatChannel("bot", "secret", service.url)


async def test_a_message_is_answered_once(
    open_server: Open, service: FakeService, channel: RocketChatChannel
) -> None:
    """The bot logs in when it first has something to say."""
    client = await open_server(channels=[channel])
    for _ in range(2):
        async with client.post(WEBHOOK, json=MESSAGE) as response:
            assert response.status == 200
    assert service.got == [
        ("/api/v1/login", {"user": "bot", "password": "secret"}),
        ("/api/v1/chat.postMessage", {"roomId": "r1", "text": "Something happened."}),
        ("/api/v1/chat.postMessage", {"roomId": "r1", "text": "It did."}),
    ]


@pytest.mark.parametrize(
    ("body", "said", "sender"),
    [
        (LIVECHAT, "/ask", "r2"),
        ({**MESSAGE, "user_name": "bot"}, None, None),
        ({"channel_id": "r1"}, None, None),
        ({"visitor": {}, "messages": []}, None, None),
    ],
)
def test_what_is_said(
    channel: RocketChatChannel, body: dict[str, Any], said: str | None, sender: str | None
) -> None:
    """In rooms and in livechats; what the bot itself writes comes back, and is left alone."""
    message = channel.message_of(body)
    assert (message.text if message else None, message.sender_id if message else None) == (said, sender)


async def test_rendering(service: FakeService, channel: RocketChatChannel) -> None:
    """Buttons write their payload into the chat; cards, files and pictures are attachments."""
    output: Any = channel.get_output_channel()
    await output.send("r1", {"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/yes"}]})
    await output.send("r1", {"image": "i", "attachment": {"title": "a"}, "elements": [{"title": "b"}]})
    await output.send("r1", {"custom": {"roomId": "r7", "text": "x"}})
    yes = {"text": "Yes", "msg": "/yes", "type": "button", "msg_in_chat_window": True}
    assert [body for path, body in service.got if "chat" in path] == [
        {"roomId": "r1", "text": "Sure?", "attachments": [{"actions": [yes]}]},
        {"roomId": "r1", "attachments": [{"image_url": "i", "collapsed": False}]},
        {"roomId": "r1", "attachments": [{"title": "a"}]},
        {"roomId": "r1", "attachments": [{"title": "b"}]},
        {"roomId": "r7", "text": "x"},
    ]
    await close(channel)


async def test_a_session_that_has_ended_is_begun_again(
    service: FakeService, channel: RocketChatChannel
) -> None:
    """Once; what is refused then is refused."""
    output: Any = channel.get_output_channel()
    service.answers = [200, 401]
    await output.send("r1", {"text": "patience"})
    assert [path.rpartition("/")[2] for path, _ in service.got] == ["login", "chat.postMessage"] * 2
    service.answers = [401, 200, 401]
    with pytest.raises(NotDelivered, match="401"):
        await output.send("r1", {"text": "in vain"})
    await close(channel)


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="password, server_url"):
        RocketChatChannel.from_credentials({"user": "x"})


async def close(channel: RocketChatChannel) -> None:
    session = channel._service._session
    if session is not None:
        await session.close()
