"""One component of a configuration, wherever config.yml names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from turnwise.errors import NOWHERE, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """One item of `pipeline`, `policies` or `importers`."""

    name: str
    """A public name, or the dotted path of a class."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Everything that stands beside the name."""
    place: Place = NOWHERE


Components = tuple[ComponentConfig, ...]
