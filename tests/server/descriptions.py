"""Watches a server while other tests use it: whether what it does is what `/openapi.json` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import jsonschema_rs
import msgspec
from sanic import Request
from sanic.response import BaseHTTPResponse

from tests.server.bot import small_agent, small_assistant
from turnwise.channels.channel import InputChannel
from turnwise.openapi import JSON, Content, Document, Operation, Parameter, operation_of
from turnwise.server.access import Gate
from turnwise.server.app import create_app
from turnwise.server.bodies import ErrorBody
from turnwise.server.routes.description import INFO, PATH_KINDS, REFUSALS, routes_of
from turnwise.server.settings import ServerSettings

FROM_THE_FRAMEWORK = {404, 405, 413, 500, 503}
"""Statuses that any path may be answered with; the document says so once."""


class Watcher:
    """Compares each answer, and each look at a query, with the description of its route."""

    def __init__(self) -> None:
        self.lies: list[str] = []

    async def watch(self, request: Any, response: BaseHTTPResponse) -> None:
        """Middleware: compares an answer with what is described."""
        operation = described(request)
        if operation is None or request.method == "OPTIONS":
            return
        where = f"{request.method} {request.path} -> {response.status}"
        content = {**REFUSALS, **operation.answers}.get(response.status)
        media = (response.content_type or "").partition(";")[0]
        if content is None:
            if response.status not in FROM_THE_FRAMEWORK or is_error_of_the_api(response):
                self.lies.append(f"{where}: the status is not described")
        elif response.body and media not in content.media:
            self.lies.append(f"{where}: it is no {content.media} but {media}")
        elif media == JSON:
            self.lies += [f"{where}: {problem}" for problem in problems(content, response.body)]

    @contextmanager
    def watching_queries(self) -> Iterator[None]:
        """Notes what is read of queries without being described."""
        read = Parameter.of

        def noting(parameter: Parameter, request: Request) -> str | None:
            operation = described(request)
            if operation is None or parameter not in operation.query:
                self.lies.append(f"{request.method} {request.path}: reads {parameter.name}")
            return read(parameter, request)

        with patch.object(Parameter, "of", noting):
            yield


def described(request: Request) -> Operation | None:
    """The description of the route that answers `request`; None if there is none."""
    return operation_of(request.route.handler) if request.route else None


def is_error_of_the_api(response: BaseHTTPResponse) -> bool:
    """Whether the answer is one that a handler gave on purpose."""
    try:
        msgspec.json.decode(response.body or b"", type=ErrorBody)
    except msgspec.DecodeError:
        return False
    return True


def problems(content: Content, body: Any) -> list[str]:
    """What is wrong with a JSON body."""
    if content.kind is None:
        return []
    (schema,), components = msgspec.json.schema_components([content.kind], ref_template="#/$defs/{name}")
    validator = jsonschema_rs.validator_for({**schema, "$defs": components})
    return [
        f"{error.message} at {error.instance_path}"
        for error in validator.iter_errors(msgspec.json.decode(body))
    ]


def document_of(settings: ServerSettings, channels: Sequence[InputChannel]) -> dict[str, Any]:
    """What such a server serves under `/openapi.json`; none is started."""
    agent = small_agent(small_assistant())
    app = create_app(agent, settings, channels, load_model=lambda path: small_assistant())
    gate = Gate(settings)
    return Document(routes_of(app, gate), path_kinds=PATH_KINDS).to_json(INFO, gate.schemes())
