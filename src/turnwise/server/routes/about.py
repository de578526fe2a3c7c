"""What is running here: `/`, `/version`, `/status`, `/auth`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text

from turnwise import RASA_VERSION
from turnwise.openapi import TEXT, Content, describe
from turnwise.server.access import Gate
from turnwise.server.answers import json_answer, needs_agent
from turnwise.server.bodies import StatusBody, TokenBody, TokenOwner, TokenRefusal, VersionBody
from turnwise.versions import Version, Versions

root = Blueprint("root")
status = Blueprint("status")


@root.get("/")
@describe(answers={200: Content(about="A greeting.", media=(TEXT,))})
async def hello(request: Request) -> HTTPResponse:
    """That a server is here; probes ask for it."""
    return text(f"Hello from Rasa: {RASA_VERSION}")


def add_version(routes: Blueprint) -> None:
    """`GET /version`, which needs no credentials."""

    @routes.get("/version")
    @describe(answers={200: Content(about="The versions.", kind=VersionBody)})
    async def version(request: Request) -> HTTPResponse:
        """Which Rasa this server answers like, and the oldest whose models it would load if it was that."""
        return json_answer({"version": RASA_VERSION, "minimum_compatible_version": RASA_VERSION})


@status.get("/status")
@describe(answers={200: Content(about="The model.", kind=StatusBody)})
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

    refused = Content(about="There is no valid token.", kind=TokenRefusal)

    @routes.post("/")
    @describe(answers={401: refused})
    async def issue(request: Request) -> HTTPResponse:
        """Always refused: tokens are signed elsewhere."""
        return _refusal("AuthenticationFailed", "this server issues no tokens")

    @routes.get("/verify")
    @describe(
        answers={
            200: Content(about="The token is valid.", kind=TokenBody),
            401: Content(about="It is not.", kind=TokenBody),
        }
    )
    async def verify(request: Request) -> HTTPResponse:
        """Whether the token in the header `Authorization` is valid."""
        if gate.claims(request) is not None:
            return json_answer({"valid": True})
        return _refusal("InvalidToken", "the token is missing or wrong", valid=False)

    @routes.get("/me")
    @describe(answers={200: Content(about="The owner.", kind=TokenOwner), 401: refused})
    async def me(request: Request) -> HTTPResponse:
        """Whose token it is."""
        claims = gate.claims(request)
        if claims is None:
            return _refusal("Unauthorized", "the token is missing or wrong")
        return json_answer({"me": claims.get("user")})

    return routes


def _refusal(kind: str, reason: str, **more: bool) -> HTTPResponse:
    """In the form of the library that Rasa has these routes from."""
    body = {**more, "reasons": [reason], "exception": kind}
    return json_answer(body, HTTPStatus.UNAUTHORIZED)
