"""Questions of those who run the server: does it live, may it have traffic, and how is it doing?"""

from __future__ import annotations

import asyncio
import logging

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from turnwise.channels.webhook import IS_OPEN
from turnwise.openapi import TEXT, Content, describe
from turnwise.server.answers import json_answer
from turnwise.server.bodies import HealthBody
from turnwise.server.metrics import Metrics

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds the tracker store has to answer."""
PROBE = "turnwise-health-probe"
"""A conversation that nobody has."""

routes = Blueprint("health")


@routes.get("/health/live")
@describe(answers={200: IS_OPEN})
async def live(request: Request) -> HTTPResponse:
    """200 while the process answers at all; else it should be started again."""
    return json_answer({"status": "ok"})


@routes.get("/health/ready")
@describe(
    answers={
        200: Content(about="Send messages.", kind=HealthBody),
        503: Content(about="Send them elsewhere.", kind=HealthBody),
    }
)
async def ready(request: Request) -> HTTPResponse:
    """200 when messages can be answered and kept; else 503, and traffic should go elsewhere."""
    checks = {
        "model": request.app.ctx.agent.assistant is not None,
        "tracker_store": await _store_answers(request),
        "accepting": not request.app.ctx.stopping,
    }
    fine = all(checks.values())
    return json_answer({"status": "ok" if fine else "unavailable", **checks}, 200 if fine else 503)


async def _store_answers(request: Request) -> bool:
    try:
        await asyncio.wait_for(request.app.ctx.agent.tracker_store.load(PROBE), PATIENCE)
    except Exception as error:  # whatever a store raises, it means no
        log.warning("health.store_does_not_answer error=%r", error)
        return False
    return True


def metrics_route(metrics: Metrics) -> Blueprint:
    """`GET /metrics` for Prometheus."""
    measured = Blueprint("metrics")

    @measured.get("/metrics")
    @describe(answers={200: Content(about="Counts and times in Prometheus's text format.", media=(TEXT,))})
    async def show(request: Request) -> HTTPResponse:
        """How the server is doing."""
        metrics.show_shares(request.app.ctx.agent.versions)
        return raw(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return measured
