"""Entities that a spaCy model recognises: persons, places, organisations, dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from turnwise.nlu.component import Component
from turnwise.nlu.message import Entity, Message
from turnwise.nlu.spacy_model import doc_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacyExtractorSettings:
    """What may stand under `SpacyEntityExtractor`."""

    dimensions: list[str] | None = None
    """Which of spaCy's labels to report, such as PERSON; None for all."""


class SpacyEntityExtractor(Component[SpacyExtractorSettings]):
    """Takes over the entities that SpacyNLP found. Learns nothing."""

    Settings = SpacyExtractorSettings
    reads: ClassVar[frozenset[str]] = frozenset({"doc"})
    writes: ClassVar[frozenset[str]] = frozenset({"entities"})

    def process(self, message: Message) -> None:
        wanted = self.settings.dimensions
        message.entities += [
            Entity(
                entity=found.label_,
                start=found.start_char,
                end=found.end_char,
                value=message.text[found.start_char : found.end_char],
                extractor=self.name,
                extra=(("confidence", None),),  # spaCy gives none
            )
            for found in doc_of(message).ents
            if wanted is None or found.label_ in wanted
        ]
