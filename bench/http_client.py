"""Users who talk with a server over HTTP, each on a connection of its own."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

from bench.bots import STARTER
from bench.engines import MeasurementFailed


async def load(url: str, users: int, seconds: float, pause: float = 0.0) -> list[float]:
    """Seconds of each request that ended in time, of so many users at once.

    Args:
        pause: Seconds between an answer and the next message, on average.
    """
    address = urlsplit(url)
    until = time.perf_counter() + seconds
    taken: list[float] = []
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, str(address.hostname), address.port or 80))[1]
        for _ in range(users)
    ]
    await asyncio.gather(*(_user(connection, until, pause, taken) for connection in connections))
    return taken


async def _user(connection: Connection, until: float, pause: float, taken: list[float]) -> None:
    """Holds one conversation after the other."""
    number = 0
    while time.perf_counter() < until:
        if pause:
            await asyncio.sleep(random.uniform(0, 2 * pause))
        text = STARTER.messages[number % len(STARTER.messages)]
        if number % len(STARTER.messages) == 0:
            sender = uuid.uuid4().hex
        begun = time.perf_counter()
        await connection.post("/webhooks/rest/webhook", {"sender": sender, "message": text})
        ended = time.perf_counter()
        if ended < until:
            taken.append(ended - begun)
        number += 1
    connection.close()


class Connection(asyncio.Protocol):
    """One connection to a server: one request after the other, at a fraction of what a full client costs.

    The load shares the machine with what it measures; what it takes for itself, the server does not get.
    """

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def post(self, path: str, body: Any) -> None:
        """Sends `body` as JSON, and waits for the end of the response.

        Raises:
            MeasurementFailed: it was another than 200, or the server went away.
        """
        self._answered = asyncio.get_running_loop().create_future()
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        status = await self._answered
        if status != 200:
            raise MeasurementFailed(f"POST {path} was answered with {status or 'a closed connection'}")

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._settle(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._settle(0)

    def _settle(self, status: int) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(status)

    def close(self) -> None:
        self._transport.close()
