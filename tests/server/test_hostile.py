"""What nobody should send: a clear answer, and nothing else happens."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.server.bot import scripted_agent
from tests.server.conftest import Open
from tests.server.test_access import SECRET, bearer
from tests.server.test_conversations import call
from turnwise.channels.channel import UserMessage
from turnwise.server.event_bodies import MAX_ENTITIES
from turnwise.server.settings import Jwt

WEBHOOK = "/webhooks/rest/webhook"
MEGABYTE = "x" * 2**20
DEEP = b"[" * 100_000 + b"]" * 100_000
MANY = [{"entity": "name", "value": number} for number in range(10_000)]

USER_EVENT = {"event": "user", "text": "hi", "parse_data": {"entities": MANY}}
ROUTES: dict[str, dict[str, Any]] = {
    "/webhooks/rest/webhook": {"sender": "eve", "message": "hi"},
    "/conversations/eve/messages": {"text": "hi", "sender": "user"},
    "/conversations/eve/trigger_intent": {"name": "greet"},
    "/conversations/eve/tracker/events": {"event": "user", "text": "hi"},
    "/model/parse": {"text": "hi"},
}
"""Bodies that are taken, by route."""


async def nothing_happened(client: aiohttp.ClientSession, sender: str = "eve") -> bool:
    """Whether there is no such conversation, and the server goes on with others."""
    status, _ = await call(client, "POST", f"/conversations/{sender}/predict")
    async with client.post(WEBHOOK, json={"sender": "ada", "message": "/ask"}) as response:
        goes_on = response.status == 200 and (await response.json()) != []
    return status == 404 and goes_on


def bodies() -> list[Any]:
    """Each route, with each kind of body that it should not take."""
    found = []
    for path, good in ROUTES.items():
        texts = [key for key in ("message", "text") if key in good]
        start, end = json.dumps(good).encode()[:-1], b"}"
        kinds = {
            "deep": start + b', "metadata": ' + DEEP + end,
            "not UTF-8": start + b', "metadata": "\xff\xfe"' + end,
            "half a character": start + b', "metadata": "\\ud800"' + end,
            "cut off": start,
            "no object": b"[1, 2, 3]",
            "huge number": start + b', "metadata": {"a": 1' + b"0" * 400 + b".5}" + end,
        }
        for key in texts if path != "/conversations/eve/tracker/events" else ():
            kinds[f"a megabyte of {key}"] = json.dumps({**good, key: MEGABYTE}).encode()
        found += [pytest.param(path, body, id=f"{path} {kind}") for kind, body in kinds.items()]
    return found


@pytest.mark.parametrize(("path", "body"), bodies())
async def test_bodies_that_make_no_sense(client: aiohttp.ClientSession, path: str, body: bytes) -> None:
    """Too deep, no UTF-8, cut off, too large: status 400 and a sentence."""
    headers = {"Content-Type": "application/json"}
    async with client.post(path, data=io.BytesIO(body), headers=headers) as response:
        answer = await response.json()
        assert response.status == 400
    assert len(answer["message"]) < 1_000
    assert await nothing_happened(client)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/conversations/eve/trigger_intent", {"name": "greet", "entities": MANY}),
        (
            "/conversations/eve/trigger_intent",
            {"name": "greet", "entities": {f"e{n}": n for n in range(10_000)}},
        ),
        ("/conversations/eve/tracker/events", USER_EVENT),
        ("/conversations/eve/tracker/events", {"event": "entities", "entities": MANY}),
        ("/conversations/eve/messages", {"text": "hi", "sender": "user", "parse_data": {"entities": MANY}}),
        (
            WEBHOOK,
            {"sender": "eve", "message": "/greet" + json.dumps({f"entity{n}": n for n in range(10_000)})},
        ),
    ],
)
async def test_ten_thousand_entities(client: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
    """Nobody mentions so many things at once."""
    assert len(MANY) > MAX_ENTITIES
    async with client.post(path, json=body) as response:
        assert response.status == 400
    assert await nothing_happened(client)


@pytest.mark.parametrize(
    "text",
    [
        "/no_such_intent",
        '/no_such_intent{"name": "Ada"}',
        "/greet{",
        "/greet{]",
        '/greet{"name"',
        "/",
        "//",
        "/{}",
        "/greet@",
    ],
)
async def test_intents_that_do_not_exist(client: aiohttp.ClientSession, text: str) -> None:
    """They are messages like others, as in Rasa: kept, and answered as what is not understood."""
    async with client.post(WEBHOOK, json={"sender": "eve", "message": text}) as response:
        assert response.status == 200
    _, tracker = await call(client, "GET", "/conversations/eve/tracker")
    assert tracker["latest_message"]["text"] == text
    assert tracker["slots"] == {"name": tracker["slots"]["name"], "session_started_metadata": None}


@pytest.fixture
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which the server runs; it is empty afterwards, too."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        "/etc/passwd",
        "a/../b",
        "c:\\windows",
        "%2e%2e%2f",
        "'; DROP TABLE events; --",
        "<script>alert(1)</script>",
        "a\r\nX-Evil: 1",
        "{{7*7}}",
        "\u202eevil",
    ],
)
async def test_ids_are_only_names(client: aiohttp.ClientSession, name: str, an_empty_folder: Path) -> None:
    """Whatever an id looks like, it names a conversation and nothing else: no file, no header."""
    async with client.post(WEBHOOK, json={"sender": name, "message": "/ask"}) as response:
        assert (await response.json())[0]["recipient_id"] == name
        assert "X-Evil" not in response.headers
    encoded = "".join(f"%{byte:02x}" for byte in name.encode())
    status, tracker = await raw_get(client, f"/conversations/{encoded}/tracker")
    assert (status, tracker["sender_id"]) == (200, name)
    assert tracker["latest_message"]["intent"]["name"] == "ask"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/conversations/eve/../../model", 404),
        ("/conversations/../model", 404),
        ("/../../../../etc/passwd", 404),
        ("/webhooks/../conversations/eve/tracker", 404),
        ("/conversations/eve/tracker/../../bob/tracker", 200),  # an odd name, and bob is not touched
    ],
)
async def test_dots_in_paths_lead_nowhere(client: aiohttp.ClientSession, path: str, status: int) -> None:
    """A path is not resolved as one of files would be."""
    got, answer = await raw_get(client, path)
    assert got == status
    if status == 200:
        assert answer["sender_id"] == "eve/tracker/../../bob"


@pytest.mark.parametrize(
    ("username", "path", "status"),
    [
        ("a/b", "a%2Fb", 200),
        ("a%2Fb", "a%2Fb", 403),  # this path is about a/b
        ("a%2Fb", "a%252Fb", 200),
        ("eve", "eve/tracker/../../bob", 403),
        ("eve", "bob/tracker/../../eve", 403),
        ("eve", "eve%00", 400),
    ],
)
async def test_who_may_see_a_conversation_is_decided_by_its_name(
    open_server: Open, username: str, path: str, status: int
) -> None:
    """The name in the token is compared with that of the conversation, not with how a path spells it."""
    client = await open_server(jwt=Jwt(secret=SECRET))
    headers = bearer("user", username=username)
    got, _ = await raw_get(client, f"/conversations/{path}/tracker", headers)
    assert got == status


async def test_a_body_that_is_too_large_is_not_read(open_server: Open) -> None:
    """What is over the server's limit gets status 413 before it is decoded."""
    client = await open_server(max_body=1_000)
    async with client.post("/model/parse", json={"text": "x" * 2_000}) as response:
        assert response.status == 413
    assert await nothing_happened(client)


async def test_a_turn_that_takes_too_long_is_given_up(open_server: Open) -> None:
    """After `--response-timeout` the client gets status 503, and the server goes on."""
    seen: list[str] = []

    async def first_takes_for_ever(message: UserMessage) -> None:
        seen.append(message.sender_id)
        if len(seen) == 1:
            await asyncio.Event().wait()
        await message.output.send(message.sender_id, {"text": "here"})

    client = await open_server(agent=scripted_agent(first_takes_for_ever), response_timeout=0.2)
    async with client.post(WEBHOOK, json={"sender": "eve", "message": "hi"}) as response:
        assert response.status == 503
    async with client.post(WEBHOOK, json={"sender": "ada", "message": "hi"}) as response:
        assert await response.json() == [{"recipient_id": "ada", "text": "here"}]


async def raw_get(
    client: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """A request whose path nobody tidies up on the way."""
    address = client._base_url
    assert address is not None

    def get() -> tuple[int, Any]:
        connection = http.client.HTTPConnection(str(address.host), address.port or 80, timeout=10)
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, json.loads(body) if body.startswith(b"{") else None

    return await asyncio.to_thread(get)
