"""Which pages in browsers may call the server (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sanic import HTTPResponse, Request
from sanic.exceptions import MethodNotAllowed
from sanic.response import BaseHTTPResponse, empty

from turnwise.server.answers import App

METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def add_cors(app: App, origins: Sequence[str]) -> None:
    """Adds the headers to every response, and answers what browsers ask beforehand."""
    everyone = "*" in origins
    allowed = frozenset(origins)

    async def add_headers(request: Any, response: BaseHTTPResponse) -> None:
        headers = response.headers
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Expose-Headers"] = "filename"
        origin = request.headers.get("origin")
        if origin and (everyone or origin in allowed):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Vary"] = "Origin"

    app.register_middleware(add_headers, "response")

    @app.exception(MethodNotAllowed)
    def preflight(request: Request, error: MethodNotAllowed) -> HTTPResponse | None:
        headers = {"Allow": _methods(app, request.path)}
        if request.method != "OPTIONS":
            error.headers = headers
            return None
        if "origin" in request.headers:
            headers["Access-Control-Allow-Methods"] = METHODS
            wanted = request.headers.get("access-control-request-headers")
            if wanted:
                headers["Access-Control-Allow-Headers"] = wanted
        return empty(status=200, headers=headers)


def _methods(app: App, path: str) -> str:
    """What may be done with `path`; of paths with a name in them the framework does not say it."""
    found = {"OPTIONS"}
    for route in app.router.routes:
        pattern = ".*".join(re.escape(part) for part in re.split(r"<[^>]*>", route.path))
        if re.fullmatch(pattern, path.strip("/")):
            found |= route.methods
    return ", ".join(sorted(found))
