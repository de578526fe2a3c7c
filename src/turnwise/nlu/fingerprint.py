"""Tells whether a component would learn the same again, so that training skips it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any, Protocol

from turnwise import __version__
from turnwise.nlu.component import Component
from turnwise.project.nlu_data import Example, NLUData


class Cache(Protocol):
    """Keeps what components learned, by fingerprint, between two trainings."""

    def get(self, key: str) -> Mapping[str, bytes] | None:
        """The files put under `key`; None when there are none."""

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Keeps `files` under `key`, in place of any that stood there."""


def digest(value: Any) -> str:
    """SHA-256 of `value` as JSON, the same on every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


_EXAMPLES: Mapping[str, Callable[[Example], Any]] = {
    "texts": lambda example: example.text,
    "intents": lambda example: [example.intent, example.response_key],
    "entities": lambda example: [asdict(span) for span in example.entities],
}
"""Parts of the training data that each example has of its own."""


class DataPrints:
    """Fingerprints of the parts of the training data, each computed when first asked for."""

    def __init__(self, data: NLUData, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.data = data
        self.responses = responses
        self._known: dict[str, str] = {}

    @cached_property
    def _parts(self) -> Mapping[str, Callable[[], Any]]:
        data = self.data
        return {
            "entity_names": lambda: data.entity_names,
            "synonyms": lambda: list(data.synonyms.items()),
            "regexes": lambda: [[entry.name, entry.pattern] for entry in data.regexes],
            "lookups": lambda: [[table.name, table.elements] for table in data.lookups],
            "responses": lambda: {name: list(variations) for name, variations in self.responses.items()},
        }

    def of(self, part: str, component: Component[Any]) -> str:
        """The fingerprint of what `component` learns from one part of the data."""
        told = _EXAMPLES.get(part)
        if told is not None and type(component).learns_of is not Component.learns_of:
            return digest([told(example) for example in self.data.examples if component.learns_of(example)])
        if part not in self._known:
            every = self._parts[part]() if told is None else [told(own) for own in self.data.examples]
            self._known[part] = digest(every)
        return self._known[part]


def fingerprint(component: Component[Any], prints: DataPrints, upstream: Iterable[str]) -> str:
    """The fingerprint of what `component` would learn behind components with the given fingerprints."""
    kind = type(component)
    return digest(
        {
            "class": f"{kind.__module__}.{kind.__qualname__}",
            "version": [__version__, kind.version],
            "settings": asdict(component.settings),
            "language": component.language,
            "data": {part: prints.of(part, component) for part in sorted(component.sources())},
            "upstream": list(upstream),
        }
    )
