"""What channels send to a service: tried again where that may help, and only there."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from turnwise.channels.collector import Collector
from turnwise.channels.delivery import NotDelivered, Service
from turnwise.channels.webhook import MAX_SENDER, MAX_TEXT, user_message
from turnwise.errors import BadMessage


@pytest.mark.parametrize(
    ("answers", "retry_after", "pauses", "is_delivered"),
    [
        ([200], None, [], True),
        ([503, 502, 200], None, [0.05, 0.1], True),
        ([429, 200], "3", [3.0], True),
        ([429, 200], "3600", [10.0], True),
        ([500, 500, 500, 500], None, [0.05, 0.1], False),
        ([400, 200], None, [], False),
        ([403, 200], None, [], False),
    ],
)
async def test_when_a_message_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
    answers: list[int],
    retry_after: str | None,
    pauses: list[float],
    is_delivered: bool,
) -> None:
    """After errors that pass, with growing pauses or those that are asked for; never after a refusal."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def answer(request: web.Request) -> web.Response:
        headers = {"Retry-After": retry_after} if retry_after else {}
        return web.json_response({}, status=answers.pop(0), headers=headers)

    application = web.Application()
    application.router.add_post("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service = Service("Carrier")
    monkeypatch.setattr(asyncio, "sleep", sleep)
    call = service.send("POST", f"http://127.0.0.1:{runner.addresses[0][1]}/", attempts=3, json={})
    if is_delivered:
        assert (await call).status == 200
    else:
        with pytest.raises(NotDelivered, match="Carrier answers"):
            await call
    monkeypatch.undo()
    assert waited == pauses
    if service._session is not None:
        await service._session.close()
    await runner.cleanup()


@pytest.mark.parametrize(("text", "sender"), [("x" * (MAX_TEXT + 1), "ada"), ("hi", "x" * (MAX_SENDER + 1))])
def test_messages_that_are_too_large(text: str, sender: str) -> None:
    """No channel hands them on."""
    with pytest.raises(BadMessage, match="carrier"):
        user_message("carrier", text=text, sender=sender, output=Collector())
