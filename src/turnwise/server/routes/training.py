"""Training over HTTP: a whole project in, a model out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from turnwise.errors import ModelError, ProjectError
from turnwise.project.domain_file import domain_from_text
from turnwise.server.answers import ApiError, bad_request, fails_as, flag
from turnwise.server.callbacks import now_or_later
from turnwise.server.training_job import TrainingJob, train

routes = Blueprint("training")


@routes.post("/model/train")
@fails_as("TrainingError", "training failed")
async def train_model(request: Request) -> HTTPResponse:
    """Trains what the body holds as YAML: domain, configuration and data."""
    job = TrainingJob(
        project=request.body,
        save=flag(request, "save_to_default_model_directory", default=True),
        force=flag(request, "force_training"),
        augmentation=_number(request, "augmentation", 50),
        num_threads=_number(request, "num_threads", 1),
    )
    await asyncio.to_thread(_check, request.body)
    return await now_or_later(request, lambda: _trained(request, job))


async def _trained(request: Request, job: TrainingJob) -> HTTPResponse:
    request.app.ctx.trainings += 1
    try:
        name, archive = await train(job)
    except ModelError as error:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "TrainingError", str(error)) from error
    finally:
        request.app.ctx.trainings -= 1
    return raw(archive, headers={"filename": name}, content_type="application/gzip")


def _check(project: bytes) -> None:
    """
    Raises:
        ApiError: the body is empty, is no YAML, or its domain has mistakes.
    """
    if not project.strip():
        raise bad_request("a project in YAML is missing")
    try:
        domain_from_text(project.decode(), file="body")
    except UnicodeDecodeError as error:
        raise bad_request(f"the body is no UTF-8 text: {error}") from error
    except ProjectError as error:
        # One that names no key is about the YAML as such.
        reason = "InvalidDomainError" if error.place.keys else "BadRequest"
        raise ApiError(HTTPStatus.BAD_REQUEST, reason, str(error)) from error


def _number(request: Request, name: str, default: int) -> int:
    word = request.args.get(name)
    if word is None:
        return default
    if not word.isdigit():
        raise bad_request(f"'{word}' is no number", parameter=name, where="query")
    return int(word)
