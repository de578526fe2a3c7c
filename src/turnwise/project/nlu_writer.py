"""Writing NLU data, as YAML or in Rasa's old JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from turnwise.project.nlu_data import EntitySpan, Example, NLUData
from turnwise.project.versions import LATEST_VERSION
from turnwise.project.yaml_writer import Block, Quoted, to_yaml

_BLOCK_BREAKERS = frozenset(map(chr, range(32))) | {"\x85", "\u2028", "\u2029"}
"""Characters for which an example cannot be one line of a block."""


def nlu_yaml(data: NLUData) -> str:
    """The data as a YAML file: examples by intent, then synonyms, regexes, lookups, responses."""
    items = [*_intents(data.examples), *_synonyms(data.synonyms), *_regexes(data), *_lookups(data)]
    content: dict[str, Any] = {"version": Quoted(LATEST_VERSION)}
    if items:
        content["nlu"] = items
    if data.responses:
        content["responses"] = {name: list(every) for name, every in data.responses.items()}
    return to_yaml(content)


def _full_intent(example: Example) -> str:
    return example.response_key or example.intent or ""


def _intents(examples: Iterable[Example]) -> list[dict[str, Any]]:
    grouped: dict[str, list[Example]] = {}
    for example in examples:
        if example.intent:
            grouped.setdefault(_full_intent(example), []).append(example)
    return [_intent(name, members) for name, members in grouped.items()]


def _intent(name: str, examples: Sequence[Example]) -> dict[str, Any]:
    item: dict[str, Any] = {"intent": name}
    shared = next((e.metadata["intent"] for e in examples if "intent" in e.metadata), None)
    if shared is not None:
        item["metadata"] = shared
    needs_list = any("example" in e.metadata or _BLOCK_BREAKERS & set(e.text) for e in examples)
    if needs_list:
        item["examples"] = [_list_example(example) for example in examples]
    else:
        item["examples"] = _block(annotated(example.text, example.entities) for example in examples)
    return item


def _list_example(example: Example) -> dict[str, Any]:
    item: dict[str, Any] = {"text": Block(annotated(example.text, example.entities) + "\n")}
    if "example" in example.metadata:
        item["metadata"] = example.metadata["example"]
    return item


def _block(lines: Iterable[str]) -> Block:
    return Block("".join(f"- {line}\n" for line in lines))


def annotated(text: str, entities: Iterable[EntitySpan]) -> str:
    """The sentence with its entities annotated, in the short form where that says everything."""
    parts: list[str] = []
    end = 0
    for start, same in groupby(sorted(entities, key=attrgetter("start")), key=attrgetter("start")):
        spans = list(same)
        words = text[start : spans[0].end]
        parts += (text[end:start], f"[{words}]", _annotation(spans, words))
        end = spans[0].end
    return "".join(parts) + text[end:]


def _annotation(spans: Sequence[EntitySpan], words: str) -> str:
    if len(spans) > 1:
        return "[" + ", ".join(_object(span, words) for span in spans) + "]"
    span = spans[0]
    if span.role or span.group or span.value != words:
        return _object(span, words)
    return f"({span.entity})"


def _object(span: EntitySpan, words: str) -> str:
    fields: dict[str, Any] = {"entity": span.entity}
    if span.role:
        fields["role"] = span.role
    if span.group:
        fields["group"] = span.group
    if span.value != words:
        fields["value"] = span.value
    return json.dumps(fields, ensure_ascii=False)


def _synonyms(synonyms: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"synonym": value, "examples": _block(words)} for value, words in _words_by_value(synonyms).items()
    ]


def _words_by_value(synonyms: Mapping[str, str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for words, value in synonyms.items():
        grouped.setdefault(value, []).append(words)
    return grouped


def _regexes(data: NLUData) -> list[dict[str, Any]]:
    return [
        {"regex": name, "examples": _block(regex.pattern for regex in regexes)}
        for name, regexes in groupby(data.regexes, key=attrgetter("name"))
    ]


def _lookups(data: NLUData) -> list[dict[str, Any]]:
    return [{"lookup": table.name, "examples": _block(table.elements)} for table in data.lookups]


def nlu_json(data: NLUData) -> str:
    """The data in Rasa's JSON format, indented by two spaces."""
    content = {
        "common_examples": [_json_example(example) for example in data.examples],
        "regex_features": [{"name": regex.name, "pattern": regex.pattern} for regex in data.regexes],
        "lookup_tables": [{"name": table.name, "elements": list(table.elements)} for table in data.lookups],
        "entity_synonyms": [
            {"value": value, "synonyms": words} for value, words in _words_by_value(data.synonyms).items()
        ],
    }
    return json.dumps({"rasa_nlu_data": content}, indent=2, ensure_ascii=False) + "\n"


def _json_example(example: Example) -> dict[str, Any]:
    item: dict[str, Any] = {"text": example.text}
    if example.intent:
        item["intent"] = _full_intent(example)
    if example.entities:
        item["entities"] = [_json_entity(span) for span in example.entities]
    if example.metadata:
        item["metadata"] = dict(example.metadata)
    return item


def _json_entity(span: EntitySpan) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "start": span.start,
        "end": span.end,
        "value": span.value,
        "entity": span.entity,
    }
    labels = {"role": span.role, "group": span.group}
    return entity | {key: label for key, label in labels.items() if label}
