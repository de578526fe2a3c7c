"""Telegram: updates in, and calls of the Bot API out."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered
from turnwise.channels.telegram import SECRET_HEADER, TelegramChannel, TelegramOutput
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/telegram/webhook"
PUBLIC = "https://bot.example.org/webhooks/telegram/webhook"
CHAT = {"id": -17, "type": "group"}


@pytest.fixture
def channel(service: FakeService) -> TelegramChannel:
    service.says = {"getMe": {"ok": True, "result": {"username": "ada_bot"}}}
    return TelegramChannel("123:token", "ada_bot", PUBLIC, api=service.url)


def calls(service: FakeService) -> list[tuple[str, Any]]:
    """What the Bot API was asked for since the webhook was registered."""
    found = [(path.removeprefix("/bot123:token/"), body) for path, body in service.got]
    return [call for call in found if call[0] not in ("getMe", "setWebhook")]


def text_update(text: str, number: int = 1) -> dict[str, Any]:
    return {"update_id": number, "message": {"message_id": 5, "chat": CHAT, "text": text}}


async def post(client: aiohttp.ClientSession, channel: TelegramChannel, update: Any) -> int:
    headers = {SECRET_HEADER: channel._secret}
    async with client.post(WEBHOOK, json=update, headers=headers) as response:
        return response.status


async def test_the_webhook_is_registered_at_the_start(
    open_server: Open, service: FakeService, channel: TelegramChannel
) -> None:
    """With its address, and a secret that only Telegram is told."""
    client = await open_server(channels=[channel])
    path, body = service.got[-1]
    assert (path, body["url"]) == ("/bot123:token/setWebhook", PUBLIC)
    assert "token" not in body["secret_token"]
    async with client.get("/webhooks/telegram/set_webhook") as response:
        assert response.status == 200
    assert len(service.got) == 4, "asked who it is and registered, twice"


async def test_a_server_with_the_token_of_another_bot_does_not_start(
    open_server: Open, service: FakeService
) -> None:
    """The error names both."""
    service.says = {"getMe": {"ok": True, "result": {"username": "bob_bot"}}}
    channel = TelegramChannel("123:token", "ada_bot", PUBLIC, api=service.url)
    with pytest.raises(UsageError, match="'bob_bot', not of 'ada_bot'"):
        await open_server(channels=[channel])
    await close(channel)


@pytest.mark.parametrize("secret", ["", "wrong"])
async def test_others_than_telegram_are_refused(
    open_server: Open, service: FakeService, channel: TelegramChannel, secret: str
) -> None:
    """Without the secret that was registered nothing happens."""
    client = await open_server(channels=[channel])
    headers = {SECRET_HEADER: secret}
    async with client.post(WEBHOOK, json=text_update("/ask"), headers=headers) as response:
        assert response.status == 403
    assert calls(service) == []


async def test_a_text_is_answered_once(
    open_server: Open, service: FakeService, channel: TelegramChannel
) -> None:
    """An update that Telegram delivers again is not handled again."""
    client = await open_server(channels=[channel])
    for _ in range(2):
        assert await post(client, channel, text_update("/external")) == 200
    assert calls(service) == [
        ("sendMessage", {"chat_id": "-17", "text": "Something happened."}),
        ("sendMessage", {"chat_id": "-17", "text": "It did."}),
    ]


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"edited_message": {"chat": CHAT, "text": "/botgreet"}}, "greet"),
        ({"callback_query": {"data": "/greet", "message": {"chat": CHAT}}}, "/greet"),
        (
            {"message": {"chat": CHAT, "location": {"longitude": 1.5, "latitude": 2}}},
            '{"lng": 1.5, "lat": 2}',
        ),
        ({"message": {"chat": CHAT, "sticker": {}}}, None),
        ({"my_chat_member": {"chat": CHAT}}, None),
        ({}, None),
    ],
)
def test_what_an_update_says(channel: TelegramChannel, update: dict[str, Any], said: str | None) -> None:
    """Texts, edited ones too, payloads of buttons, and places; everything else is left alone."""
    message = channel.message_of(update)
    assert (message.text if message else None) == said
    assert message is None or message.sender_id == "-17"


async def test_after_a_restart_the_bot_begins(
    open_server: Open, service: FakeService, channel: TelegramChannel
) -> None:
    """`/restart` is followed by `/start`, as if the user had opened the bot."""
    client = await open_server(channels=[channel])
    await post(client, channel, text_update("/restart"))
    async with client.get("/conversations/-17/tracker?include_events=ALL") as response:
        events = (await response.json())["events"]
    assert [event["text"] for event in events if event["event"] == "user"] == ["/restart", "/start"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"update_id": "\xff"}'])
async def test_nonsense_is_refused(open_server: Open, channel: TelegramChannel, body: bytes) -> None:
    """With a sentence, and nothing else happens."""
    client = await open_server(channels=[channel])
    async with client.post(WEBHOOK, data=body, headers={SECRET_HEADER: channel._secret}) as response:
        assert response.status == 400


BUTTONS = [{"title": "Yes", "payload": "/yes"}, {"title": "No", "payload": "/no"}]
KEYS = [{"text": "Yes", "callback_data": "/yes"}, {"text": "No", "callback_data": "/no"}]


@pytest.mark.parametrize(
    ("kind", "markup"),
    [
        ({}, {"inline_keyboard": [KEYS]}),
        ({"button_type": "vertical"}, {"inline_keyboard": [[KEYS[0]], [KEYS[1]]]}),
        (
            {"button_type": "reply"},
            {"keyboard": [[{"text": "Yes"}], [{"text": "No"}]], "one_time_keyboard": True},
        ),
    ],
)
async def test_buttons(
    service: FakeService, channel: TelegramChannel, kind: dict[str, str], markup: dict[str, Any]
) -> None:
    """They go with the last paragraph, in the way that `button_type` asks for."""
    await channel._output.send("7", {"text": "Well.\n\nSure?", "buttons": BUTTONS, **kind})
    assert calls(service) == [
        ("sendMessage", {"chat_id": "7", "text": "Well."}),
        ("sendMessage", {"chat_id": "7", "text": "Sure?", "reply_markup": markup}),
    ]
    await close(channel)


async def test_pictures_and_payloads(service: FakeService, channel: TelegramChannel) -> None:
    """The keys of a payload tell which method takes it; one that none takes is only logged."""
    output: TelegramOutput = channel._output
    await output.send("7", {"text": None, "image": "https://example.org/i.png"})
    for custom in (
        {"latitude": 1, "longitude": 2},
        {"latitude": 1, "longitude": 2, "title": "Home", "address": "Here"},
        {"sticker": "s", "chat_id": "8"},
        {"colour": "red"},
    ):
        await output.send("7", {"custom": custom})
    assert [(method, body["chat_id"]) for method, body in calls(service)] == [
        ("sendPhoto", "7"),
        ("sendLocation", "7"),
        ("sendVenue", "7"),
        ("sendSticker", "8"),
    ]
    await close(channel)


async def test_sending_is_tried_again(service: FakeService, channel: TelegramChannel) -> None:
    """When Telegram stumbles, not when it refuses."""
    service.answers = [502]
    await channel._output.send("7", {"text": "patience"})
    assert len(calls(service)) == 2
    service.answers = [403]
    with pytest.raises(NotDelivered, match="403"):
        await channel._output.send("7", {"text": "in vain"})
    assert len(calls(service)) == 3
    await close(channel)


async def close(channel: TelegramChannel) -> None:
    session = channel._service._session
    if session is not None:
        await session.close()
