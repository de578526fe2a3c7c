"""From the events of a YAML parser to plain values, with the line of every key and item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from turnwise.errors import Place, ProjectError
from turnwise.project.environment import UnsetVariables, expand
from turnwise.project.yaml_scalars import plain_scalar

_STANDARD = "tag:yaml.org,2002:"
_TAGS: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": plain_scalar,
    "null": plain_scalar,
}


class Builder:
    """Turns parser events into values, and notes the line of every key and item."""

    def __init__(self, file: str, *, expands: bool) -> None:
        self.file = file
        self.expands = expands
        self.mistakes: list[ProjectError] = []
        """What is wrong without keeping the rest from being read."""
        self.lines: dict[int, dict[Any, int] | list[int]] = {}
        self.anchors: dict[str, Any] = {}
        self.plain: dict[str, Any] = {}

    def document(self, events: Iterator[Any]) -> Any:
        data = None
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self._error(event, "a second document begins here", "keep one document per file")
                seen = True
                data = self.value(next(events), events)
        return data

    def value(self, event: Any, events: Iterator[Any]) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value = self.scalar(event)
        elif kind is yaml.MappingStartEvent:
            return self.mapping(event, events)
        elif kind is yaml.SequenceStartEvent:
            return self.sequence(event, events)
        else:
            return self.alias(event)
        if event.anchor:
            self.anchors[event.anchor] = value
        return value

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.implicit[0]:
            known = self.plain.get(text, self)
            return self.first_plain(event) if known is self else known
        tag = event.tag
        if tag is None or tag == "!" or tag == _STANDARD + "str":
            return text
        return self.tagged(event, tag)

    def first_plain(self, event: Any) -> Any:
        text: str = event.value
        try:
            value = expand(text) if self.expands and "${" in text else plain_scalar(text)
        except UnsetVariables as error:
            names = ", ".join(error.names)
            fix = "set it before starting, or write the value in quotes to keep it as it is"
            self.mistakes.append(self._error(event, f"the environment lacks {names}", fix))
            return text
        except ValueError as error:
            raise self._error(event, f"'{text}' is no date: {error}", "write it in quotes") from error
        self.plain[text] = value
        return value

    def tagged(self, event: Any, tag: str) -> Any:
        convert = _TAGS.get(tag.removeprefix(_STANDARD))
        if convert is None:
            raise self._error(event, f"the tag {tag} is unknown", "remove the tag")
        try:
            return convert(event.value)
        except ValueError as error:
            raise self._error(event, f"'{event.value}' is no {tag}", "remove the tag") from error

    def mapping(self, start: Any, events: Iterator[Any]) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        self.lines[id(result)] = lines
        if start.anchor:
            self.anchors[start.anchor] = result
        merged: list[Any] = []
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            is_merge = getattr(event, "value", None) == "<<" and event.implicit[0]
            key = self.value(event, events)
            value = self.value(next(events), events)
            if is_merge:
                merged.append(value)
                continue
            key = self.as_key(key, event)
            if key in result:
                self.mistakes.append(self._repeated(key, event, lines[key]))
                continue
            result[key] = value
            lines[key] = event.start_mark.line + 1
        for value in merged:
            self.merge(result, lines, value)
        return result

    def as_key(self, key: Any, event: Any) -> Any:
        if isinstance(key, list):
            key = tuple(key)
        try:
            hash(key)
        except TypeError:
            raise self._error(event, "a mapping cannot be a key", "put the key in quotes") from None
        return key

    def merge(self, result: dict[Any, Any], lines: dict[Any, int], value: Any) -> None:
        """`<<: *anchor`: what the anchor's mapping has and this one lacks."""
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                continue
            known = self.lines.get(id(source), {})
            for key, item in source.items():
                if key not in result:
                    result[key] = item
                    lines[key] = known[key] if isinstance(known, dict) else 0

    def sequence(self, start: Any, events: Iterator[Any]) -> list[Any]:
        result: list[Any] = []
        lines: list[int] = []
        self.lines[id(result)] = lines
        if start.anchor:
            self.anchors[start.anchor] = result
        for event in events:
            if type(event) is yaml.SequenceEndEvent:
                break
            lines.append(event.start_mark.line + 1)
            result.append(self.value(event, events))
        return result

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise self._error(event, f"*{event.anchor} has no anchor &{event.anchor}", "define it above")
        return self.anchors[event.anchor]

    def _error(self, event: Any, problem: str, fix: str) -> ProjectError:
        return ProjectError(Place(self.file, event.start_mark.line + 1), problem, fix=fix)

    def _repeated(self, key: Any, event: Any, first: int) -> ProjectError:
        line = event.start_mark.line + 1
        where = f"on line {first} and again on line {line}" if first != line else f"twice on line {line}"
        return self._error(event, f"the key '{key}' stands {where}", "merge the two, or remove one")
