"""Microsoft Bot Framework: activities that Microsoft vouches for in, activities out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.conftest import FakeService
from tests.channels.signing import OTHER, jwk_set, token
from tests.server.conftest import Open
from turnwise.channels.botframework import HERO, ISSUER, BotFrameworkChannel, BotFrameworkOutput
from turnwise.errors import UsageError

WEBHOOK = "/webhooks/botframework/webhook"


@pytest.fixture
def channel(service: FakeService) -> BotFrameworkChannel:
    service.says = {
        "openidconfiguration": {"jwks_uri": f"{service.url}/keys"},
        "keys": jwk_set(),
        "token": {"access_token": "t", "expires_in": 3600},
    }
    keys, login = f"{service.url}/openidconfiguration", f"{service.url}/token"
    return BotFrameworkChannel("app", "password", keys=keys, login=login)


def activity(service: FakeService, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "a1",
        "text": "/external",
        "from": {"id": "ada"},
        "recipient": {"id": "bot"},
        "conversation": {"id": "c1"},
        "serviceUrl": f"{service.url}/",
        **more,
    }


async def test_a_message_is_answered_once(
    open_server: Open, service: FakeService, channel: BotFrameworkChannel
) -> None:
    """Answers go where the activity came from, as its recipient, with a token that is fetched once."""
    client = await open_server(channels=[channel])
    for _ in range(2):
        async with client.post(WEBHOOK, json=activity(service), headers=token(ISSUER, "app")) as response:
            assert (response.status, await response.text()) == (200, "success")
    sent = [(path, body) for path, body in service.got if "conversations" in path]
    assert {path for path, _ in sent} == {"/v3/conversations/c1/activities"}
    assert [body["text"] for _, body in sent] == ["Something happened.", "It did."]
    assert (sent[0][1]["from"], sent[0][1]["recipient"]) == ({"id": "bot"}, {"id": "ada"})
    assert [path for path, _ in service.got].count("/token") == 1
    assert [path for path, _ in service.got].count("/keys") == 1
    assert service.authorized[-1] == "Bearer t"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        token(ISSUER, "other app"),
        token("https://e.org", "app"),
        token(ISSUER, "app", key=OTHER),
        token(ISSUER, "app", number="key-2"),
        token(ISSUER, "app", ends_in=-60.0),
        token(ISSUER, "app", serviceurl="https://e.org/"),
    ],
)
async def test_others_than_microsoft_are_refused(
    open_server: Open, service: FakeService, channel: BotFrameworkChannel, headers: dict[str, str]
) -> None:
    """Nothing is answered, and no unknown key makes the server ask for keys again and again."""
    client = await open_server(channels=[channel])
    for _ in range(3):
        async with client.post(WEBHOOK, json=activity(service), headers=headers) as response:
            assert response.status == 401
    paths = [path for path, _ in service.got]
    assert not [path for path in paths if "conversations" in path]
    assert paths.count("/keys") <= 1


def test_what_an_activity_says(service: FakeService, channel: BotFrameworkChannel) -> None:
    """Messages, with their files beside the text; not that somebody is typing."""
    files = [{"contentType": "image/png", "contentUrl": "https://e.org/i.png"}]
    message = channel.message_of(activity(service, attachments=files))
    assert message is not None
    assert (message.text, message.sender_id, message.message_id) == ("/external", "ada", "a1")
    assert message.metadata == {"attachments": files}
    assert channel.message_of(activity(service, type="typing")) is None
    assert channel.message_of({"type": "message"}) is None


async def test_rendering(service: FakeService, channel: BotFrameworkChannel) -> None:
    """Buttons and pictures are cards; sending is tried again."""
    output = BotFrameworkOutput(channel._connector, activity(service))
    service.answers = [200, 502]
    link = {"title": "Open", "type": "openUrl", "value": "https://e.org"}
    await output.send("ada", {"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/yes"}, link]})
    await output.send("ada", {"image": "https://e.org/i.png"})
    await output.send("ada", {"custom": {"type": "typing"}})
    question, again, picture, custom = [body for path, body in service.got if "conversations" in path]
    assert question == again
    yes = {"type": "postBack", "value": "/yes", "title": "Yes"}
    card = {"contentType": HERO, "content": {"subtitle": "Sure?", "buttons": [yes, link]}}
    assert question["attachments"] == [card]
    assert picture["attachments"][0]["content"] == {"images": [{"url": "https://e.org/i.png"}]}
    assert custom["type"] == "typing"
    assert channel._service._session is not None
    await channel._service._session.close()


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="app_password"):
        BotFrameworkChannel.from_credentials({"app_id": "x"})
