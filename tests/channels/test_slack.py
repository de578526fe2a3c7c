"""Slack: signed events and clicks in, calls of the Web API out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered
from turnwise.channels.slack import SlackChannel
from turnwise.channels.slack_messages import SlackOutput, SlackSettings
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/slack/webhook"
NOW = 1_700_000_000
SECRET = "signing secret"
EVENT = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "ts": "1.5", "text": "/ask"}


def channel_of(service: FakeService, **settings: Any) -> SlackChannel:
    service.says["chat.postMessage"] = {"ok": True}
    given = SlackSettings(slack_token="xoxb-1", slack_signing_secret=SECRET, **settings)
    return SlackChannel(given, api=service.url, clock=lambda: float(NOW))


def signed(body: bytes, *, at: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request that Slack sends."""
    base = f"v0:{at}:".encode() + body
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature}


async def post(client: aiohttp.ClientSession, envelope: Any, **headers: str) -> tuple[int, Any, Any]:
    body = json.dumps(envelope).encode()
    sent = {"Content-Type": "application/json", **signed(body), **headers}
    async with client.post(WEBHOOK, data=body, headers=sent) as response:
        answer = await response.read()
        return response.status, json.loads(answer) if answer else None, response.headers


async def delivered(service: FakeService, count: int) -> list[Any]:
    """The first bodies that Slack was sent; turns go on after their request."""
    async with asyncio.timeout(5):
        while len(service.got) < count:
            await service.more.wait()
            service.more.clear()
    return [body for _, body in service.got]


async def test_a_message_is_answered_later(open_server: Open, service: FakeService) -> None:
    """Slack gets 200 at once, and the answer over its API, with the bot's token."""
    client = await open_server(channels=[channel_of(service)])
    status, answer, _ = await post(client, {"event_id": "E1", "event": EVENT})
    assert (status, answer) == (200, None)
    (message,) = await delivered(service, 1)
    assert (message["channel"], message["text"]) == ("D1", "Sure?")
    assert message["blocks"][1]["elements"][0]["value"] == "/greet"
    assert service.authorized == ["Bearer xoxb-1"]


async def test_the_challenge_of_a_new_webhook(open_server: Open, service: FakeService) -> None:
    """It is sent back."""
    client = await open_server(channels=[channel_of(service)])
    assert (await post(client, {"type": "url_verification", "challenge": "c"}))[:2] == (200, "c")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"{}", secret="wrong"),
        signed(b"other"),
        signed(b"{}", at=NOW - 301),
        signed(b"{}", at=NOW + 301),
        {**signed(b"{}"), "X-Slack-Request-Timestamp": "soon"},
    ],
)
async def test_others_than_slack_are_refused(
    open_server: Open, service: FakeService, headers: dict[str, str]
) -> None:
    """Unsigned, signed by another, altered, or too old to be new."""
    client = await open_server(channels=[channel_of(service)])
    async with client.post(WEBHOOK, data=b"{}", headers=headers) as response:
        assert response.status == 400


async def test_what_is_being_handled_is_not_taken_again(open_server: Open, service: FakeService) -> None:
    """Slack is told not to try again; without that reason the message's own id prevents it."""
    client = await open_server(channels=[channel_of(service)])
    headers = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    status, _, answered = await post(client, {"event": EVENT}, **headers)
    assert (status, answered["X-Slack-No-Retry"]) == (201, "1")

    mention = {**EVENT, "type": "app_mention", "channel": "C1", "channel_type": "channel"}
    for event_id in ("E1", "E2"):
        await post(client, {"event_id": event_id, "event": mention})
    await post(client, {"event_id": "E3", "event": {**EVENT, "ts": "2.5", "text": "/external"}})
    texts = [message["text"] for message in await delivered(service, 3)]
    assert sorted(texts) == ["It did.", "Something happened.", "Sure?"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "/ask"),
        ({"channel_type": "channel", "channel": "C1"}, None),
        ({"channel_type": "channel", "channel": "C1", "text": "<@UBOT> /ask"}, "/ask"),
        ({"channel_type": "channel", "channel": "CLISTEN"}, "/ask"),
        ({"bot_id": "B1"}, None),
        ({"subtype": "message_changed"}, None),
        ({"type": "reaction_added"}, None),
        ({"text": ""}, None),
        ({"text": "to <mailto:a@b.c|a@b.c> of <https://b.c|b.c>"}, "to a@b.c of b.c"),
    ],
)
def test_whom_the_bot_hears(service: FakeService, event: dict[str, Any], said: str | None) -> None:
    """Direct messages, mentions, and everybody in its own channel; not itself."""
    channel = channel_of(service, slack_channel="CLISTEN")
    envelope = {"event": {**EVENT, **event}, "authorizations": [{"user_id": "UBOT"}]}
    message = channel.message_of(envelope)
    assert (message.text if message else None) == said


@pytest.mark.parametrize(
    ("granularity", "sender"), [("sender", "U1"), ("channel", "U1_D1"), ("thread", "U1_D1_1.5")]
)
def test_what_a_conversation_is(service: FakeService, granularity: str, sender: str) -> None:
    """A user's, a user's in a channel, or a user's in a thread; all are kept beside the message."""
    message = channel_of(service, conversation_granularity=granularity).message_of({"event": EVENT})
    assert message is not None
    assert message.sender_id == sender
    assert message.metadata == {"out_channel": "D1", "thread_id": "1.5", "users": []}


@pytest.mark.parametrize(
    ("action", "chosen"),
    [
        ({"type": "button", "value": "/yes"}, "/yes"),
        ({"type": "select", "selected_options": [{"value": "/yes"}]}, "/yes"),
        ({"type": "static_select", "selected_option": {"value": "/yes"}}, "/yes"),
        ({"type": "overflow", "selected_option": {"value": "/yes"}}, "/yes"),
        ({"type": "users_select", "selected_user": "U2"}, "U2"),
        ({"type": "channels_select", "selected_channel": "C2"}, "C2"),
        ({"type": "conversations_select", "selected_conversation": "C3"}, "C3"),
        ({"type": "datepicker", "selected_date": "2026-01-02"}, "2026-01-02"),
        ({"type": "carousel"}, None),
    ],
)
async def test_clicks(
    open_server: Open, service: FakeService, action: dict[str, Any], chosen: str | None
) -> None:
    """What was chosen is what the user says; it comes as a form."""
    channel = channel_of(service)
    payload = {"type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "D1"}, "actions": [action]}
    message = channel.message_of(payload)
    assert (message.text if message else None) == chosen
    client = await open_server(channels=[channel])
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signed(body)}
    async with client.post(WEBHOOK, data=body, headers=headers) as response:
        assert response.status == 200


async def test_rendering(service: FakeService) -> None:
    """Paragraphs, blocks, files and payloads; more buttons than Slack shows are left out."""
    output = SlackOutput(
        channel_of(service)._service, channel_of(service)._settings, to=None, api=service.url
    )
    output._thread = "9.9"
    await output.send("U1", {"text": "a\n\nb"})
    await output.send(
        "U1", {"text": "many", "buttons": [{"title": str(n), "payload": "/n"} for n in range(6)]}
    )
    await output.send("U1", {"image": "https://example.org/i.png"})
    await output.send("U1", {"attachment": {"title": "t"}})
    await output.send("U1", {"custom": {"channel": "C9", "text": "x", "thread_ts": "8.8"}})
    bodies = [body for _, body in service.got]
    assert [body.get("text") for body in bodies] == ["a", "b", "many", "https://example.org/i.png", None, "x"]
    assert bodies[3]["blocks"][0]["type"] == "image"
    assert bodies[4]["attachments"] == [{"title": "t"}]
    assert [(body["channel"], body["thread_ts"]) for body in bodies[3:]] == [
        ("U1", "9.9"),
        ("U1", "9.9"),
        ("C9", "8.8"),
    ]
    await close(output)


async def test_a_refusal_is_told(service: FakeService) -> None:
    """Slack refuses with status 200, too."""
    channel = channel_of(service, slack_channel="C1")
    output: Any = channel.get_output_channel()
    service.says["chat.postMessage"] = {"ok": False, "error": "not_in_channel"}
    with pytest.raises(NotDelivered, match="not_in_channel"):
        await output.send("U1", {"text": "hi"})
    await close(output)


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        ({"slack_token": "x"}, "slack_signing_secret"),
        ({"slack_token": "x", "slack_signing_secret": "y", "conversation_granularity": "team"}, "team"),
    ],
)
def test_credentials_that_make_no_sense(credentials: dict[str, Any], problem: str) -> None:
    """What is missing or wrong is named when the server starts."""
    with pytest.raises(UsageError, match=problem):
        SlackChannel.from_credentials(credentials)
    right = SlackChannel.from_credentials({"slack_token": "x", "slack_signing_secret": "y"})
    assert right.get_output_channel() is None, "without a channel of its own it cannot begin to speak"


async def close(output: SlackOutput) -> None:
    session = output._service._session
    if session is not None:
        await session.close()
