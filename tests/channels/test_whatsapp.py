"""WhatsApp over Meta's Cloud API: signed posts in, texts, buttons, lists and media out."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest

from channels.whatsapp import WhatsAppChannel
from channels.whatsapp_messages import WhatsAppOutput
from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered, Service
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/whatsapp/webhook"
ADA = "4915112345"
CREDENTIALS = {"access_token": "EAA", "phone_number_id": "77", "app_secret": "salt", "verify_token": "knock"}


@pytest.fixture
async def client(open_server: Open, service: FakeService) -> aiohttp.ClientSession:
    """A server that takes what Meta posts, and sends to a service on this machine."""
    channel = WhatsAppChannel.from_credentials({**CREDENTIALS, "api": service.url})
    opened: aiohttp.ClientSession = await open_server(channels=[channel])
    return opened


@pytest.fixture
async def output(service: FakeService) -> AsyncIterator[WhatsAppOutput]:
    sender = Service("WhatsApp")
    yield WhatsAppOutput(sender, f"{service.url}/77/messages")
    if sender._session is not None:
        await sender._session.close()


def posted(*messages: Mapping[str, Any]) -> bytes:
    """What Meta posts of messages from Ada."""
    contacts = [{"wa_id": ADA, "profile": {"name": "Ada"}}]
    numbered = [{"id": f"wamid.{i}", "from": ADA, "timestamp": "1", **one} for i, one in enumerate(messages)]
    value = {"messaging_product": "whatsapp", "contacts": contacts, "messages": numbered}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": words}}


async def post(client: aiohttp.ClientSession, body: bytes, *, secret: str = "salt") -> int:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    async with client.post(WEBHOOK, data=body, headers=headers) as response:
        return response.status


async def heard(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with client.get(f"/conversations/{ADA}/tracker") as response:
        return [event for event in (await response.json())["events"] if event["event"] == "user"]


async def test_a_message_is_answered_over_the_api(
    client: aiohttp.ClientSession, service: FakeService
) -> None:
    """The answer goes to the sender, with the business's token."""
    assert await post(client, posted(text("/external"))) == 200
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "text"}
    assert service.got == [("/77/messages", {**common, "text": {"body": "Something happened.\n\nIt did."}})]
    assert set(service.authorized) == {"Bearer EAA"}
    assert (await heard(client))[0]["metadata"]["name"] == "Ada"


async def test_what_comes_twice_is_handled_once(client: aiohttp.ClientSession, service: FakeService) -> None:
    """Meta posts again what it thinks was not taken."""
    for _ in range(2):
        assert await post(client, posted(text("/external"))) == 200
    assert len(service.got) == 1
    assert len(await heard(client)) == 1


async def test_several_messages_in_one_post_keep_their_order(client: aiohttp.ClientSession) -> None:
    assert await post(client, posted(text("one"), text("two"), text("three"))) == 200
    assert [event["text"] for event in await heard(client)] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "/yes"}}},
            "/yes",
        ),
        ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "/no"}}}, "/no"),
        ({"type": "button", "button": {"payload": "/start", "text": "Start"}}, "/start"),
        ({"type": "image", "image": {"id": "9", "caption": "my bag"}}, "my bag"),
        ({"type": "audio", "audio": {"id": "9"}}, "[audio]"),
        ({"type": "location", "location": {"latitude": 52.5, "longitude": 13.4}}, "52.5, 13.4"),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else None,
)
async def test_what_is_no_text_has_words_all_the_same(
    client: aiohttp.ClientSession, message: dict[str, Any], words: str
) -> None:
    """What was chosen counts as its payload, media as their caption; where they are is kept beside."""
    assert await post(client, posted(message)) == 200
    [event] = await heard(client)
    assert event["text"] == words
    assert event["metadata"].get("media") == (message.get("image") or message.get("audio"))


@pytest.mark.parametrize("body", [b"{}", posted(), posted({"type": "reaction", "reaction": {"emoji": "+"}})])
async def test_reports_and_reactions_want_no_answer(
    client: aiohttp.ClientSession, service: FakeService, body: bytes
) -> None:
    assert await post(client, body) == 200
    assert service.got == []


async def test_what_meta_did_not_sign_is_refused(client: aiohttp.ClientSession, service: FakeService) -> None:
    assert await post(client, posted(text("/external")), secret="guessed") == 403
    async with client.post(WEBHOOK, data=posted(text("/external"))) as response:
        assert response.status == 403
    assert service.got == []


async def test_what_is_no_notification_is_a_clear_mistake(client: aiohttp.ClientSession) -> None:
    assert await post(client, b'{"entry": 3}') == 400


async def test_what_is_too_long_is_refused(client: aiohttp.ClientSession, service: FakeService) -> None:
    """As on every channel."""
    assert await post(client, posted(text("x" * 70_000))) == 400
    assert service.got == []


@pytest.mark.parametrize(("token", "status", "answer"), [("knock", 200, "1158"), ("guess", 403, None)])
async def test_the_address_is_verified(
    client: aiohttp.ClientSession, token: str, status: int, answer: str | None
) -> None:
    """Whoever knows the token gets the challenge back."""
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158"}
    async with client.get(WEBHOOK, params=query) as response:
        assert response.status == status
        assert answer is None or await response.text() == answer


def buttons(count: int, title: str = "Yes") -> list[dict[str, str]]:
    return [{"title": f"{title} {number}", "payload": f"/choose{number}"} for number in range(count)]


async def test_up_to_three_are_buttons(service: FakeService, output: WhatsAppOutput) -> None:
    await output.send(ADA, {"text": "Sure?", "buttons": buttons(3)})
    [(_, body)] = service.got
    assert body["interactive"]["type"] == "button"
    assert body["interactive"]["body"] == {"text": "Sure?"}
    assert [one["reply"]["id"] for one in body["interactive"]["action"]["buttons"]] == [
        "/choose0",
        "/choose1",
        "/choose2",
    ]


async def test_up_to_ten_are_a_list(service: FakeService, output: WhatsAppOutput) -> None:
    """So are those with long titles, which go on in the line below."""
    await output.send(ADA, {"text": "Which?", "buttons": buttons(10)})
    await output.send(ADA, {"text": "Which?", "buttons": buttons(2, "A title too long for a button")})
    lists = [body["interactive"]["action"]["sections"][0]["rows"] for _, body in service.got]
    assert [len(rows) for rows in lists] == [10, 2]
    assert lists[1][0] == {
        "id": "/choose0",
        "title": "A title too long for a …",
        "description": "A title too long for a button 0",
    }


@pytest.mark.parametrize(
    "message",
    [
        {"text": "Which?", "buttons": buttons(11)},
        {"text": "Which?", "buttons": [{"title": "Yes", "payload": "/" + "y" * 300}]},
        {"text": "?" * 1025, "buttons": buttons(1)},
    ],
)
async def test_what_fits_no_list_is_text(
    service: FakeService, output: WhatsAppOutput, message: dict[str, Any]
) -> None:
    """Nothing that can be chosen is lost."""
    await output.send(ADA, message)
    assert {body["type"] for _, body in service.got} == {"text"}
    assert len(service.got) == 1 + len(message["buttons"])


async def test_media_and_templates(service: FakeService, output: WhatsAppOutput) -> None:
    template = {"type": "template", "template": {"name": "hello", "language": {"code": "en"}}}
    file = {"type": "file", "payload": {"src": "https://example.org/t.pdf", "title": "ticket.pdf"}}
    await output.send(ADA, {"image": "https://example.org/i.png", "attachment": file, "custom": template})
    bodies = [{key: body[key] for key in body if key not in COMMON} for _, body in service.got]
    assert bodies == [
        template,
        {"type": "image", "image": {"link": "https://example.org/i.png"}},
        {"type": "document", "document": {"link": "https://example.org/t.pdf", "filename": "ticket.pdf"}},
    ]


COMMON = ("messaging_product", "recipient_type", "to")


async def test_long_texts_are_divided(service: FakeService, output: WhatsAppOutput) -> None:
    await output.send(ADA, {"text": "x" * 5000})
    assert [len(body["text"]["body"]) for _, body in service.got] == [4096, 904]


async def test_sending_is_tried_again(service: FakeService, output: WhatsAppOutput) -> None:
    service.answers = [500, 503]
    await output.send(ADA, {"text": "patience"})
    assert len(service.got) == 3
    service.answers = [500] * 3
    with pytest.raises(NotDelivered, match="500"):
        await output.send(ADA, {"text": "in vain"})


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="app_secret, verify_token"):
        WhatsAppChannel.from_credentials({"access_token": "EAA", "phone_number_id": "77"})
