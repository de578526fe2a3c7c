"""A server process: how it listens, and how it ends."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.server.bot import scripted_agent, small_agent, small_assistant
from tests.server.conftest import load_nothing
from turnwise.channels.channel import UserMessage
from turnwise.channels.rest import RestChannel
from turnwise.errors import UsageError
from turnwise.server.app import create_app
from turnwise.server.serve import listening_socket, serve
from turnwise.server.settings import ServerSettings, Tls


def test_a_port_in_use_is_named() -> None:
    """The message says which port, and what to do."""
    taken = listening_socket("127.0.0.1", 0, backlog=1)
    port = taken.getsockname()[1]
    with pytest.raises(UsageError, match=f"port {port}.*\n.*-p {port + 1}"):
        listening_socket("127.0.0.1", port, backlog=1)
    taken.close()


@pytest.mark.parametrize(
    ("interface", "port", "problem"),
    [
        ("192.0.2.1", 0, "interface"),
        ("127.0.0.1", 70000, "no port"),
    ],
)
def test_impossible_addresses_are_named(interface: str, port: int, problem: str) -> None:
    """An interface of another machine, or a number that is no port, is refused with a sentence."""
    with pytest.raises(UsageError, match=problem):
        listening_socket(interface, port, backlog=1)


async def test_turns_in_progress_end_before_the_server_does() -> None:
    """Told to stop, a server takes no new connection, answers what it is working on, then ends."""
    agent = small_agent(small_assistant())
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(message: UserMessage) -> None:
        begun.set()
        await may_end.wait()
        await agent.handle(message)

    settings = ServerSettings()
    app = create_app(scripted_agent(slowly), settings, [RestChannel()], load_model=load_nothing)
    listener = listening_socket("127.0.0.1", 0, backlog=10)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop = asyncio.Event()
    server = asyncio.create_task(serve(app, settings, listener, until=stop.wait))

    async with aiohttp.ClientSession() as client:
        request = asyncio.create_task(
            client.post(f"{address}/webhooks/rest/webhook", json={"message": "/ask"})
        )
        await begun.wait()
        stop.set()
        while True:
            try:
                await client.get(address, timeout=aiohttp.ClientTimeout(total=1))
            except aiohttp.ClientConnectorError:
                break
        assert not server.done()
        may_end.set()
        response = await request
        assert (await response.json())[0]["text"] == "Sure?"
        await server


async def test_https(tmp_path: Path) -> None:
    """With a certificate the server speaks TLS."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
        *("-keyout", str(key), "-out", str(certificate)),
    ]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    settings = ServerSettings(tls=Tls(certificate=certificate, keyfile=key))
    app = create_app(small_agent(small_assistant()), settings, [], load_model=load_nothing)
    listener = listening_socket("127.0.0.1", 0, backlog=10)
    stop = asyncio.Event()
    server = asyncio.create_task(serve(app, settings, listener, until=stop.wait))
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.check_hostname = False
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    async with aiohttp.ClientSession() as client, client.get(url, ssl=trusting) as response:
        assert (await response.text()).startswith("Hello")
    stop.set()
    await server


async def test_no_other_server_is_named(client: aiohttp.ClientSession) -> None:
    """Nothing is said of HTTP/3, which nobody speaks here."""
    async with client.get("/") as response:
        assert "alt-svc" not in response.headers
