"""Answers of the HTTP API: JSON as Rasa writes it, and its one form of error."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import raw

from turnwise import RASA_VERSION
from turnwise.openapi import Content, Parameter, also_answers
from turnwise.server.bodies import ErrorBody

log = logging.getLogger(__name__)
App = Sanic[Any, Any]
Kind = TypeVar("Kind")
Handler = Callable[..., Awaitable[HTTPResponse]]
"""Takes a request, and what its path holds."""

DOCS = "https://rasa.com/docs/rasa"
"""What `help` in errors refers to, as in Rasa."""
FORMAT_DOCS = f"{DOCS}/training-data-format"


class ApiError(Exception):
    """A request of the API cannot be answered; the client learns why."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        help_url: str | None = None,
    ) -> None:
        """
        Args:
            reason: What kind of error it is, such as "BadRequest".
            details: What is wrong where, such as {"parameter": "name", "in": "body"}.
        """
        super().__init__(message)
        self.status = status
        self.body = {
            "version": RASA_VERSION,
            "status": "failure",
            "message": message,
            "reason": reason,
            "details": details or {},
            "help": help_url,
            "code": int(status),
        }


def failure(about: str) -> Content:
    """The description of an error."""
    return Content(about=about, kind=ErrorBody)


NO_BODY = Content(about="Done; there is nothing to say.", media=())


def bad_request(
    message: str, *, parameter: str = "", where: str = "body", help_url: str | None = None
) -> ApiError:
    """Status 400: `parameter`, which stands in the body or the query, is missing or wrong."""
    details = {"parameter": parameter, "in": where} if parameter else {}
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message, details=details, help_url=help_url)


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """`data` as JSON. Slashes are escaped: Rasa's clients may put the text into an HTML page as it is."""
    body = msgspec.json.encode(data, enc_hook=str).replace(b"/", b"\\/")
    return raw(body, status=status, headers=dict(headers or {}), content_type="application/json")


def error_answer(request: Request, error: ApiError) -> HTTPResponse:
    """What a client gets for an ApiError."""
    return json_answer(error.body, int(error.status))


def json_body(request: Request, *, empty: str) -> Any:
    """The request's body as decoded JSON.

    Raises:
        ApiError: there is no body (the message is `empty`), or it is no JSON.
    """
    if not request.body:
        raise bad_request(empty)
    return decoded_json(request.body)


def decoded_json(body: bytes) -> Any:
    """
    Raises:
        ApiError: it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(f"the body is no JSON: {error}") from error


def checked(body: Any, kind: type[Kind]) -> Kind:
    """Decoded JSON as a record; keys that the record does not have are left alone.

    Raises:
        ApiError: it is no such record; `details` name the key, if it is about one.
    """
    try:
        return msgspec.convert(body, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        keys = re.search(r"required field `(\w+)`|at `\$(?:\[\d*\])?\.(\w+)", str(error))
        parameter = (keys[1] or keys[2]) if keys else ""
        raise bad_request(f"the body is not what it should be: {error}", parameter=parameter) from error


def flag(request: Request, parameter: Parameter, *, default: bool = False) -> bool:
    """A switch in the query: only the word `true` turns it on."""
    value = parameter.of(request)
    return default if value is None else value.lower() == "true"


def needs_agent(handler: Handler) -> Handler:
    """Answers 409 while no model is loaded."""

    @functools.wraps(handler)
    async def with_agent(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        if request.app.ctx.agent.assistant is None:
            problem = "no model is loaded yet: PUT one to /model"
            help_url = f"{DOCS}/user-guide/configuring-http-api/"
            raise ApiError(HTTPStatus.CONFLICT, "Conflict", problem, help_url=help_url)
        return await handler(request, *args, **kwargs)

    also_answers(with_agent, 409, failure("No model is loaded."))
    return with_agent


def fails_as(reason: str, message: str) -> Callable[[Handler], Handler]:
    """Answers 500 with `reason` when something goes wrong that the handler has no answer for."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
            try:
                return await handler(request, *args, **kwargs)
            except (ApiError, SanicException):
                raise
            except Exception as error:
                log.exception("api.failed path=%s", request.path)
                raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, reason, f"{message}: {error}") from error

        also_answers(guarded, 500, failure(f"{reason}: {message}."))
        return guarded

    return decorate
