"""Spans: one tree a turn, from the request of the channel to the call of the action server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.server.bot import SOURCE, TablePolicy
from tests.server.conftest import load_nothing, serving
from turnwise import tracing
from turnwise.actions.action_server import HttpActionServer
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.rest import RestChannel
from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import UsageError
from turnwise.http_endpoint import HttpEndpoint
from turnwise.nlu.pipeline import Pipeline
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.policy import Prediction
from turnwise.project.domain_file import domain_from_source
from turnwise.server.app import create_app
from turnwise.server.settings import ServerSettings
from turnwise.server.telemetry import OpenTelemetry, provider_of
from turnwise.storage.locks import MemoryLockStore
from turnwise.storage.memory import MemoryTrackerStore

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
"""A trace that somebody else has begun."""


@dataclass(slots=True)
class ActionServer:
    """Takes every action, and remembers what it was sent along with it."""

    url: str = ""
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def run(self, request: web.Request) -> web.Response:
        self.headers.append(request.headers)
        return web.json_response({"events": [], "responses": [{"text": "Booked."}]})


@pytest.fixture
async def action_server() -> AsyncIterator[ActionServer]:
    """A running action server."""
    server = ActionServer()
    application = web.Application()
    application.router.add_post("/webhook", server.run)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    yield server
    await runner.cleanup()


class Booking(TablePolicy):
    """Books, whatever the user says."""

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction:
        action = "action_book" if tracker.latest_action == ACTION_LISTEN else ACTION_LISTEN
        return Prediction(policy="Booking", scores={action: 1.0})


def agent_of(server: ActionServer) -> Agent:
    """An agent whose one action runs elsewhere."""
    agent = Agent(
        tracker_store=MemoryTrackerStore(),
        lock_store=MemoryLockStore(),
        action_server=HttpActionServer(endpoint=HttpEndpoint(url=server.url)),
    )
    domain = domain_from_source({**SOURCE, "actions": ["action_book"]})
    agent.swap(Assistant(domain=domain, nlu=Pipeline([]), ensemble=Ensemble([Booking()]), model_id="m"))
    return agent


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Takes the place of a collector."""
    exporter = InMemorySpanExporter()
    yield exporter
    tracing.trace_with(None)


@pytest.fixture
async def client(
    action_server: ActionServer, spans: InMemorySpanExporter
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a server that is watched."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = OpenTelemetry(provider)
    agent = agent_of(action_server)
    app = create_app(agent, ServerSettings(enable_api=True), [RestChannel()], load_model=load_nothing)
    tracer.trace_requests(app)
    tracing.trace_with(tracer)
    async with serving(app, ServerSettings()) as client:
        yield client
    await agent.close()


def tree(spans: InMemorySpanExporter) -> dict[str, Any]:
    """The spans as a tree of names; children in the order in which they began."""
    finished = sorted(spans.get_finished_spans(), key=lambda span: span.start_time or 0)
    known = {span.context.span_id for span in finished if span.context}

    def below(parent: int | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for span in finished:
            above = span.parent.span_id if span.parent and span.parent.span_id in known else None
            if above == parent and span.context:
                found.setdefault(name(span), {}).update(below(span.context.span_id))
        return found

    return below(None)


def name(span: ReadableSpan) -> str:
    """A span's name; of an action also which."""
    attributes = span.attributes or {}
    return " ".join(str(part) for part in (span.name, attributes.get("turnwise.action")) if part)


async def test_a_turn_is_one_tree(
    client: aiohttp.ClientSession, spans: InMemorySpanExporter, action_server: ActionServer
) -> None:
    """What happens for a request is below it, whoever does it; the action server learns where it belongs."""
    message = {"sender": "ada", "message": "/greet", "message_id": "m-1"}
    caller = {"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"}
    async with client.post("/webhooks/rest/webhook", json=message, headers=caller) as response:
        assert await response.json() == [{"recipient_id": "ada", "text": "Booked."}]

    assert tree(spans) == {
        "POST /webhooks/rest/webhook": {
            "turn": {
                "lock": {},
                "load": {},
                "action action_session_start": {},
                "understand": {},
                "slots": {},
                "predict": {},
                "action action_book": {"call": {}, "send": {}},
                "action action_listen": {},
                "save": {},
                "publish": {},
            }
        }
    }
    by_name = {name(span): span for span in spans.get_finished_spans()}
    assert {f"{span.context.trace_id:032x}" for span in by_name.values() if span.context} == {CALLER}
    call = by_name["call"].context
    assert call is not None
    assert action_server.headers[0]["traceparent"] == f"00-{CALLER}-{call.span_id:016x}-01"
    about = by_name["turn"].attributes or {}
    assert (about["turnwise.conversation"], about["turnwise.message"]) == ("ada", "m-1")
    status = by_name["POST /webhooks/rest/webhook"].attributes or {}
    assert status["http.response.status_code"] == 200


async def test_no_words_of_users_are_sent(client: aiohttp.ClientSession, spans: InMemorySpanExporter) -> None:
    """Spans name conversations, actions and policies, not what was said."""
    message = {"sender": "ada", "message": "my name is Zeruiah"}
    async with client.post("/webhooks/rest/webhook", json=message):
        pass
    assert "Zeruiah" not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_requests_are_trees_of_their_own(
    client: aiohttp.ClientSession, spans: InMemorySpanExporter
) -> None:
    """A connection that is kept open does not tie its requests together; probes leave no trace."""
    for _ in range(2):
        async with client.post("/webhooks/rest/webhook", json={"sender": "ada", "message": "/greet"}):
            pass
        async with client.get("/health/live"):
            pass
    roots = [span for span in spans.get_finished_spans() if span.parent is None]
    assert [span.name for span in roots] == ["POST /webhooks/rest/webhook"] * 2
    assert len({span.context.trace_id for span in roots if span.context}) == 2


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        ({"type": "otlp", "endpoint": "collector:4318"}, "http://collector:4318/v1/traces"),
        (
            {"type": "otlp", "endpoint": "collector:4318", "insecure": False},
            "https://collector:4318/v1/traces",
        ),
        ({"endpoint": "https://collector/otlp/v1/traces"}, "https://collector/otlp/v1/traces"),
        ({"type": "jaeger", "host": "jaeger", "port": 6831}, "http://jaeger:4318/v1/traces"),
        ({}, "http://localhost:4318/v1/traces"),
    ],
)
def test_where_spans_are_sent(settings: dict[str, Any], endpoint: str) -> None:
    """`tracing` in endpoints.yml, as Rasa's documentation has it; Jaeger takes OTLP, too."""
    provider = provider_of({"service_name": "booking", **settings})
    assert provider is not None
    assert provider.resource.attributes["service.name"] == "booking"
    processor: Any = provider._active_span_processor._span_processors[0]
    assert processor.span_exporter._endpoint == endpoint
    provider.shutdown()


def test_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry's own variables switch spans on; without them and `tracing` there are none."""
    assert provider_of(None) is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "booking")
    provider = provider_of(None)
    assert provider is not None
    assert provider.resource.attributes["service.name"] == "booking"
    provider.shutdown()


def test_an_unknown_type_is_named() -> None:
    """With what to write instead."""
    with pytest.raises(UsageError, match="unknown type 'zipkin'"):
        provider_of({"type": "zipkin"})
