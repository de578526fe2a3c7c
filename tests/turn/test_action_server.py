"""The client of the action server, against a server that remembers what it was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from turnwise.actions.action_server import HttpActionServer, read_result
from turnwise.dialogue.domain import DEFAULT_ACTIONS, Domain
from turnwise.dialogue.events import SlotSet, UserUttered
from turnwise.dialogue.slots import TextSlot
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError, ActionRejected
from turnwise.http_endpoint import BadAnswer, EndpointTimeout, EndpointUnreachable, HttpEndpoint

DOMAIN = Domain(
    slots={"city": TextSlot(name="city")},
    user_actions=("action_go", "validate_form"),
    actions_with_domain=frozenset({"validate_form"}),
    action_names=(*DEFAULT_ACTIONS, "action_go", "validate_form"),
    source={"actions": ["action_go", "validate_form"]},
)
TRACKER = Tracker.start(DOMAIN, "ada").after_all(
    [UserUttered(text="hi", message_id="1"), SlotSet(name="city", value="Rome")]
)


class Server:
    """An action server that answers as it is told."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.queries: list[dict[str, str]] = []
        self.connections: set[int] = set()
        self.status = 200
        self.answer: dict[str, Any] = {"events": [], "responses": []}
        self.url = ""

    async def webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.append(json.loads(body))
        self.queries.append(dict(request.query))
        self.connections.add(id(request.transport))
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    told = Server()
    app = web.Application()
    app.router.add_post("/webhook", told.webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's own server
    told.url = f"http://127.0.0.1:{port}/webhook"
    yield told
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[HttpActionServer]:
    actions = HttpActionServer(endpoint=HttpEndpoint(url=server.url, params={"token": "secret"}))
    yield actions
    await actions.close()


async def test_an_action_is_sent_the_conversation_and_the_domain(
    server: Server, client: HttpActionServer
) -> None:
    await client.run("action_go", TRACKER, DOMAIN)
    call = server.calls[0]

    assert call["next_action"] == "action_go"
    assert call["sender_id"] == "ada"
    assert call["tracker"]["slots"] == {"city": "Rome"}
    assert [event["event"] for event in call["tracker"]["events"]] == ["user", "slot"]
    assert call["tracker"]["latest_message"]["text"] == "hi"
    assert call["tracker"]["active_loop"] == {}
    assert call["domain"] == {"actions": ["action_go", "validate_form"]}
    assert server.queries[0] == {"token": "secret"}


async def test_connections_are_kept_open(server: Server, client: HttpActionServer) -> None:
    for _ in range(5):
        await client.run("action_go", TRACKER, DOMAIN)
    assert len(server.connections) == 1


async def test_a_selective_domain_goes_only_where_it_is_wanted(server: Server) -> None:
    client = HttpActionServer(endpoint=HttpEndpoint(url=server.url), selective_domain=True)
    await client.run("action_go", TRACKER, DOMAIN)
    await client.run("validate_form", TRACKER, DOMAIN)
    await client.close()

    assert "domain" not in server.calls[0]
    assert "domain" in server.calls[1]


async def test_requests_can_be_compressed(server: Server) -> None:
    """aiohttp's server inflates what says that it is deflated."""
    client = HttpActionServer(endpoint=HttpEndpoint(url=server.url, compress=True))
    await client.run("action_go", TRACKER, DOMAIN)
    await client.close()
    assert server.calls[0]["next_action"] == "action_go"


async def test_events_and_responses_come_back(server: Server, client: HttpActionServer) -> None:
    server.answer = {
        "events": [{"event": "slot", "name": "city", "value": "Bonn", "timestamp": None}],
        "responses": [{"text": "Done"}],
    }
    result = await client.run("action_go", TRACKER, DOMAIN)
    assert result.events == [SlotSet(name="city", value="Bonn")]
    assert result.responses == [{"text": "Done"}]


async def test_400_with_a_name_is_a_refusal(server: Server, client: HttpActionServer) -> None:
    server.status, server.answer = 400, {"action_name": "action_go", "error": "not now"}
    with pytest.raises(ActionRejected, match="not now"):
        await client.run("action_go", TRACKER, DOMAIN)


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_any_other_failure_is_an_error(server: Server, client: HttpActionServer, status: int) -> None:
    server.status, server.answer = status, {"error": "boom"}
    with pytest.raises(ActionError, match=str(status)):
        await client.run("action_go", TRACKER, DOMAIN)


async def test_nobody_at_the_address_is_an_error_that_names_it() -> None:
    client = HttpActionServer(endpoint=HttpEndpoint(url="http://127.0.0.1:9/webhook"))
    with pytest.raises(EndpointUnreachable, match=r"127\.0\.0\.1:9"):
        await client.run("action_go", TRACKER, DOMAIN)
    await client.close()


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(server: Server) -> None:
    client = HttpActionServer(endpoint=HttpEndpoint(url=server.url, timeout=1e-6))
    with pytest.raises((EndpointTimeout, EndpointUnreachable)):
        await client.run("action_go", TRACKER, DOMAIN)
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"events": {}},
        {"events": [{"name": "x"}]},
        {"events": [{"event": "levitate"}]},
        {"events": [{"event": "slot", "name": "city"}]},
        {"events": [{"event": "user", "parse_data": None}]},
        {"events": [{"event": "bot", "timestamp": "now"}]},
        {"responses": ["text"]},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_whole(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        read_result("action_go", answer)


def test_both_lists_may_be_missing() -> None:
    assert read_result("action_go", {}).events == []
