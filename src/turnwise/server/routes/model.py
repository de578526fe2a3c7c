"""The loaded model over HTTP: understand a text, predict an action, show the domain, take another model."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw

from turnwise import interventions
from turnwise.agent import Agent
from turnwise.dialogue.tracker_json import current_state
from turnwise.errors import ModelError, TurnwiseError
from turnwise.openapi import JSON, YAML, Content, Parameter, describe
from turnwise.server.answers import (
    NO_BODY,
    ApiError,
    bad_request,
    checked,
    fails_as,
    failure,
    flag,
    json_answer,
    json_body,
    needs_agent,
)
from turnwise.server.bodies import ModelRequest, ParseRequest, PredictionBody
from turnwise.server.emulation import EMULATIONS
from turnwise.server.event_bodies import EventList
from turnwise.server.model_orders import ModelOrders, Order
from turnwise.server.queries import EXPLAIN, INCLUDE_EVENTS, events_in, verbosity
from turnwise.storage.model_sources import SOURCES

routes = Blueprint("model")

EMULATION_MODE = Parameter(
    name="emulation_mode",
    about="The service in whose form the answer comes, in any case of letters.",
    kind=Literal["wit", "luis", "dialogflow"],
)
VERSION = Parameter(name="version", about="The name of one of several models; all of them if it is missing.")

_BAD_REQUEST = failure("The body or the query makes no sense.")
_PARSE = Content(about="`text`, `intent`, `entities` and what else the pipeline finds.", kind=dict[str, Any])
_DOMAIN = Content(
    about="The domain, in the form that `Accept` asks for.", kind=dict[str, Any], media=(JSON, YAML)
)


@routes.post("/model/parse")
@describe(
    query=(EMULATION_MODE, EXPLAIN),
    body=Content(about="The text.", kind=ParseRequest),
    answers={200: _PARSE, 400: _BAD_REQUEST},
)
@needs_agent
@fails_as("ParsingError", "the text could not be understood")
async def parse(request: Request) -> HTTPResponse:
    """How a text is understood; `emulation_mode` dresses the answer as another service's."""
    body = json_body(request, empty="a text is missing")
    mode = EMULATION_MODE.of(request)
    if mode is not None and mode.lower() not in EMULATIONS:
        modes = ", ".join(sorted(EMULATIONS))
        raise bad_request(
            f"'{mode}' is not emulated; there are {modes}", parameter="emulation_mode", where="query"
        )
    if isinstance(body, dict) and body.get("text") is None:  # an error of the server, as in Rasa
        raise KeyError("text")
    asked = checked(body, ParseRequest).text
    text = asked if isinstance(asked, str) else asked[0]
    agent = _agent(request)
    if flag(request, EXPLAIN) and agent.assistant is not None:
        return json_answer(agent.assistant.explain(text))
    found = await agent.parse(text)
    return json_answer(EMULATIONS[mode.lower()](found) if mode else found)


@routes.post("/model/predict")
@describe(
    query=(INCLUDE_EVENTS,),
    body=Content(about="The events of a conversation, oldest first.", kind=EventList),
    answers={
        200: Content(about="The prediction; actions in the order of the domain.", kind=PredictionBody),
        400: _BAD_REQUEST,
    },
)
@needs_agent
@fails_as("PredictionError", "no action could be predicted")
async def predict(request: Request) -> HTTPResponse:
    """The next action of a conversation that consists of the given events; nothing is kept."""
    shown = verbosity(request)
    events = events_in(json_body(request, empty="events are missing"))
    found = await interventions.predict_events(_agent(request), events)
    return json_answer({**found.to_json(), "tracker": current_state(found.tracker, shown)})


@routes.get("/domain")
@describe(answers={200: _DOMAIN, 406: failure("There is no such form.")})
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
        return raw(text, content_type=YAML)
    raise ApiError(
        HTTPStatus.NOT_ACCEPTABLE,
        "NotAcceptable",
        f"the domain is there as {JSON} and {YAML}",
    )


@routes.put("/model")
@describe(
    body=Content(about="Where the model is, and for which part of the conversations.", kind=ModelRequest),
    answers={204: NO_BODY, 400: failure("The body makes no sense, or there is no such model.")},
)
@fails_as("LoadingError", "the model could not be loaded")
async def load(request: Request) -> HTTPResponse:
    """Takes another model for every turn from now on; a bad one leaves the good one in place.

    With `version` in the body it is the model of that name, which is exchanged or added; without, the first
    one. `share` is its part of the conversations; alone, it changes that and nothing else.
    """
    body = json_body(request, empty="the source of a model is missing")
    asked = checked(body, ModelRequest)
    source = {key: body[key] for key in SOURCES if body.get(key)}
    configured = request.app.ctx.settings.endpoints.get("models")
    if configured and (source or asked.share is None):
        source["model_server"] = configured
    try:
        await _orders(request).give(Order(version=asked.version, source=source, share=asked.share))
    except TurnwiseError as error:
        raise bad_request(str(error), parameter="model_file") from error
    return empty()


@routes.delete("/model")
@describe(query=(VERSION,), answers={204: NO_BODY, 400: failure("There is no such version.")})
async def unload(request: Request) -> HTTPResponse:
    """Forgets the model; what needs one is answered with 409 until there is another.

    With `version` in the query, that one only; its conversations go on with those that are left.
    """
    try:
        await _orders(request).give(Order(version=VERSION.of(request), drop=True))
    except ModelError as error:
        raise bad_request(str(error), parameter="version", where="query") from error
    return empty()


def _orders(request: Request) -> ModelOrders:
    orders: ModelOrders = request.app.ctx.orders
    return orders


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    return agent


def _assistant(request: Request) -> Any:
    return request.app.ctx.agent.assistant
