"""What a user turn of a story means: its intent, its words, its entities."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from turnwise.dialogue import events as ev
from turnwise.project.cursor import Cursor
from turnwise.project.entity_annotations import BadAnnotation, parse_annotated
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT

INTENT_PREFIX = "/"
_LABELS = frozenset({"role", "group"})
_SLASH = re.compile(r"/[^{@]+(?:@[0-9.]+)?(?P<entities>\{.+\})?")


class UserTurnReader:
    """Reads the user turns of a file's stories."""

    def __init__(self, *, is_test: bool) -> None:
        self.is_test = is_test

    def read(self, step: Cursor) -> ev.UserUttered | None:
        """The turn that a step with `intent` or `user` is; None if it cannot be read."""
        if "user" not in step.value:
            entities = self._listed_entities(step)
            return None if entities is None else self._by_intent(step, None, entities)
        user = step.child("user")
        if not user.is_text("what the user says"):
            return None
        try:
            text, annotated = _read_text(user.value.strip())
        except BadAnnotation as error:
            user.wrong(str(error), fix='write [words]{"entity": "name", "value": "value"}')
            return None
        if "entities" in step.value:
            step.note(
                "entities are taken from the text; those listed have no effect", fix="annotate the text"
            )
        if "intent" in step.value:
            return self._by_intent(step, text, annotated)
        parse_data = {"intent": {"name": None}, "entities": annotated}
        return ev.UserUttered(text=text, parse_data=parse_data, message_id=None)

    def _by_intent(
        self, step: Cursor, text: str | None, entities: list[dict[str, Any]]
    ) -> ev.UserUttered | None:
        intent = step.child("intent")
        if intent.value is None:
            intent.note("the step names no intent", fix="write a name after 'intent:'")
        elif not intent.is_text("the name of an intent"):
            return None
        name = (intent.value or "").strip()
        if name.startswith(INTENT_PREFIX):
            intent.note(f"'{name}' begins with '/'", fix=f"write {name[1:]}")
            name = name[1:]
        base, slash, _ = name.partition("/")
        parsed: dict[str, Any] = {"name": base, "confidence": 1.0}
        if slash and name != base + "/":
            if self.is_test:
                parsed[FULL_RETRIEVAL_INTENT] = name
            else:
                intent.note(f"stories do not tell '{name}' from other '{base}'", fix=f"write {base}")
        return ev.UserUttered(text=text, parse_data={"intent": parsed, "entities": entities}, message_id=None)

    def _listed_entities(self, step: Cursor) -> list[dict[str, Any]] | None:
        listed = step.get("entities")
        if listed is None or listed.value is None:
            return []
        if not listed.is_list("- entity: value"):
            return None
        found = [self._listed_entity(item) for item in listed.items()]
        return [entity for entity in found if entity is not None]

    def _listed_entity(self, item: Cursor) -> dict[str, Any] | None:
        if isinstance(item.value, str):
            return {"entity": item.value, "value": ""}
        if not item.is_mapping("- entity: value"):
            return None
        if not item.value.keys() - _LABELS:
            item.note("a role or group without an entity is skipped", fix="add entity: value")
            return None
        entity: dict[str, Any] = {}
        for key, child in item.entries():
            if key in _LABELS:
                if child.is_text():
                    entity[key] = child.value
            else:
                entity["entity"] = str(key)
                if child.value is not None:
                    entity["value"] = child.value
        return entity


def _read_text(text: str) -> tuple[str, list[dict[str, Any]]]:
    """A user's words and the entities in them, be they annotated or spelt as `/intent{...}`."""
    if text.startswith(INTENT_PREFIX):
        return text, list(_slash_entities(text))
    plain, spans = parse_annotated(text)
    entities = []
    for span in spans:
        entity: dict[str, Any] = {
            "start": span.start,
            "end": span.end,
            "value": span.value,
            "entity": span.entity,
        }
        labels = {"role": span.role, "group": span.group}
        entities.append(entity | {key: label for key, label in labels.items() if label})
    return plain, entities


def _slash_entities(text: str) -> Iterator[dict[str, Any]]:
    found = _SLASH.match(text)
    if found is None or found["entities"] is None:
        return
    try:
        values = json.loads(found["entities"])
    except ValueError as error:
        raise BadAnnotation(f"{found['entities']} is no JSON object: {error}") from error
    start, end = found.span("entities")
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            yield {"entity": name, "value": one, "start": start, "end": end}
