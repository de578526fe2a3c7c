"""How a user turn of a test story was understood, beside how it should have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.dialogue.events import UserUttered
from turnwise.evaluation.story_export import annotated_text, listed_entity, user_content
from turnwise.evaluation.story_yaml import WrittenStep
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT

EntityFields = Mapping[str, Any]
"""`text` of the message, and `start`, `end`, `entity` and `value` as far as they are known."""

_COMPARED = ("start", "end", "entity", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Expected and found meaning of one message."""

    intent: str | None
    """As the story has it: with the response key if it names one."""
    predicted_intent: str | None
    entities: Sequence[EntityFields]
    predicted_entities: Sequence[EntityFields]

    @property
    def has_right_intent(self) -> bool:
        return self.intent == self.predicted_intent

    @property
    def is_right(self) -> bool:
        """Whether intent and entities are as expected, in whatever order and number."""
        return self.has_right_intent and _as_set(self.entities) == _as_set(self.predicted_entities)


def _as_set(entities: Sequence[EntityFields]) -> set[tuple[tuple[str, str], ...]]:
    return {tuple((key, str(value)) for key, value in entity.items()) for entity in entities}


def read_turn(turn: UserUttered, parse: Mapping[str, Any]) -> Reading:
    """The turn as the story has it and as `parse` has it."""
    expected = turn.intent.get(FULL_RETRIEVAL_INTENT) or turn.intent_name
    predicted = (parse.get("intent") or {}).get("name")
    if predicted != expected:
        # Which response was meant matters as soon as the story tells them apart.
        predicted = _full_intent(parse)
    return Reading(
        intent=expected,
        predicted_intent=predicted,
        entities=[compared(turn.text, entity) for entity in turn.entities],
        predicted_entities=[compared(turn.text, entity) for entity in parse.get("entities") or ()],
    )


def compared(text: str | None, entity: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared of an entity; what an extractor found is a text, as it is in stories."""
    fields: dict[str, Any] = {"text": text, **{key: entity[key] for key in _COMPARED if key in entity}}
    if "extractor" in entity and "value" in fields:
        fields["value"] = str(fields["value"])
    return fields


def _full_intent(parse: Mapping[str, Any]) -> str | None:
    """The intent, with the response key that a selector chose for it."""
    name: str | None = (parse.get("intent") or {}).get("name")
    selectors = parse.get("response_selector") or {}
    if name is None or name not in selectors.get("all_retrieval_intents", ()):
        return name
    chosen = selectors.get("default") or selectors.get(name) or {}
    return (chosen.get("response") or {}).get("intent_response_key") or name


def wrong_turn(turn: UserUttered, reading: Reading) -> WrittenStep:
    """A turn that was understood otherwise, with remarks that say how."""
    by_text = bool(turn.text) and not turn.intent_name
    content = user_content(turn, is_test=False, by_text=by_text)
    remarks: dict[str, str] = {}
    if reading.entities:
        content["entities"] = _entities_with_remarks(reading)
    if not content.get("entities") or not reading.has_right_intent:
        predicted = annotated_text(turn.text or "", reading.predicted_entities)
        remarks["intent"] = f"predicted: {reading.predicted_intent}: {predicted}"
    ordered: dict[str, Any] = {key: content[key] for key in ("intent", "entities", "user") if key in content}
    return WrittenStep(content=ordered, remarks=remarks)


def _entities_with_remarks(reading: Reading) -> list[Any]:
    """The expected entities that something was found in the place of, with what that was."""
    written: list[Any] = []
    for entity in reading.entities:
        content = listed_entity(entity)
        if not isinstance(content, dict):
            written.append(WrittenStep(content={content: None}))
            continue
        for found in reading.predicted_entities:
            if found.get("start") == entity.get("start"):
                remark = ""
                if found.get("entity") != entity["entity"]:
                    remark = f"predicted: {found.get('entity')}: {found.get('value')}"
                written.append(WrittenStep(content=content, remarks={entity["entity"]: remark}))
    return written
