"""What a model makes of every test example, beside what the example says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from turnwise.dialogue.domain import INTENT_FALLBACK
from turnwise.project.nlu_data import PRETRAINED_EXTRACTORS, EntitySpan, Example

Parse = Callable[[str], Mapping[str, Any]]
"""Takes a text, gives the parse result in Rasa's form."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    """Expected and predicted intent, or response, of a message."""

    text: str
    target: str
    predicted: str
    """Empty where nothing was predicted."""
    confidence: float

    @property
    def is_right(self) -> bool:
        return self.target == self.predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityResult:
    """Annotated and found entities of a message."""

    text: str
    tokens: Sequence[tuple[int, int]]
    """Start and end of each token, end exclusive; none if the model has no tokenizer."""
    targets: Sequence[Mapping[str, Any]]
    predictions: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """As error reports show it."""
        return {
            "text": self.text,
            "entities": list(self.targets),
            "predicted_entities": list(self.predictions),
        }


@dataclass(slots=True, kw_only=True)
class NluResults:
    """Results by what is measured; a list is empty where the data give nothing to measure."""

    intents: list[LabelResult] = field(default_factory=list)
    responses: list[LabelResult] = field(default_factory=list)
    entities: list[EntityResult] = field(default_factory=list)

    def extend(self, other: NluResults) -> None:
        """Adds the results of another part of the data."""
        self.intents += other.intents
        self.responses += other.responses
        self.entities += other.entities


def nlu_results(examples: Sequence[Example], parse: Parse, *, progress: Progress | None = None) -> NluResults:
    """Lets the model read every example.

    Intents and responses are measured if the examples have at least two of them, entities if they have any.
    """
    with_intents = _distinct(example.intent for example in examples) >= 2
    with_responses = _distinct(example.response_key for example in examples) >= 2
    with_entities = any(example.entities for example in examples)
    results = NluResults()
    for number, example in enumerate(examples, start=1):
        found = parse(example.text)
        if with_intents and example.intent:
            results.intents.append(_intent_result(example, found))
        if with_responses and example.response_key:
            results.responses.append(_response_result(example, found))
        if with_entities:
            results.entities.append(_entity_result(example, found))
        if progress:
            progress("test messages", number / len(examples))
    return results


def _distinct(labels: Iterable[str | None]) -> int:
    return len({label for label in labels if label})


def _intent_result(example: Example, found: Mapping[str, Any]) -> LabelResult:
    best: Mapping[str, Any] = found.get("intent") or {}
    ranking = found.get("intent_ranking") or ()
    if best.get("name") == INTENT_FALLBACK and len(ranking) > 1:
        # The fallback hides which intent was wrongly predicted.
        best = list(ranking)[1]
    return LabelResult(
        text=example.text,
        target=example.intent or "",
        predicted=best.get("name") or "",
        confidence=best.get("confidence") or 0.0,
    )


def _response_result(example: Example, found: Mapping[str, Any]) -> LabelResult:
    selectors = found.get("response_selector") or {}
    intent = example.intent
    own = intent in selectors.get("all_retrieval_intents", ()) and intent in selectors
    chosen = (selectors.get(intent if own else "default") or {}).get("response") or {}
    return LabelResult(
        text=example.text,
        target=example.response_key or "",
        predicted=chosen.get("intent_response_key") or "",
        confidence=chosen.get("confidence") or 0.0,
    )


def _entity_result(example: Example, found: Mapping[str, Any]) -> EntityResult:
    entities = found.get("entities") or ()
    return EntityResult(
        text=example.text,
        tokens=[(start, end) for start, end in found.get("text_tokens") or ()],
        targets=[_annotated_entity(span) for span in example.entities],
        predictions=[e for e in entities if e.get("extractor") not in PRETRAINED_EXTRACTORS],
    )


def _annotated_entity(span: EntitySpan) -> dict[str, Any]:
    labels = {"role": span.role, "group": span.group}
    entity = {"start": span.start, "end": span.end, "value": span.value, "entity": span.entity}
    return entity | {key: label for key, label in labels.items() if label}
