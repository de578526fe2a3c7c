"""Writes what users say in one way: `NYC` and `the big apple` both become `New York`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from turnwise.nlu.component import Component, NoSettings, TrainingSet
from turnwise.nlu.message import Entity, Message
from turnwise.nlu.reasons import nothing_unless, text_of
from turnwise.project.nlu_data import Example

log = logging.getLogger(__name__)


class EntitySynonymMapper(Component[NoSettings]):
    """Replaces the whole value of an entity, whatever its type, by its canonical form.

    Upper and lower case do not matter; a canonical value written in another case is rewritten too.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"entities"})
    writes: ClassVar[frozenset[str]] = frozenset({"values"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"entities", "synonyms"})

    canonical_: Mapping[str, str] = {}

    def learns_of(self, example: Example) -> bool:
        return bool(example.entities)

    def train(self, training: TrainingSet) -> None:
        table: dict[str, str] = {}
        for surface, value in training.data.synonyms.items():
            _learn(table, surface, value)
        for example in training.data.examples:
            for span in example.entities:
                _learn(table, example.text[span.start : span.end], str(span.value))
        self.canonical_ = table

    def process(self, message: Message) -> None:
        message.entities = [self._mapped(entity) for entity in message.entities]

    def _mapped(self, entity: Entity) -> Entity:
        value = self.canonical_.get(str(entity.value).lower())
        if value is None:
            return entity
        return replace(entity, value=value, processors=(*entity.processors, self.name))

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which words were given another value."""
        mapped = [
            {"entity": own.entity, "value": own.value, "because": f"stands for '{text_of(message, own)}'"}
            for own in message.entities
            if self.name in own.processors and own.value != text_of(message, own)
        ]
        return nothing_unless({"entities": mapped})

    def dump(self) -> dict[str, bytes]:
        return {"synonyms.json": json.dumps(self.canonical_, ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self.canonical_ = json.loads(files["synonyms.json"])


def _learn(table: dict[str, str], surface: str, value: str) -> None:
    if surface != value:
        before = table.get(surface.lower(), value)
        if before != value:
            log.warning("nlu.synonyms.conflict text=%r was=%r now=%r", surface.lower(), before, value)
        table[surface.lower()] = value
    table.setdefault(value.lower(), value)
