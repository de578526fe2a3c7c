"""Answers that take long, posted to an address of the client's when they are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import empty

from turnwise.openapi import Parameter
from turnwise.server.answers import ApiError, error_answer

log = logging.getLogger(__name__)

CALLBACK_URL = Parameter(
    name="callback_url", about="An address that the answer is posted to; the request itself gets 204 at once."
)

Work = Callable[[], Awaitable[HTTPResponse]]
_working: set[asyncio.Task[None]] = set()


async def now_or_later(request: Request, work: Work) -> HTTPResponse:
    """What `work` answers; with `callback_url` in the query the client gets 204 now, and the answer there."""
    url = CALLBACK_URL.of(request)
    if not url:
        return await work()
    task = asyncio.get_running_loop().create_task(_deliver(request, url, work))
    _working.add(task)  # a task that nobody holds may be collected before it ends
    task.add_done_callback(_working.discard)
    return empty()


async def _deliver(request: Request, url: str, work: Work) -> None:
    import aiohttp

    try:
        answer = await work()
    except ApiError as error:
        answer = error_answer(request, error)
    except Exception:
        log.exception("api.background_failed path=%s", request.path)
        return
    headers: dict[str, Any] = {**answer.headers, "Content-Type": answer.content_type or ""}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=answer.body, headers=headers) as got,
        ):
            log.info("api.called_back url=%s status=%s", url, got.status)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.error("api.callback_failed url=%s error=%r", url, error)
