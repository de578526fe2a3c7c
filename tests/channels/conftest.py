"""Servers with the channels under test, and services for them to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.server.conftest import open_server
from turnwise.channels import delivery

__all__ = ["open_server"]


class FakeService:
    """A service on this machine that takes everything, or refuses as often as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[str, Any]] = []
        """Path and body of each request."""
        self.more = asyncio.Event()
        """Set with each request."""
        self.authorized: list[str | None] = []
        self.answers: list[int] = []
        """Statuses of the next answers; 200 when none are left."""
        self.says: dict[str, Any] = {}
        """What is answered, by the last part of the path; an empty object to everything else."""

    async def take(self, request: web.Request) -> web.Response:
        is_json = "json" in request.content_type
        body = await request.json() if is_json else dict(await request.post())
        self.got.append((request.path, body))
        self.more.set()
        self.authorized.append(request.headers.get("Authorization"))
        said = self.says.get(request.path.rpartition("/")[2], {})
        return web.json_response(said, status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeService]:
    """A running fake service; nobody pauses before it is asked again."""
    monkeypatch.setattr(delivery, "PAUSE", 0.0)
    fake = FakeService()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", fake.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()
