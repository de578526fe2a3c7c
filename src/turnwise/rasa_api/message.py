"""Messages, tokens and features, as components written for Rasa see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.message import Message as OurMessage
from turnwise.rasa_api.constants import (
    FEATURE_TYPE_SENTENCE,
    FEATURE_TYPE_SEQUENCE,
    INTENT,
    INTENT_RESPONSE_KEY,
    TEXT,
)


class Token:
    """A piece of a text; `end` is exclusive."""

    def __init__(
        self,
        text: str,
        start: int,
        end: int | None = None,
        data: dict[str, Any] | None = None,
        lemma: str | None = None,
    ) -> None:
        self.text = text
        self.start = start
        self.end = start + len(text) if end is None else end
        self.data = data or {}
        self.lemma = lemma or text

    def set(self, prop: str, info: Any) -> None:
        self.data[prop] = info

    def get(self, prop: str, default: Any = None) -> Any:
        return self.data.get(prop, default)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and (self.start, self.text) == (other.start, other.text)

    def __hash__(self) -> int:
        return hash((self.start, self.text))

    def __repr__(self) -> str:
        return f"<Token {self.text!r} at {self.start}>"


class Features:
    """Numbers that describe a text, or each of its tokens."""

    def __init__(self, features: Any, feature_type: str, attribute: str, origin: str | Sequence[str]) -> None:
        """Args:
        features: NumPy array or SciPy matrix; shape (1, size) for a text, (tokens, size) for its tokens.
        feature_type: `sentence` or `sequence`.
        """
        self.features = features
        self.type = feature_type
        self.attribute = attribute
        self.origin = origin

    def is_dense(self) -> bool:
        return isinstance(self.features, np.ndarray)

    def is_sparse(self) -> bool:
        return not self.is_dense()

    def rows(self) -> npt.NDArray[np.float32]:
        """The numbers as a dense array; shape (1 or tokens, size)."""
        array = self.features if self.is_dense() else self.features.toarray()
        return np.atleast_2d(np.asarray(array, dtype=np.float32))


class Message:
    """A text with what is known of it: a map of properties, some of which are part of the answer."""

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        output_properties: set[str] | None = None,
        time: int | None = None,
        features: list[Features] | None = None,
        **settings: Any,
    ) -> None:
        self.data = data or {}
        self.output_properties = {TEXT, *(output_properties or ())}
        self.time = time
        self.features = features or []
        self.parsed: OurMessage | None = None
        """The message on its way through the pipeline; None for one that is not."""

    @classmethod
    def build(
        cls,
        text: str,
        intent: str | None = None,
        entities: list[dict[str, Any]] | None = None,
        intent_metadata: Any = None,
        example_metadata: Any = None,
        **settings: Any,
    ) -> Message:
        """A training example."""
        data: dict[str, Any] = {TEXT: text}
        if intent:
            data[INTENT] = intent.partition("/")[0]
            if "/" in intent:
                data[INTENT_RESPONSE_KEY] = intent
        if entities:
            data["entities"] = entities
        return cls(data=data)

    def get(self, prop: str, default: Any = None) -> Any:
        return self.data.get(prop, default)

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        self.data[prop] = info
        if add_to_output:
            self.output_properties.add(prop)

    def add_features(self, features: Features | None) -> None:
        if features is not None:
            self.features.append(features)

    def add_diagnostic_data(self, origin: str, data: dict[str, Any]) -> None:
        """Nobody shows them; `explain` is there for that."""

    def get_full_intent(self) -> str:
        """`faq/ask_name` for retrieval intents, else the intent."""
        return str(self.get(INTENT_RESPONSE_KEY) or self.get(INTENT) or "")

    def as_dict(self, only_output_properties: bool = False) -> dict[str, Any]:
        shown = self.output_properties if only_output_properties else self.data.keys()
        return {name: value for name, value in self.data.items() if name in shown and value is not None}

    def features_present(self, attribute: str, featurizers: list[str] | None = None) -> bool:
        sparse = self.get_sparse_features(attribute, featurizers)
        dense = self.get_dense_features(attribute, featurizers)
        return any(part is not None for part in (*sparse, *dense))

    def get_sparse_features(
        self, attribute: str, featurizers: list[str] | None = None
    ) -> tuple[Features | None, Features | None]:
        """Of the tokens and of the text, as SciPy matrices; None where there are none."""
        from scipy.sparse import csr_matrix

        sequence, sentence = self._described(attribute, featurizers or [], dense=False)
        for found in (sequence, sentence):
            if found is not None:
                found.features = csr_matrix(found.features)
        return sequence, sentence

    def get_dense_features(
        self, attribute: str, featurizers: list[str] | None = None
    ) -> tuple[Features | None, Features | None]:
        """Of the tokens and of the text, as arrays; None where there are none."""
        return self._described(attribute, featurizers or [], dense=True)

    def _described(
        self, attribute: str, aliases: list[str], *, dense: bool
    ) -> tuple[Features | None, Features | None]:
        """What our featurizers say; of the tokens, and of the text."""
        if attribute != TEXT or self.parsed is None:
            return None, None
        chosen = [
            own
            for own in self.parsed.featurizers
            if ("dense" in own.writes) is dense and (not aliases or own.alias in aliases)
        ]
        texts = [_row(vector) for own in chosen if (vector := own.sentence(self.parsed)) is not None]
        rows = [found for own in chosen if (found := own.tokens(self.parsed))]
        tokens = [np.vstack([_row(vector) for vector in found]) for found in rows]
        names = [own.alias for own in chosen]
        return _joined(tokens, FEATURE_TYPE_SEQUENCE, names), _joined(texts, FEATURE_TYPE_SENTENCE, names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.data == other.data

    def __hash__(self) -> int:
        return hash(str(self.get(TEXT)))


def _row(vector: Any) -> npt.NDArray[np.float32]:
    row = np.zeros((1, vector.size), dtype=np.float32)
    row[0, vector.indices] = vector.values
    return row


def _joined(parts: list[npt.NDArray[np.float32]], kind: str, names: Sequence[str]) -> Features | None:
    return Features(np.hstack(parts), kind, TEXT, names) if parts else None
