"""Socket.IO: a page's chat window, with its real client library."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import jwt
import pytest

from tests.server.conftest import Open
from turnwise.channels.socketio import SocketIoChannel
from turnwise.errors import UsageError

socketio: Any = importlib.import_module("socketio")

KEY = "a key that is long enough for HS256"


class Page:
    """A page that is connected, and remembers what it was sent."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.got: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def connect(self, server: aiohttp.ClientSession, *, namespace: str = "/", **options: Any) -> None:
        for event in ("bot_uttered", "session_confirm", "answer"):
            self.client.on(event, self._taker(event), namespace=namespace)
        url = str(server._base_url)
        await self.client.connect(url, namespaces=[namespace], wait_timeout=5, **options)

    def _taker(self, event: str) -> Callable[[Any], Awaitable[None]]:
        async def take(data: Any) -> None:
            await self.got.put((event, data))

        return take

    async def next(self) -> tuple[str, Any]:
        return await asyncio.wait_for(self.got.get(), 5)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page that is not connected yet."""
    page = Page()
    yield page
    # A polling client would otherwise wait for the answer to its last poll.
    await page.client.eio.disconnect(abort=True)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_conversation(open_server: Open, page: Page, transport: str) -> None:
    """Without persistence the conversation is that of the connection."""
    server = await open_server(channels=[SocketIoChannel.from_credentials({})])
    await page.connect(server, transports=[transport])
    await page.client.emit("session_request", {})
    event, session = await page.next()
    assert (event, len(session)) == ("session_confirm", 32)

    await page.client.emit("user_uttered", {"message": "/external"})
    assert [await page.next(), await page.next()] == [
        ("bot_uttered", {"text": "Something happened."}),
        ("bot_uttered", {"text": "It did."}),
    ]
    await page.client.emit("user_uttered", {"message": "/ask"})
    replies = [{"content_type": "text", "title": "Yes", "payload": "/greet"}]
    assert await page.next() == ("bot_uttered", {"text": "Sure?", "quick_replies": replies})


async def test_a_session_outlives_its_connection(open_server: Open, page: Page) -> None:
    """With persistence the page names its session, and answers go to whoever is in it."""
    channel = SocketIoChannel.from_credentials({"session_persistence": True, "bot_message_evt": "answer"})
    server = await open_server(channels=[channel])
    await page.connect(server)
    await page.client.emit("session_request", {"session_id": "ada"})
    assert await page.next() == ("session_confirm", "ada")

    await page.client.emit("user_uttered", {"message": "/ask"})  # names no session: nothing happens
    await page.client.emit(
        "user_uttered", {"message": '/greet{"name": "Ada"}', "session_id": "ada", "metadata": '{"page": 1}'}
    )
    assert await page.next() == ("answer", {"text": "Hi Ada."})
    async with server.get("/conversations/ada/tracker") as response:
        latest = (await response.json())["latest_message"]
    assert (latest["text"], latest["metadata"]["page"]) == ('/greet{"name": "Ada"}', 1)

    path = "/conversations/ada/trigger_intent?output_channel=socketio"
    async with server.post(path, json={"name": "ask"}) as response:
        assert response.status == 200
    assert (await page.next())[1]["text"] == "Sure?"


async def test_a_namespace_of_its_own(open_server: Open, page: Page) -> None:
    """Questions and answers go through the namespace that is configured."""
    channel = SocketIoChannel.from_credentials({"namespace": "/chat", "socketio_path": "/sock"})
    server = await open_server(channels=[channel])
    await page.connect(server, namespace="/chat", socketio_path="/sock")
    await page.client.emit("user_uttered", {"message": "/ask"}, namespace="/chat")
    assert (await page.next())[1]["text"] == "Sure?"


@pytest.mark.parametrize(
    ("auth", "is_let_in"),
    [
        (None, False),
        ({"token": "nonsense"}, False),
        ({"token": jwt.encode({"a": 1}, KEY)}, True),
        ({"token": "Bearer " + jwt.encode({"a": 1}, KEY)}, True),
    ],
)
async def test_tokens(open_server: Open, page: Page, auth: Any, is_let_in: bool) -> None:
    """With `jwt_key` only pages with a signed token may connect."""
    server = await open_server(channels=[SocketIoChannel.from_credentials({"jwt_key": KEY})])
    if is_let_in:
        await page.connect(server, auth=auth)
    else:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await page.connect(server, auth=auth)


@pytest.mark.parametrize(
    "data", [None, "hi", {}, {"message": 5}, {"message": "x" * 70_000}, {"message": "hi", "session_id": "\0"}]
)
def test_what_is_no_message(data: Any) -> None:
    """Nonsense on the wire is left alone."""
    channel = SocketIoChannel.from_credentials({"session_persistence": True})
    sent = {"session_id": "ada", **data} if isinstance(data, dict) else data
    assert channel.message_of("sid", sent) is None


async def test_payloads_for_the_page() -> None:
    """A custom payload's keys are the arguments of `emit`; pictures, cards and files are attachments."""
    channel = SocketIoChannel.from_credentials({})
    output: Any = channel.get_output_channel()
    sent: list[Any] = []

    class Server:
        async def emit(self, event: str, data: Any, **options: Any) -> None:
            sent.append((event, data, options["room"]))

    output._server = Server()
    parts = {"image": "i", "elements": [{"title": "T"}], "attachment": {"a": 1}}
    await output.send("ada", {"text": None, **parts})
    await output.send("ada", {"custom": {"data": {"x": 1}, "room": "all"}})
    element = {"template_type": "generic", "elements": {"title": "T"}}
    assert sent == [
        ("bot_uttered", {"attachment": {"type": "image", "payload": {"src": "i"}}}, "ada"),
        ("bot_uttered", {"attachment": {"a": 1}}, "ada"),
        ("bot_uttered", {"attachment": {"type": "template", "payload": element}}, "ada"),
        ("bot_uttered", {"x": 1}, "all"),
    ]


def test_settings_of_the_wrong_type() -> None:
    """The setting is named."""
    with pytest.raises(UsageError, match="session_persistence"):
        SocketIoChannel.from_credentials({"session_persistence": "perhaps"})
