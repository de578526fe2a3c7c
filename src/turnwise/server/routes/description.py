"""`GET /openapi.json`: what this server offers, as it is set up, in the form of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from turnwise import RASA_VERSION, __version__, openapi
from turnwise.openapi import Content, describe
from turnwise.server.access import Gate
from turnwise.server.answers import App, failure, json_answer
from turnwise.server.bodies import ConversationId

INFO = {
    "title": "Turnwise",
    "version": __version__,
    "description": f"The HTTP API of Rasa {RASA_VERSION}, and what Turnwise adds to it. Besides what stands "
    "here, any path may be answered with 404, 405, 413 (too large), 500 and 503 (too slow) "
    "by the web framework, as JSON `{description, status, message}` or as text.",
}
PATH_KINDS = {"conversation_id": ConversationId}
REFUSALS = {
    401: failure("Credentials are missing or wrong."),
    403: failure("The credentials are not enough for this."),
}
"""What the gate answers."""


def routes(gate: Gate) -> Blueprint:
    """The route that describes all others."""
    described = Blueprint("description")

    @described.get("/openapi.json")
    @describe(answers={200: Content(about="An OpenAPI document.", kind=dict[str, Any])})
    async def show(request: Request) -> HTTPResponse:
        """What this server offers."""
        document = openapi.Document(routes_of(request.app, gate), path_kinds=PATH_KINDS)
        return json_answer(document.to_json(INFO, gate.schemes()))

    return described


def routes_of(app: App, gate: Gate) -> Iterator[openapi.Route]:
    """The routes of an application, as they are described."""
    for route in app.router.routes:
        is_guarded = gate.guards(route)
        yield openapi.Route(
            path=route.path,
            methods=frozenset(route.methods),
            name=route.name.partition(".")[2],
            handler=route.handler,
            security=tuple(gate.schemes()) if is_guarded else (),
            refusals=REFUSALS if is_guarded else {},
        )
