"""Reading endpoints.yml: where the action server, the stores and the brokers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnwise.errors import NOWHERE, Place
from turnwise.project.cursor import Cursor
from turnwise.project.endpoints_own import (
    MODEL_VERSIONS,
    RETENTION,
    ModelVersion,
    Retention,
    read_model_versions,
    read_retention,
)
from turnwise.project.findings import Findings
from turnwise.project.yaml import Document, parse_yaml, read_yaml

ENDPOINT_KEYS = (
    "action_endpoint",
    "nlg",
    "nlu",
    "models",
    "tracker_store",
    "lock_store",
    "event_broker",
)
_OWN_KEYS = frozenset(
    {
        "url",
        "params",
        "headers",
        "basic_auth",
        "token",
        "token_name",
        "cafile",
        "type",
        "store_type",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A service outside of the engine, or the implementation of a store."""

    url: str | None = None
    """URL, host or connection string; what it means depends on `type`."""
    type: str | None = None
    """Public name or dotted path of the implementation."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Query parameters added to each request."""
    headers: Mapping[str, str] = field(default_factory=dict)
    basic_auth: tuple[str, str] | None = None
    """User and password."""
    token: str | None = None
    """Added to each request as the query parameter `token_name`."""
    token_name: str = "token"
    cafile: str | None = None
    """File with the certificates to trust."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All other keys: arguments of the implementation."""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What endpoints.yml says; None is not configured."""

    file: str = ""
    action_endpoint: Endpoint | None = None
    nlg: Endpoint | None = None
    nlu: Endpoint | None = None
    models: Endpoint | None = None
    tracker_store: Endpoint | None = None
    lock_store: Endpoint | None = None
    event_broker: Endpoint | None = None
    model_versions: tuple[ModelVersion, ...] = ()
    retention: Retention | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The whole file as values, for keys of the project's own."""


def load_endpoints(path: str | Path | None) -> Endpoints:
    """What an endpoints file says; nothing is configured when `path` is None or does not exist.

    Raises:
        ProjectError: something in the file is wrong; ProjectErrors lists several.
    """
    if path is None or not Path(path).is_file():
        return Endpoints()
    return _endpoints(read_yaml(path))


def endpoints_from_text(text: str, *, file: str = "endpoints.yml") -> Endpoints:
    """What `text` says in YAML; `file` is what errors call it.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    return _endpoints(parse_yaml(text, file=file))


def _endpoints(document: Document) -> Endpoints:
    findings = Findings()
    top = Cursor.top(document, findings)
    found: dict[str, Any] = {}
    if top.is_mapping("action_endpoint: and, below it, url:"):
        for key in ENDPOINT_KEYS:
            child = top.get(key)
            if child is not None and child.value is not None and child.is_mapping("url: http://…"):
                found[key] = _endpoint(child)
        found |= {MODEL_VERSIONS: read_model_versions(top), RETENTION: read_retention(top)}
    findings.stop_on_mistakes()
    return Endpoints(file=document.file, raw=document.data, **found)


def _endpoint(cursor: Cursor) -> Endpoint:
    data: Mapping[str, Any] = cursor.value
    return Endpoint(
        url=_text(data.get("url")),
        type=_text(data.get("type") or data.get("store_type")),
        params=_mapping(cursor, "params"),
        headers={str(name): str(value) for name, value in _mapping(cursor, "headers").items()},
        basic_auth=_basic_auth(cursor),
        token=_text(data.get("token")),
        token_name=_text(data.get("token_name")) or "token",
        cafile=_text(data.get("cafile")),
        settings={str(key): value for key, value in data.items() if key not in _OWN_KEYS},
        place=cursor.place,
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _mapping(cursor: Cursor, key: str) -> Mapping[str, Any]:
    child = cursor.get(key)
    if child is None or child.value is None or not child.is_mapping("name: value"):
        return {}
    return dict(child.value)


def _basic_auth(cursor: Cursor) -> tuple[str, str] | None:
    fields = _mapping(cursor, "basic_auth")
    if not fields:
        return None
    return str(fields.get("username") or ""), str(fields.get("password") or "")
