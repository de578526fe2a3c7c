"""Who may use the HTTP API: a token in the query, or a JSON web token in the header."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sanic import Request
from sanic_routing.route import Route

from turnwise.errors import UsageError
from turnwise.server.answers import DOCS, ApiError
from turnwise.server.settings import Jwt, ServerSettings

Claims = Mapping[str, Any]
"""The payload of a token: `{"user": {"username": ..., "role": "admin" or "user"}}`."""


class Gate:
    """Lets API requests pass, or tells why not."""

    def __init__(self, settings: ServerSettings) -> None:
        """
        Raises:
            UsageError: JSON web tokens are asked for, and the library for them is not installed.
        """
        self._token = settings.auth_token
        self._jwt = settings.jwt
        self.is_open = not (self._token or self._jwt)
        self.guarded: set[str] = set()
        """Names of the blueprints behind the gate."""
        if self._jwt:
            _check_method(self._jwt)

    def guards(self, route: Route) -> bool:
        """Whether requests to `route` have to pass."""
        return not self.is_open and route.name.split(".")[-2] in self.guarded

    def schemes(self) -> dict[str, Any]:
        """The ways to pass, each of which is enough, as OpenAPI describes them."""
        token = {"type": "apiKey", "in": "query", "name": "token"}
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        wanted = {"token": token if self._token else None, "jwt": bearer if self._jwt else None}
        return {name: scheme for name, scheme in wanted.items() if scheme is not None}

    def check(self, request: Request, conversation_id: str | None) -> None:
        """Passes silently when the request may be answered.

        Args:
            conversation_id: The conversation that the route is about, if it is about one.

        Raises:
            ApiError: 401 without valid credentials, 403 when they do not reach that far.
        """
        if self.is_open or self._has_token(request):
            return
        claims = self.claims(request) if self._jwt else None
        if claims is None:
            raise _refusal(HTTPStatus.UNAUTHORIZED, "NotAuthenticated", "credentials are missing or wrong")
        if not _reaches(claims, conversation_id):
            raise _refusal(HTTPStatus.FORBIDDEN, "NotAuthorized", "these credentials are not enough for this")

    def claims(self, request: Request) -> Claims | None:
        """The payload of the request's bearer token; None without a valid one."""
        import jwt

        assert self._jwt is not None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims: Claims = jwt.decode(token, self._jwt.secret, algorithms=[self._jwt.method])
        except jwt.PyJWTError:
            return None
        return claims

    def _has_token(self, request: Request) -> bool:
        if not self._token:
            return False
        given = request.args.get("token", "")
        # The time of a comparison must not tell how much of the token was right.
        return hmac.compare_digest(given.encode(), self._token.encode())


def _refusal(status: HTTPStatus, reason: str, message: str) -> ApiError:
    help_url = f"{DOCS}/user-guide/configuring-http-api/#security-considerations"
    return ApiError(status, reason, message, help_url=help_url)


def _reaches(claims: Claims, conversation_id: str | None) -> bool:
    user = claims.get("user")
    if not isinstance(user, Mapping):
        return False
    if user.get("role") == "admin":
        return True
    return (
        user.get("role") == "user" and conversation_id is not None and user.get("username") == conversation_id
    )


def _check_method(settings: Jwt) -> None:
    try:
        import jwt
    except ModuleNotFoundError as error:
        raise UsageError("--jwt-secret: PyJWT is not installed\n  fix: pip install pyjwt") from error
    if settings.method not in jwt.algorithms.get_default_algorithms():
        raise UsageError(
            f"--jwt-method: '{settings.method}' is not available"
            "\n  fix: use HS256, or install cryptography for asymmetric methods"
        )
