"""Google Chat: events in, the answer with the response."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.conftest import FakeService
from tests.channels.signing import OTHER, certificates, token
from tests.server.conftest import Open
from turnwise.channels.hangouts import ISSUER, HangoutsChannel, HangoutsOutput

WEBHOOK = "/webhooks/hangouts/webhook"
ROOM = {"type": "ROOM", "displayName": "Lobby"}


def event(kind: str = "MESSAGE", **more: Any) -> dict[str, Any]:
    said = {"name": "spaces/a/messages/1", "text": "@bot /ask", "argumentText": " /ask"}
    return {"type": kind, "user": {"displayName": "Ada"}, "space": {"type": "DM"}, "message": said, **more}


async def test_the_response_is_the_answer(open_server: Open) -> None:
    """Text with buttons becomes a card; a message that comes again is not answered again."""
    client = await open_server(channels=[HangoutsChannel()])
    async with client.post(WEBHOOK, json=event()) as response:
        (card,) = (await response.json())["cards"]
    question, buttons = card["sections"][0]["widgets"]
    assert question == {"textParagraph": {"text": "Sure?"}}
    assert buttons["buttons"][0]["textButton"]["onClick"]["action"]["actionMethodName"] == "/greet"
    async with client.post(WEBHOOK, json=event()) as response:
        assert await response.json() == {}


@pytest.mark.parametrize(
    ("given", "said", "room"),
    [
        (event(), "/ask", None),
        (event(space=ROOM), "/ask", "Lobby"),
        (event(message={"text": "hi"}), "hi", None),
        (event("CARD_CLICKED", action={"actionMethodName": "/yes"}), "/yes", None),
        (event("ADDED_TO_SPACE"), "/user_added", None),
        (event("ADDED_TO_SPACE", space=ROOM), "/room_added", "Lobby"),
        (event("REMOVED_FROM_SPACE"), "/bot_removed", None),
        (event("WIDGET_UPDATED"), None, None),
    ],
)
def test_what_an_event_says(given: dict[str, Any], said: str | None, room: str | None) -> None:
    """Texts without the bot's name, clicks, and that the bot comes or goes, as intents."""
    message = HangoutsChannel().message_of(given, HangoutsOutput())
    assert (message.text if message else None) == said
    if message:
        assert (message.sender_id, message.metadata) == ("Ada", {"room": room})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (token(ISSUER, "42"), 200),
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        (token(ISSUER, "43"), 401),
        (token("somebody@example.org", "42"), 401),
        (token(ISSUER, "42", key=OTHER), 401),
        (token(ISSUER, "42", number="key-2"), 401),
        (token(ISSUER, "42", ends_in=-60.0), 401),
    ],
)
async def test_google_vouches_for_requests(
    open_server: Open, service: FakeService, headers: dict[str, str], status: int
) -> None:
    """Where the project's number is known: for it, by Google, with a key of Google's, and not long ago."""
    service.says = {"keys": certificates()}
    client = await open_server(channels=[HangoutsChannel("42", keys=f"{service.url}/keys")])
    async with client.post(WEBHOOK, json=event(), headers=headers) as response:
        assert response.status == status


async def test_rendering() -> None:
    """Texts are one text, or with anything else cards; a payload is the answer."""
    output = HangoutsOutput()
    assert output.response() == {}
    await output.send("Ada", {"text": "One."})
    await output.send("Ada", {"text": "Two."})
    assert output.response() == {"text": "One. Two."}
    await output.send("Ada", {"image": "https://e.org/i.png"})
    sections = output.response()["cards"][0]["sections"]
    assert [list(widget) for section in sections for widget in section["widgets"]] == [
        ["textParagraph"],
        ["textParagraph"],
        ["image"],
    ]
    await output.send("Ada", {"custom": {"text": "x"}})
    assert output.response() == {"text": "x"}
