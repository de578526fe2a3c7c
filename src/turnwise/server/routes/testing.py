"""Tests over HTTP: how well a model does on stories or NLU data that the request brings along."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from turnwise.assistant import Assistant
from turnwise.errors import ProjectError, TurnwiseError
from turnwise.openapi import JSON, YAML, Content, Parameter, describe
from turnwise.server.answers import (
    FORMAT_DOCS,
    NO_BODY,
    ApiError,
    bad_request,
    decoded_json,
    fails_as,
    failure,
    flag,
    json_answer,
    needs_agent,
)
from turnwise.server.callbacks import CALLBACK_URL, now_or_later
from turnwise.server.models import read_model
from turnwise.server.queries import Natural, whole_number
from turnwise.storage.model_sources import fetch_model

routes = Blueprint("testing")

END_TO_END = Parameter(name="e2e", about="Whether users' words are understood, too.", kind=bool)
MODEL = Parameter(name="model", about="The file of the model to test; the loaded one if it is missing.")
FOLDS = Parameter(
    name="cross_validation_folds",
    about="In how many parts the data are cut, each of which is predicted from the others; 2 or more.",
    kind=Natural,
)

_EVALUATION = Content(about="What was right, and how often.", kind=dict[str, Any])
_BAD_REQUEST = failure("The body holds no such data, or the query makes no sense.")


@routes.post("/model/test/stories")
@describe(
    query=(END_TO_END,),
    body=Content(about="Stories.", media=(YAML,)),
    answers={200: _EVALUATION, 400: _BAD_REQUEST},
)
@needs_agent
@fails_as("TestingError", "the stories could not be tested")
async def test_stories(request: Request) -> HTTPResponse:
    """Compares what the model predicts with the stories of the body; `e2e=true` also reads users' words."""
    from turnwise.evaluation.story_scores import evaluate_story_text

    stories, assistant = _text(request), _assistant(request)
    end_to_end = flag(request, END_TO_END)
    return await _tested(lambda: evaluate_story_text(stories, assistant, end_to_end=end_to_end))


@routes.post("/model/test/intents")
@describe(
    query=(FOLDS, MODEL, CALLBACK_URL),
    body=Content(about="NLU data; with a configuration, if that is to be validated.", media=(YAML, JSON)),
    answers={200: _EVALUATION, 204: NO_BODY, 400: _BAD_REQUEST, 409: failure("No model is loaded.")},
)
@fails_as("TestingError", "the NLU data could not be tested")
async def test_intents(request: Request) -> HTTPResponse:
    """Compares what a model understands with the NLU data of the body, or cross-validates a configuration."""
    data, folds = _text(request), whole_number(request, FOLDS, default=0)
    is_yaml = request.headers.get("content-type", "") == YAML
    if folds:
        work = _cross_validation(data, folds, is_yaml=is_yaml)
    else:
        work = _evaluation(data, await _tested_model(request), is_yaml=is_yaml)
    return await now_or_later(request, lambda: _tested(work))


def _evaluation(data: str, assistant: Assistant, *, is_yaml: bool) -> Callable[[], dict[str, Any]]:
    from turnwise.evaluation.nlu_requests import evaluate_nlu_text

    if not is_yaml:
        decoded_json(data.encode())
    return lambda: evaluate_nlu_text(data, assistant, is_json=not is_yaml)


def _cross_validation(data: str, folds: int, *, is_yaml: bool) -> Callable[[], dict[str, Any]]:
    from turnwise.evaluation.nlu_requests import cross_validate_text

    if not is_yaml:
        message = f"cross-validation takes YAML with the configuration in it, as {YAML}"
        raise ApiError(HTTPStatus.BAD_REQUEST, "TestingError", message)
    return lambda: cross_validate_text(data, folds=folds)


async def _tested(work: Callable[[], dict[str, Any]]) -> HTTPResponse:
    """What `work` finds; it runs in a thread, so that conversations go on meanwhile."""
    try:
        return json_answer(await asyncio.to_thread(work))
    except ProjectError as error:  # the data are at fault
        raise bad_request(str(error), help_url=FORMAT_DOCS) from error
    except TurnwiseError as error:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "TestingError", str(error)) from error


async def _tested_model(request: Request) -> Assistant:
    named = MODEL.of(request)
    if named is None:
        return _assistant(request)
    return await read_model(await fetch_model({"model_file": named}), request.app.ctx.load_model)


def _assistant(request: Request) -> Assistant:
    assistant: Assistant | None = request.app.ctx.agent.assistant
    if assistant is None:
        raise ApiError(HTTPStatus.CONFLICT, "Conflict", "no model is loaded")
    return assistant


def _text(request: Request) -> str:
    if not request.body.strip():
        raise bad_request("the body is empty")
    try:
        text: str = request.body.decode()
    except UnicodeDecodeError as error:
        raise bad_request(f"the body is no UTF-8 text: {error}") from error
    return text
