"""The loaded model over HTTP: understand a text, predict an action, show the domain, take another model."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw

from turnwise import interventions
from turnwise.agent import Agent
from turnwise.channels.rest import MAX_TEXT
from turnwise.dialogue.tracker_json import current_state
from turnwise.errors import ModelError, TurnwiseError
from turnwise.server.answers import (
    ApiError,
    bad_request,
    fails_as,
    flag,
    json_answer,
    json_body,
    json_object,
    needs_agent,
)
from turnwise.server.emulation import EMULATIONS
from turnwise.server.models import read_model
from turnwise.server.queries import events_in, verbosity
from turnwise.storage.model_sources import SOURCES, fetch_model
from turnwise.versions import MAIN

routes = Blueprint("model")


@routes.post("/model/parse")
@needs_agent
@fails_as("ParsingError", "the text could not be understood")
async def parse(request: Request) -> HTTPResponse:
    """How a text is understood; `emulation_mode` dresses the answer as another service's.

    With `explain=true` the answer says under `explanation` what decided, by component.
    """
    body = json_object(request, empty="a text is missing")
    mode = request.args.get("emulation_mode")
    if mode is not None and mode.lower() not in EMULATIONS:
        modes = ", ".join(sorted(EMULATIONS))
        raise bad_request(
            f"'{mode}' is not emulated; there are {modes}", parameter="emulation_mode", where="query"
        )
    text = body["text"][0] if isinstance(body["text"], list) else body["text"]
    if len(str(text)) > MAX_TEXT:
        raise bad_request(f"a text has at most {MAX_TEXT} characters", parameter="text")
    agent = _agent(request)
    if flag(request, "explain") and agent.assistant is not None:
        return json_answer(agent.assistant.explain(str(text)))
    found = await agent.parse(str(text))
    return json_answer(EMULATIONS[mode.lower()](found) if mode else found)


@routes.post("/model/predict")
@needs_agent
@fails_as("PredictionError", "no action could be predicted")
async def predict(request: Request) -> HTTPResponse:
    """The next action of a conversation that consists of the given events; nothing is kept."""
    shown = verbosity(request)
    body = json_body(request, empty="events are missing")
    if not isinstance(body, list):
        raise bad_request("the events must be a list")
    found = await interventions.predict_events(_agent(request), events_in(body))
    return json_answer({**found.to_json(), "tracker": current_state(found.tracker, shown)})


@routes.get("/domain")
@needs_agent
async def domain(request: Request) -> HTTPResponse:
    """The domain of the model, as JSON or YAML."""
    accepted = request.headers.get("accept", "application/json")
    source = dict(_assistant(request).domain.source)
    if accepted.endswith("json"):
        return json_answer(source)
    if accepted.endswith(("yml", "yaml")):
        import yaml

        text = yaml.safe_dump(source, sort_keys=False, allow_unicode=True)
        return raw(text, content_type="application/x-yaml")
    raise ApiError(
        HTTPStatus.NOT_ACCEPTABLE,
        "NotAcceptable",
        "the domain is there as application/json and application/x-yaml",
    )


@routes.put("/model")
@fails_as("LoadingError", "the model could not be loaded")
async def load(request: Request) -> HTTPResponse:
    """Takes another model for every turn from now on; a bad one leaves the good one in place.

    With `version` in the body it is the model of that name, which is exchanged or added; without, the first
    one. `share` is its part of the conversations; alone, it changes that and nothing else.
    """
    body = json_object(request, empty="the source of a model is missing")
    agent = _agent(request)
    main = agent.versions.main
    version, share = str(body.get("version") or (main.name if main else MAIN)), _share_in(body)
    configured = request.app.ctx.settings.endpoints.get("models")
    try:
        if share is not None and not any(body.get(key) for key in SOURCES):
            agent.versions.resize(version, share)
            return empty()
        path = await fetch_model(body if not configured else {**body, "model_server": configured})
        assistant = await read_model(path, request.app.ctx.load_model)
        agent.swap(assistant, version, share=share)
    except TurnwiseError as error:
        raise bad_request(str(error), parameter="model_file") from error
    return empty()


def _share_in(body: Mapping[str, Any]) -> float | None:
    share = body.get("share")
    if share is not None and (isinstance(share, bool) or not isinstance(share, int | float) or share < 0):
        raise bad_request("a share is a number of at least 0", parameter="share")
    return share


@routes.delete("/model")
async def unload(request: Request) -> HTTPResponse:
    """Forgets the model; what needs one is answered with 409 until there is another.

    With `version` in the query, that one only; its conversations go on with those that are left.
    """
    version = request.args.get("version")
    if version is None:
        _agent(request).versions.clear()
        return empty()
    try:
        _agent(request).versions.drop(version)
    except ModelError as error:
        raise bad_request(str(error), parameter="version", where="query") from error
    return empty()


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    return agent


def _assistant(request: Request) -> Any:
    return request.app.ctx.agent.assistant
