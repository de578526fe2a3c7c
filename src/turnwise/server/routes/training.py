"""Training over HTTP: a whole project in, a model out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from turnwise.errors import ModelError, ProjectError
from turnwise.openapi import YAML, Content, Parameter, describe
from turnwise.project.domain_file import domain_from_text
from turnwise.server.answers import FORMAT_DOCS, NO_BODY, ApiError, bad_request, fails_as, failure, flag
from turnwise.server.callbacks import CALLBACK_URL, now_or_later
from turnwise.server.queries import Natural, whole_number
from turnwise.server.training_job import TrainingJob, train

routes = Blueprint("training")

ARCHIVE = "application/x-tar"

SAVE = Parameter(
    name="save_to_default_model_directory",
    about="Whether the model is kept in the server's `models`, too; it is unless this says no.",
    kind=bool,
)
FORCE = Parameter(name="force_training", about="Whether what has not changed is trained anew.", kind=bool)
AUGMENTATION = Parameter(
    name="augmentation", about="How much stories are mixed; 50 if missing.", kind=Natural
)
THREADS = Parameter(name="num_threads", about="Threads to train with; 1 if missing.", kind=Natural)


@routes.post("/model/train")
@describe(
    query=(SAVE, FORCE, AUGMENTATION, THREADS, CALLBACK_URL),
    body=Content(about="Domain, configuration and data in one YAML file.", media=(YAML, "application/yaml")),
    answers={
        200: Content(about="The model; its name stands in the header `filename`.", media=(ARCHIVE,)),
        204: NO_BODY,
        400: failure("The body is no project, or its domain has mistakes."),
    },
)
@fails_as("TrainingError", "training failed")
async def train_model(request: Request) -> HTTPResponse:
    """Trains what the body holds as YAML: domain, configuration and data."""
    job = TrainingJob(
        project=request.body,
        save=flag(request, SAVE, default=True),
        force=flag(request, FORCE),
        augmentation=whole_number(request, AUGMENTATION, default=50),
        num_threads=whole_number(request, THREADS, default=1),
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
    headers = {"filename": name, "Content-Disposition": f'attachment; filename="{name}"'}
    return raw(archive, headers=headers, content_type=ARCHIVE)


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
        raise ApiError(HTTPStatus.BAD_REQUEST, reason, str(error), help_url=FORMAT_DOCS) from error
