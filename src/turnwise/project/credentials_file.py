"""Reading credentials.yml: which channels are open, and what they need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnwise.errors import NOWHERE, Place
from turnwise.project.cursor import Cursor
from turnwise.project.findings import Findings
from turnwise.project.yaml import Document, parse_yaml, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCredentials:
    """One channel: its public name or the dotted path of its class, and its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    place: Place = NOWHERE


def load_credentials(path: str | Path | None) -> tuple[ChannelCredentials, ...] | None:
    """The channels of a credentials file, in order; None when `path` is None or does not exist.

    Raises:
        ProjectError: something in the file is wrong; ProjectErrors lists several.
    """
    if path is None or not Path(path).is_file():
        return None
    return _channels(read_yaml(path))


def credentials_from_text(text: str, *, file: str = "credentials.yml") -> tuple[ChannelCredentials, ...]:
    """The channels that `text` lists in YAML; `file` is what errors call it.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    return _channels(parse_yaml(text, file=file))


def _channels(document: Document) -> tuple[ChannelCredentials, ...]:
    findings = Findings()
    top = Cursor.top(document, findings)
    channels = []
    if top.is_mapping("rest:"):
        for name, child in top.entries():
            if child.value is None or child.is_mapping("key: value"):
                settings = {str(key): value for key, value in (child.value or {}).items()}
                channels.append(ChannelCredentials(name=str(name), settings=settings, place=child.place))
    findings.stop_on_mistakes()
    return tuple(channels)
