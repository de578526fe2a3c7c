"""Spans of turns for OpenTelemetry, sent over OTLP/HTTP: what `tracing` in endpoints.yml sets up."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from turnwise.errors import UsageError
from turnwise.server.answers import App
from turnwise.tracing import trace_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from sanic import Request
    from sanic.response import BaseHTTPResponse

log = logging.getLogger(__name__)

SERVICE = "turnwise"
"""What the service is called unless `service_name`, or OTEL_SERVICE_NAME, says otherwise."""
ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Environment variables of OpenTelemetry: where one is set, spans are sent without `tracing`, too."""
TRACES = "/v1/traces"
COLLECTOR_PORT = 4318
UNINTERESTING = ("health/", "metrics")
"""Paths that are asked for every few seconds, and tell nothing of turns."""


def provider_of(settings: Mapping[str, Any] | None) -> TracerProvider | None:
    """Who takes spans and sends them, as `tracing` in endpoints.yml and the environment say; None: nobody.

    Raises:
        UsageError: a setting makes no sense, or OpenTelemetry is not installed.
    """
    if settings is None and not any(os.environ.get(name) for name in ADDRESSES):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise UsageError(
            "tracing: OpenTelemetry is not installed\n  fix: pip install turnwise[tracing]"
        ) from error
    found = settings or {}
    name = found.get("service_name") or os.environ.get("OTEL_SERVICE_NAME") or SERVICE
    provider = TracerProvider(resource=Resource.create({"service.name": str(name)}))
    exporter = OTLPSpanExporter(
        endpoint=_endpoint(found),
        certificate_file=found.get("root_certificates"),
        headers=found.get("headers"),
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _endpoint(settings: Mapping[str, Any]) -> str | None:
    """The collector's address; None leaves it to the environment.

    Raises:
        UsageError: there is no such type.
    """
    kind = str(settings.get("type") or "otlp").lower()
    if kind == "jaeger":
        return f"http://{settings.get('host') or 'localhost'}:{COLLECTOR_PORT}{TRACES}"
    if kind != "otlp":
        raise UsageError(f"tracing > type: unknown type '{kind}'\n  fix: write otlp (Jaeger takes it, too)")
    address = settings.get("endpoint")
    if not address:
        return None
    if "://" not in str(address):
        address = f"{'http' if settings.get('insecure', True) else 'https'}://{address}"
    return str(address) if str(address).endswith(TRACES) else str(address).rstrip("/") + TRACES


class OpenTelemetry:
    """Writes spans down with OpenTelemetry's SDK."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("turnwise")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: str, attributes: Mapping[str, Any]) -> Iterator[None]:
        from opentelemetry.trace import SpanKind

        with self._tracer.start_as_current_span(name, kind=SpanKind[kind], attributes=_known(attributes)):
            yield

    def note(self, attributes: Mapping[str, Any]) -> None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(_known(attributes))

    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    def trace_requests(self, app: App) -> None:
        """A span around each request, below the caller's if it names one (https://www.w3.org/TR/trace-context)."""
        from opentelemetry import context
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        async def begin(request: Request) -> None:
            route = request.route.path if request.route else ""
            if route.startswith(UNINTERESTING):
                return
            caller = self._propagator.extract(dict(request.headers), context.Context())
            span = self._tracer.start_span(
                f"{request.method} /{route}",
                caller,
                kind=SpanKind.SERVER,
                attributes={"http.request.method": request.method, "http.route": f"/{route}"},
            )
            request.ctx.span = span
            request.ctx.span_token = context.attach(set_span_in_context(span, caller))

        async def end(request: Any, response: BaseHTTPResponse) -> None:
            span = getattr(request.ctx, "span", None)
            if span is None:
                return
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= 500:
                span.set_status(Status(StatusCode.ERROR))
            span.end()
            context.detach(request.ctx.span_token)

        app.register_middleware(begin, "request", priority=100)
        app.register_middleware(end, "response", priority=-100)


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """As OpenTelemetry takes them: under the name of this program, without what is not known."""
    return {f"turnwise.{name}": value for name, value in attributes.items() if value is not None}


@contextmanager
def traced(settings: Mapping[str, Any] | None) -> Iterator[OpenTelemetry | None]:
    """While inside, turns write spans, if `tracing` says so; what is left is sent at the end."""
    provider = provider_of(settings)
    if provider is None:
        yield None
        return
    tracer = OpenTelemetry(provider)
    trace_with(tracer)
    log.info("tracing.on")
    try:
        yield tracer
    finally:
        trace_with(None)
        provider.shutdown()
