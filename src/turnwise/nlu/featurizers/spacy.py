"""Word vectors of a spaCy model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.message import Message
from turnwise.nlu.spacy_model import doc_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacyFeaturizerSettings:
    """What may stand under `SpacyFeaturizer`."""

    alias: str | None = None
    """Name for `featurizers: [...]` of a classifier."""
    pooling: Literal["mean", "max"] = "mean"
    """How the vectors of the words become that of the text."""


class SpacyFeaturizer(Featurizer[SpacyFeaturizerSettings]):
    """The vector of each token, and of the text as their mean or maximum; unknown words are left out."""

    Settings = SpacyFeaturizerSettings
    reads: ClassVar[frozenset[str]] = frozenset({"doc", "tokens"})
    writes: ClassVar[frozenset[str]] = frozenset({"featurizer", "dense"})

    def process(self, message: Message) -> None:
        # A model without vectors, such as a bare tokenizer, has nothing to add.
        if doc_of(message).vocab.vectors_length:
            message.featurizers.append(self)

    def tokens(self, message: Message) -> list[Features]:
        return [Features.dense(token.vector) for token in doc_of(message) if not token.text.isspace()]

    def sentence(self, message: Message) -> Features:
        doc = doc_of(message)
        vectors = np.array([token.vector for token in doc if token.vector.any()], dtype=np.float32)
        if not len(vectors):
            return Features.dense(np.zeros(doc.vocab.vectors_length, dtype=np.float32))
        pooled = vectors.mean(axis=0) if self.settings.pooling == "mean" else vectors.max(axis=0)
        return Features.dense(pooled)
