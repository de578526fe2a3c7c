"""The web application: which routes there are, who may use them, and what errors look like."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request, Sanic

from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.channel import InputChannel, OnMessage, UserMessage
from turnwise.channels.webhook import Refusal
from turnwise.errors import BadMessage, LockError, StorageError
from turnwise.server.access import Gate
from turnwise.server.answers import ApiError, App, error_answer, json_answer
from turnwise.server.cors import add_cors
from turnwise.server.metrics import CountingBroker, Metrics, can_measure
from turnwise.server.model_orders import ModelOrders, orders_folder
from turnwise.server.queries import conversation
from turnwise.server.routes import about, conversations, description, health, model, testing, training
from turnwise.server.settings import ServerSettings

log = logging.getLogger(__name__)
_numbers = itertools.count(1)


def create_app(
    agent: Agent,
    settings: ServerSettings,
    channels: Sequence[InputChannel] = (),
    *,
    load_model: Callable[[Path], Assistant],
) -> App:
    """The application that serves `agent`; `load_model` reads the archives that `PUT /model` names.

    In its context handlers find all four, and how many `trainings` are under way.
    """
    app: App = Sanic(f"turnwise_{next(_numbers)}", configure_logging=False)
    app.config.update(RESPONSE_TIMEOUT=settings.response_timeout, KEEP_ALIVE_TIMEOUT=settings.keep_alive)
    app.config.REQUEST_MAX_SIZE = settings.max_body
    app.config.ACCESS_LOG = False
    app.ctx.agent = agent
    app.ctx.channels = list(channels)
    app.ctx.settings = settings
    app.ctx.load_model = load_model
    app.ctx.orders = ModelOrders(agent, load_model, folder=orders_folder())
    app.ctx.trainings = 0
    app.ctx.stopping = False
    gate = Gate(settings)
    app.blueprint(about.root)
    app.blueprint(health.routes)
    app.blueprint(description.routes(gate))
    if settings.enable_api:
        _add_api(app, settings, gate)
    metrics = _add_metrics(app, agent) if can_measure() else None
    for channel in channels:
        routes = channel.blueprint(_receiver(agent, channel.name(), metrics))
        app.blueprint(routes, url_prefix=f"/webhooks/{channel.url_prefix()}")
    add_cors(app, settings.cors)
    _add_errors(app)
    return app


def _add_api(app: App, settings: ServerSettings, gate: Gate) -> None:
    version = Blueprint("version")
    about.add_version(version)
    app.blueprint(version)
    if settings.jwt:
        app.blueprint(about.token_routes(gate))
    for routes in (about.status, conversations.routes, model.routes, testing.routes, training.routes):
        app.blueprint(routes)
        gate.guarded.add(routes.name)
    if not gate.is_open:

        @app.on_request
        async def authenticate(request: Request) -> None:
            if request.route is not None and gate.guards(request.route):
                written = request.match_info.get("conversation_id")
                gate.check(request, None if written is None else conversation(written))


def _add_metrics(app: App, agent: Agent) -> Metrics:
    metrics = Metrics()
    agent.broker = CountingBroker(metrics, agent.broker)
    app.blueprint(health.metrics_route(metrics))
    return metrics


def _receiver(agent: Agent, channel: str, metrics: Metrics | None) -> OnMessage:
    """What a channel hands its messages to."""

    async def receive(message: UserMessage) -> None:
        if agent.assistant is None:
            log.info("channel.no_model sender_id=%s", message.sender_id)
        elif metrics is None:
            await agent.handle(message)
        else:
            with metrics.turn(channel):
                await agent.handle(message)

    return receive


def _add_errors(app: App) -> None:
    app.error_handler.add(ApiError, error_answer)

    @app.exception(BadMessage)
    def bad_message(request: Request, error: BadMessage) -> HTTPResponse:
        log.warning("channel.bad_message channel=%s problem=%s", error.channel, error.problem)
        return _framework_error(HTTPStatus.BAD_REQUEST, error.problem)

    @app.exception(StorageError, LockError)
    def unavailable(request: Request, error: StorageError | LockError) -> HTTPResponse:
        log.error("server.storage_failed path=%s error=%s", request.path, error)
        return _framework_error(
            HTTPStatus.SERVICE_UNAVAILABLE, "the conversation could not be kept; try again"
        )


def _framework_error(status: HTTPStatus, message: str) -> HTTPResponse:
    """An error outside the API, in the form of the web framework's own."""
    body = Refusal(description=status.phrase, status=int(status), message=message)
    return json_answer(body, int(status))
