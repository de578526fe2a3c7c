"""Facebook Messenger: signed events in, calls of the Send API out."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import aiohttp
import pytest

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered
from turnwise.channels.facebook import FacebookChannel
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/facebook/webhook"
SECRET = "app secret"


@pytest.fixture
def channel(service: FakeService) -> FacebookChannel:
    return FacebookChannel("right", SECRET, "page token", api=service.url)


def signature(body: bytes, *, secret: str = SECRET, method: Any = hashlib.sha1) -> str:
    name = method().name
    return f"{name}=" + hmac.new(secret.encode(), body, method).hexdigest()


def event(said: dict[str, Any], sender: str = "17") -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": "page"}, **said}


def page(*events: dict[str, Any]) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": "page", "messaging": list(events)}]}


async def post(client: aiohttp.ClientSession, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with client.post(WEBHOOK, data=body, headers=headers) as response:
        return response.status, await response.text()


def messages(service: FakeService) -> list[Any]:
    """What users were sent, besides signs of reading and writing."""
    return [(body["recipient"]["id"], body["message"]) for _, body in service.got if "message" in body]


@pytest.mark.parametrize(("token", "answer"), [("right", "42"), ("wrong", "failure, invalid token")])
async def test_the_webhook_proves_whose_it_is(
    open_server: Open, channel: FacebookChannel, token: str, answer: str
) -> None:
    """Who knows the token gets the challenge back."""
    client = await open_server(channels=[channel])
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"}
    async with client.get(WEBHOOK, params=query) as response:
        assert (response.status, await response.text()) == (200, answer)


async def test_messages_are_answered(
    open_server: Open, service: FakeService, channel: FacebookChannel
) -> None:
    """All of a request, in order, each once; the user sees that it was read and is answered."""
    client = await open_server(channels=[channel])
    said = page(
        event({"message": {"mid": "m1", "text": "/external"}}),
        event({"postback": {"mid": "m2", "payload": "/ask"}}, sender="18"),
    )
    body = json.dumps(said).encode()
    for _ in range(2):
        assert await post(client, body, {"X-Hub-Signature": signature(body)}) == (200, "success")
    assert messages(service)[:2] == [("17", {"text": "Something happened."}), ("17", {"text": "It did."})]
    assert len(messages(service)) == 3
    actions = [body["sender_action"] for _, body in service.got if "sender_action" in body]
    assert actions[:3] == ["mark_seen", "typing_on", "typing_off"]


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, "not validated"),
        ({"X-Hub-Signature": signature(b"{}", secret="wrong")}, "not validated"),
        ({"X-Hub-Signature": "sha1="}, "not validated"),
        ({"X-Hub-Signature": signature(b"{}")}, "success"),
        ({"X-Hub-Signature-256": signature(b"{}", method=hashlib.sha256)}, "success"),
        (
            {"X-Hub-Signature-256": "sha256=00", "X-Hub-Signature": signature(b"{}")},
            "not validated",
        ),
    ],
)
async def test_signatures(
    open_server: Open, channel: FacebookChannel, headers: dict[str, str], answer: str
) -> None:
    """Only what is signed with the app's secret is taken; Facebook is not told with an error, as in Rasa."""
    client = await open_server(channels=[channel])
    assert await post(client, b"{}", headers) == (200, answer)


async def test_nonsense_is_refused(open_server: Open, channel: FacebookChannel) -> None:
    """Even if it is signed."""
    client = await open_server(channels=[channel])
    assert (await post(client, b"[", {"X-Hub-Signature": signature(b"[")}))[0] == 400


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"message": {"text": "hi"}}, "hi"),
        ({"message": {"text": "Yes", "quick_reply": {"payload": "/yes"}}}, "/yes"),
        ({"message": {"text": "hi", "is_echo": True}}, None),
        (
            {"message": {"attachments": [{"type": "image", "payload": {"url": "https://e.org/i"}}]}},
            "https://e.org/i",
        ),
        ({"message": {"attachments": [{"type": "fallback"}]}}, None),
        ({"postback": {"payload": "/start"}}, "/start"),
        ({"delivery": {"mids": ["m"]}}, None),
    ],
)
def test_what_an_event_says(channel: FacebookChannel, said: dict[str, Any], words: str | None) -> None:
    """Texts, choices and files; not what the page itself said, nor reports."""
    found = [message.text for message in channel.messages_in(page(event(said)))]
    assert found == ([] if words is None else [words])


async def test_rendering(service: FakeService, channel: FacebookChannel) -> None:
    """Buttons, quick replies, pictures and cards in Messenger's own forms; too many buttons are left out."""
    output = channel._output
    yes = {"title": "Yes", "payload": "/yes"}
    link = {"title": "Open", "type": "web_url", "url": "https://e.org"}
    await output.send("17", {"text": "Sure?", "buttons": [yes, link]})
    await output.send("17", {"text": "Many", "buttons": [yes] * 4})
    await output.send("17", {"text": "Pick", "quick_replies": [yes]})
    await output.send("17", {"image": "https://e.org/i.png"})
    await output.send("17", {"elements": [{"title": "Card", "buttons": [yes]}, {"title": "Plain"}]})
    await output.send("17", {"custom": {"text": "x", "sender": {"id": "18"}}})
    typed = {"type": "postback", **yes}
    assert messages(service) == [
        (
            "17",
            {
                "attachment": {
                    "type": "template",
                    "payload": {"template_type": "button", "text": "Sure?", "buttons": [typed, link]},
                }
            },
        ),
        ("17", {"text": "Many"}),
        ("17", {"text": "Pick", "quick_replies": [{"content_type": "text", **yes}]}),
        ("17", {"attachment": {"type": "image", "payload": {"url": "https://e.org/i.png"}}}),
        (
            "17",
            {
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "generic",
                        "elements": [{"title": "Card", "buttons": [typed]}, {"title": "Plain"}],
                    },
                }
            },
        ),
        ("18", {"text": "x"}),
    ]
    await close(channel)


async def test_sending_is_tried_again(service: FakeService, channel: FacebookChannel) -> None:
    """A message that Facebook does not take is sent again; a sign that it does not take is let go."""
    service.answers = [200, 500, 503]
    await channel._output.send("17", {"text": "patience"})
    assert [message for _, message in messages(service)] == [{"text": "patience"}] * 3
    service.answers = [400, 400]
    with pytest.raises(NotDelivered, match="400"):
        await channel._output.send("17", {"text": "in vain"})
    await close(channel)


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="secret, page-access-token"):
        FacebookChannel.from_credentials({"verify": "x"})


async def close(channel: FacebookChannel) -> None:
    session = channel._service._session
    if session is not None:
        await session.close()
