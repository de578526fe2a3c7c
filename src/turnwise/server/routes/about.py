"""What is running here: `/`, `/version`, `/status`, `/auth`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text

from turnwise import RASA_VERSION
from turnwise.server.access import Gate
from turnwise.server.answers import ApiError, json_answer, needs_agent
from turnwise.versions import Version, Versions

OLDEST_MODEL = "3.5.0"
"""The oldest Rasa release whose models stock Rasa 3.6.21 says it can load; clients compare it."""

root = Blueprint("root")
status = Blueprint("status")


@root.get("/")
async def hello(request: Request) -> HTTPResponse:
    """That a server is here; probes ask for it."""
    return text(f"Hello from Rasa: {RASA_VERSION}")


def add_version(routes: Blueprint) -> None:
    """`GET /version`, which needs no credentials."""

    @routes.get("/version")
    async def version(request: Request) -> HTTPResponse:
        return json_answer({"version": RASA_VERSION, "minimum_compatible_version": OLDEST_MODEL})


@status.get("/status")
@needs_agent
async def model_status(request: Request) -> HTTPResponse:
    """Which model is loaded; where several are, which there are and how conversations are shared out."""
    versions: Versions = request.app.ctx.agent.versions
    assert versions.main is not None
    answer = {**_model(versions.main), "num_active_training_jobs": request.app.ctx.trainings}
    if len(versions) > 1:
        shares = versions.shares()
        answer["versions"] = {
            version.name: {**_model(version), "share": shares[version.name]} for version in versions
        }
    return json_answer(answer)


def _model(version: Version) -> dict[str, Any]:
    assistant = version.assistant
    return {
        "model_file": assistant.model_file.name if assistant.model_file else None,
        "model_id": assistant.model_id,
    }


def token_routes(gate: Gate) -> Blueprint:
    """`/auth`, which exists when JSON web tokens are in use: whether one is valid, and whose it is."""
    routes = Blueprint("auth", url_prefix="/auth")

    @routes.post("/")
    async def issue(request: Request) -> HTTPResponse:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "AuthenticationFailed", "this server issues no tokens")

    @routes.get("/verify")
    async def verify(request: Request) -> HTTPResponse:
        valid = gate.claims(request) is not None
        return json_answer({"valid": valid}, 200 if valid else HTTPStatus.UNAUTHORIZED)

    @routes.get("/me")
    async def me(request: Request) -> HTTPResponse:
        claims = gate.claims(request)
        if claims is None:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "NotAuthenticated", "the token is missing or wrong")
        return json_answer({"me": claims.get("user")})

    return routes
