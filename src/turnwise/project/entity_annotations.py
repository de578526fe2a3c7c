"""Entities annotated inside a sentence: `[Rome](city)` and its longer forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from turnwise.project.nlu_data import EntitySpan

_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|(?P<object>\{[^}]+?\})|\[(?P<objects>.*?)\])"
)
_OBJECT = re.compile(r"\{[^}]+?\}")
_TEXT_KEYS = ("entity", "role", "group")


class BadAnnotation(ValueError):
    """An annotation looks like one but cannot be read; the message says why."""


def parse_annotated(text: str) -> tuple[str, tuple[EntitySpan, ...]]:
    """The sentence without annotations, and the entities in it, with offsets into that sentence.

    Raises:
        BadAnnotation: the braces hold no JSON object with an `entity`.
    """
    if "[" not in text:
        return text, ()
    plain: list[str] = []
    spans: list[EntitySpan] = []
    length = end = 0
    for match in _ANNOTATION.finditer(text):
        before, words = text[end : match.start()], match["text"]
        start = length + len(before)
        length = start + len(words)
        plain += (before, words)
        spans.extend(_span(fields, words, start) for fields in _annotated_fields(match))
        end = match.end()
    if not end:
        return text, ()
    plain.append(text[end:])
    return "".join(plain), tuple(spans)


def _annotated_fields(match: re.Match[str]) -> Iterator[dict[str, Any]]:
    if match["entity"] is not None:
        yield {"entity": match["entity"], "value": match["value"]}
    elif match["object"] is not None:
        yield _fields(match["object"])
    else:
        yield from map(_fields, _OBJECT.findall(match["objects"]))


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise BadAnnotation(f"{text} is no JSON object: {error}") from error
    if "entity" not in fields:
        raise BadAnnotation(f"{text} lacks the key 'entity'")
    for key in _TEXT_KEYS:
        if key in fields and not isinstance(fields[key], str):
            raise BadAnnotation(f"the {key} in {text} must be a text in double quotes")
    value = fields.get("value", "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadAnnotation(f"the value in {text} must be a text or a number")
    return {key: fields[key] for key in (*_TEXT_KEYS, "value") if key in fields}


def _span(fields: dict[str, Any], words: str, start: int) -> EntitySpan:
    value = fields.get("value")
    return EntitySpan(
        entity=fields["entity"],
        start=start,
        end=start + len(words),
        value=words if value is None else value,
        role=fields.get("role") or None,
        group=fields.get("group") or None,
    )
