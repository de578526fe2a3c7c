"""Answers of the HTTP API: JSON as Rasa writes it, and its one form of error."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import raw

from turnwise import RASA_VERSION

log = logging.getLogger(__name__)
App = Sanic[Any, Any]
Handler = Callable[..., Awaitable[HTTPResponse]]
"""Takes a request, and what its path holds."""


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


def bad_request(message: str, *, parameter: str = "", where: str = "body") -> ApiError:
    """Status 400: `parameter`, which stands in the body or the query, is missing or wrong."""
    details = {"parameter": parameter, "in": where}
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message, details=details)


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
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(f"the body is no JSON: {error}") from error


def json_object(request: Request, *, empty: str) -> dict[str, Any]:
    """As `json_body`, for a body that has to be an object."""
    body = json_body(request, empty=empty)
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    return body


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """A switch in the query: only the word `true` turns it on."""
    value = request.args.get(name)
    return default if value is None else str(value).lower() == "true"


def needs_agent(handler: Handler) -> Handler:
    """Answers 409 while no model is loaded."""

    @functools.wraps(handler)
    async def checked(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        if request.app.ctx.agent.assistant is None:
            raise ApiError(HTTPStatus.CONFLICT, "Conflict", "no model is loaded yet: PUT one to /model")
        return await handler(request, *args, **kwargs)

    return checked


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

        return guarded

    return decorate
