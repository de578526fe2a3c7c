"""What a route takes and gives, written beside its handler; `/openapi.json` is made of nothing else.

    @routes.post("/shout")
    @describe(query=(LOUDNESS,), body=Content(kind=Words), answers={200: Content(kind=Words)})
    async def shout(request: Request) -> HTTPResponse:
        loudness, words = LOUDNESS.of(request), ...

Handlers read the query through the parameters that describe it, and decode bodies as the kinds that describe
them. Other decorators add the answers that they are the cause of (`also_answers`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from sanic import Request

VERSION = "3.1.0"
"""Of the OpenAPI specification: its schemas are those of JSON Schema 2020-12, as msgspec writes them."""

JSON = "application/json"
YAML = "application/x-yaml"
TEXT = "text/plain"

Kind = Any
"""A type that msgspec knows a JSON schema for."""
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Something that may stand in the query of a request."""

    name: str
    about: str
    kind: Kind = str

    def of(self, request: Request) -> str | None:
        """The parameter's value in `request`; None where it is missing."""
        value: str | None = request.args.get(self.name)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The body of a request or an answer."""

    about: str = ""
    kind: Kind | None = None
    """What its JSON is decoded as; None for what has no schema."""
    media: tuple[str, ...] = (JSON,)
    """Content types; none: there is no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route, as its clients see it."""

    query: tuple[Parameter, ...] = ()
    body: Content | None = None
    answers: Mapping[int, Content] = field(default_factory=dict)
    """By status."""


def operation_of(handler: Callable[..., Any]) -> Operation | None:
    """The description of a handler; None where nobody wrote one."""
    found: Operation | None = getattr(handler, "operation", None)
    return found


def describe(
    *,
    query: tuple[Parameter, ...] = (),
    body: Content | None = None,
    answers: Mapping[int, Content],
) -> Callable[[Handler], Handler]:
    """Says what a handler takes and gives; its docstring says what it does."""

    def decorate(handler: Handler) -> Handler:
        before = (operation_of(handler) or Operation()).answers
        _keep(handler, Operation(query=query, body=body, answers={**before, **answers}))
        return handler

    return decorate


def also_answers(handler: Callable[..., Any], status: int, content: Content) -> None:
    """Adds an answer to the description of a handler, below those that stand there already."""
    operation = operation_of(handler) or Operation()
    _keep(handler, replace(operation, answers={status: content, **operation.answers}))


def _keep(handler: Callable[..., Any], operation: Operation) -> None:
    # In the dictionary of the function, from which functools.wraps copies.
    handler.__dict__["operation"] = operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of the router: where a handler answers."""

    path: str
    """As Sanic writes it: `conversations/<conversation_id:path>/tracker`."""
    methods: frozenset[str]
    name: str
    """Blueprint and handler, such as `conversations.erase`."""
    handler: Callable[..., Any]
    security: tuple[str, ...] = ()
    """Names of security schemes, each of which is enough; none: everybody may."""
    refusals: Mapping[int, Content] = field(default_factory=dict)
    """What is answered before the handler is asked."""

    @property
    def operation(self) -> Operation:
        """What clients see."""
        operation = operation_of(self.handler) or Operation()
        return replace(operation, answers={**self.refusals, **operation.answers})


_REFERENCE = "#/components/schemas/{name}"


class Document:
    """The OpenAPI document of some routes."""

    def __init__(self, routes: Iterable[Route], *, path_kinds: Mapping[str, Kind]) -> None:
        """
        Args:
            path_kinds: What may stand in the place of each name in the paths.
        """
        self._routes = [(route, route.operation) for route in routes]
        self._path_kinds = path_kinds
        kinds = [kind for _, operation in self._routes for kind in _kinds(operation)] + [*path_kinds.values()]
        schemas, self._components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
        self._schemas = [(kind, schema) for kind, schema in zip(kinds, schemas, strict=True)]

    def to_json(self, info: Mapping[str, str], schemes: Mapping[str, Any]) -> dict[str, Any]:
        """The document.

        Args:
            info: `title`, `version` and `description` of the API.
            schemes: Security schemes by the names that routes use.
        """
        paths: dict[str, dict[str, Any]] = {}
        for route, operation in self._routes:
            for method in sorted(route.methods):
                path = "/" + re.sub(r"<(\w+)(?::[^>]*)?>", r"{\1}", route.path)
                paths.setdefault(path, {})[method.lower()] = self._operation(route, operation, method)
        components = {"schemas": self._components, "securitySchemes": dict(schemes)}
        return {"openapi": VERSION, "info": dict(info), "paths": paths, "components": components}

    def _operation(self, route: Route, operation: Operation, method: str) -> dict[str, Any]:
        summary, _, description = (inspect.getdoc(route.handler) or "").partition("\n")
        written: dict[str, Any] = {
            "operationId": f"{route.name}.{method}" if len(route.methods) > 1 else route.name,
            "tags": [route.name.split(".")[0]],
            "summary": summary,
            "description": description.strip(),
            "parameters": [*self._in_path(route), *map(self._in_query, operation.query)],
            "responses": {str(status): self._answer(it) for status, it in sorted(operation.answers.items())},
            "security": [{name: []} for name in route.security],
        }
        if operation.body is not None:
            written["requestBody"] = {
                "description": operation.body.about,
                "required": True,
                "content": self._content(operation.body),
            }
        return written

    def _in_path(self, route: Route) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": "path", "required": True, "schema": self._schema(self._path_kinds[name])}
            for name in re.findall(r"<(\w+)", route.path)
        ]

    def _in_query(self, parameter: Parameter) -> dict[str, Any]:
        schema = self._schema(parameter.kind)
        return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": schema}

    def _answer(self, content: Content) -> dict[str, Any]:
        return {"description": content.about, "content": self._content(content)}

    def _content(self, content: Content) -> dict[str, Any]:
        schema = {} if content.kind is None else self._schema(content.kind)
        return {media: {"schema": schema if media == JSON else {}} for media in content.media}

    def _schema(self, kind: Kind) -> Mapping[str, Any]:
        return next(schema for known, schema in self._schemas if known == kind)


def _kinds(operation: Operation) -> Iterable[Kind]:
    contents = [*operation.answers.values(), *([operation.body] if operation.body else ())]
    yield from (content.kind for content in contents if content.kind is not None)
    yield from (parameter.kind for parameter in operation.query)
