"""Sections of endpoints.yml that only Turnwise has; stock Rasa reads past them.

model_versions:                      # models side by side, each with a share of the conversations
  current: {model: models/current.tar.gz, share: 90}
  candidate: {url: "https://models.example/candidate", share: 10}
retention:                           # conversations that nobody goes on with are erased
  days: 90
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from turnwise.errors import NOWHERE, Place
from turnwise.project.cursor import Cursor

MODEL_VERSIONS, RETENTION = "model_versions", "retention"

_SERVER_KEYS = ("url", "wait_time_between_pulls", "token", "token_name", "headers", "params", "basic_auth")
_VERSION_KEYS = ("model", "remote_storage", "share", *_SERVER_KEYS)
_EXAMPLE = "current: {model: models/current.tar.gz, share: 90}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One of the models that answer, and where it comes from."""

    name: str
    source: Mapping[str, Any]
    """`model_file`, `remote_storage` or `model_server`, as the body of `PUT /model` has them."""
    share: float = 1.0
    """Part of the conversations, in relation to the others'."""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long conversations are kept."""

    days: float
    """Those whose latest event is older are erased for good."""


def read_model_versions(top: Cursor) -> tuple[ModelVersion, ...]:
    """The models of the section, in its order; mistakes go to the findings."""
    section = top.get(MODEL_VERSIONS)
    if section is None or section.value is None or not section.is_mapping(_EXAMPLE):
        return ()
    if top.value.get("models"):
        section.wrong("'models' names a model server already", fix="move it below 'model_versions'")
    versions = [_version(str(name), child) for name, child in section.entries()]
    found = tuple(version for version in versions if version is not None)
    if len(found) == len(versions) and not any(version.share for version in found):
        section.wrong("no version has a share of the conversations", fix=f"write one, such as {_EXAMPLE}")
    return found


def _version(name: str, cursor: Cursor) -> ModelVersion | None:
    if not cursor.is_mapping("{model: models/current.tar.gz, share: 90}") or not cursor.has_only(
        _VERSION_KEYS
    ):
        return None
    share = _amount(cursor, "share")
    source = _source(cursor)
    if share is None or source is None:
        return None
    return ModelVersion(name=name, source=source, share=share, place=cursor.place)


def _source(cursor: Cursor) -> dict[str, Any] | None:
    has_model, has_url = "model" in cursor.value, "url" in cursor.value
    if has_model == has_url:
        problem = "both 'model' and 'url' say" if has_model else "neither 'model' nor 'url' says"
        cursor.wrong(f"{problem} where the model is", fix="write one: a path, or the address of a server")
        return None
    if has_url:
        return {"model_server": {key: cursor.value[key] for key in _SERVER_KEYS if key in cursor.value}}
    source = {"model_file": str(cursor.value["model"])}
    if "remote_storage" in cursor.value:
        source["remote_storage"] = str(cursor.value["remote_storage"])
    return source


def read_retention(top: Cursor) -> Retention | None:
    """How long conversations are kept; None for ever. Mistakes go to the findings."""
    section = top.get(RETENTION)
    if section is None or section.value is None or not section.is_mapping("days: 90"):
        return None
    if not section.has_only(("days",)):
        return None
    days = _amount(section, "days")
    if days == 0:
        section.child("days").wrong("0 days would erase conversations as they happen", fix="write 1 or more")
        return None
    return None if days is None else Retention(days=days)


def _amount(cursor: Cursor, key: str) -> float | None:
    """A number that is not below 0; None, and a mistake, where there is none."""
    child = cursor.get(key)
    if child is None:
        cursor.wrong(f"'{key}' is missing", fix=f"write {key}: and a number")
        return None
    try:
        amount = float(child.value)  # environment variables come as text
    except (TypeError, ValueError):
        amount = -1.0
    if isinstance(child.value, bool) or not 0 <= amount < float("inf"):
        child.wrong(f"'{child.value}' is no number of at least 0", fix="write digits")
        return None
    return amount
