"""Loads a spaCy pipeline once for all components that use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from turnwise.errors import UsageError
from turnwise.nlu.component import Component, SettingError
from turnwise.nlu.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacySettings:
    """What may stand under `SpacyNLP`."""

    model: str | None = None
    """An installed spaCy package (`en_core_web_md`), a folder, or a language code for its bare tokenizer."""
    case_sensitive: bool = False
    """Whether spaCy sees the text as written; else in lower case."""

    def __post_init__(self) -> None:
        if self.model is None:
            fix = "name an installed spaCy model, such as en_core_web_md"
            raise SettingError("model", "it is missing", fix=fix)


class SpacyNLP(Component[SpacySettings]):
    """Reads the text with spaCy; its tokens, vectors and entities are there for the components after it."""

    Settings = SpacySettings
    writes: ClassVar[frozenset[str]] = frozenset({"doc"})
    prepares: ClassVar[bool] = True

    def get_ready(self) -> None:
        self._model()

    def process(self, message: Message) -> None:
        message.notes["doc"] = self._model()(self._seen(message))

    def process_all(self, messages: Sequence[Message]) -> None:
        docs = self._model().pipe([self._seen(message) for message in messages])
        for message, doc in zip(messages, docs, strict=True):
            message.notes["doc"] = doc

    def _seen(self, message: Message) -> str:
        if self.settings.case_sensitive:
            return message.text
        # Where lower case changes the length (such as İ), offsets would go wrong: such characters stay.
        return "".join(low if len(low := char.lower()) == 1 else char for char in message.text)

    def _model(self) -> Any:
        return load_spacy(self.settings.model or self.language)


@lru_cache(maxsize=4)
def load_spacy(model: str) -> Any:
    """A spaCy pipeline: an installed one, or the bare tokenizer of a language.

    Raises:
        UsageError: spaCy or the model is not installed.
    """
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise UsageError('SpacyNLP needs spaCy\n  fix: pip install "turnwise[spacy]"') from error
    try:
        return spacy.blank(model) if len(model) in (2, 3) else spacy.load(model)
    except ImportError as error:  # some languages, such as Thai, are cut by another package
        raise UsageError(
            f"SpacyNLP: '{model}' cannot be had: {error}\n  fix: install what is named"
        ) from error
    except OSError as error:
        raise UsageError(
            f"SpacyNLP: no spaCy model '{model}'\n  fix: python -m spacy download {model}"
        ) from error


def doc_of(message: Message) -> Any:
    """The spaCy document of a message, as SpacyNLP left it."""
    return message.notes["doc"]
