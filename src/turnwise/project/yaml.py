"""Fast reading of YAML 1.2 into plain values that remember their lines.

`read_yaml` gives a `Document`: dicts, lists and scalars in `data`, and a side table with the line of
every key and item. libyaml does the scanning where PyYAML was built with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from turnwise.errors import Place, ProjectError
from turnwise.project.environment import UnsetVariables, expand
from turnwise.project.yaml_scalars import plain_scalar

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})+)")
_ONE_ESCAPE = re.compile(r"\\[uU]([0-9a-fA-F]+)")
_STANDARD = "tag:yaml.org,2002:"
_TAGS: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": plain_scalar,
    "null": plain_scalar,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parsed file. Containers are told apart by identity, so `data` must not be copied before asking."""

    file: str
    data: Any
    lines: Mapping[int, Mapping[Any, int] | Sequence[int]] = field(repr=False)
    """By `id` of a container: the 1-based line of each key or item."""

    def line(self, container: Any, key: Any) -> int:
        """The line on which `key` (or the item with that index) of `container` begins; 0 if unknown."""
        known = self.lines.get(id(container))
        if isinstance(known, Mapping):
            return known.get(key, 0)
        if known is not None and isinstance(key, int) and -len(known) <= key < len(known):
            return known[key]
        return 0

    def place(self, *path: Any) -> Place:
        """Where the value at `path` (keys and indices from the top) begins; as deep as the path leads."""
        line, value, keys = 1, self.data, []
        for key in path:
            line = self.line(value, key) or line
            keys.append(str(key + 1) if isinstance(key, int) else str(key))
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                break
        return Place(self.file, line, tuple(keys))


def read_yaml(path: str | Path) -> Document:
    """Parses a file; an empty one gives `{}`.

    Raises:
        ProjectError: there is no such file, it is not UTF-8, or it is no YAML; file and line are named.
    """
    return parse_yaml(read_text(path), file=str(path))


def read_text(path: str | Path) -> str:
    """The text of a project file, without a byte order mark.

    Raises:
        ProjectError: it does not exist, may not be read, or is not UTF-8.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(Place(str(path)), f"cannot be read: {reason}", fix="check the path") from error
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"is not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise ProjectError(Place(str(path), line), problem, fix="save the file as UTF-8") from error


def parse_yaml(text: str, *, file: str = "") -> Document:
    """Parses `text`; `file` is what errors call it.

    Raises:
        ProjectError: the text is no YAML, repeats a key or names an environment variable that does not exist.
    """
    text = decode_escapes(text)
    builder = _Builder(file, expands="${" in text)
    loader = None
    try:
        loader = _LOADER(text)
        data = builder.document(iter(loader.get_event, None))
    except yaml.MarkedYAMLError as error:
        raise _explained(error, file) from error
    except yaml.YAMLError as error:
        problem = f"is no YAML: {error}"
        raise ProjectError(Place(file), problem, fix="remove the control characters") from error
    finally:
        if loader is not None:
            loader.dispose()
    return Document(file=file, data={} if data is None else data, lines=builder.lines)


def decode_escapes(text: str) -> str:
    r"""Rasa's oddity: in a file of nothing but ASCII, `\u00e9` means é wherever it stands."""
    if "\\" not in text or not text.isascii():
        return text
    return _ESCAPE.sub(lambda match: match[1] + _decoded(match[2]), text)


def _decoded(escapes: str) -> str:
    characters = "".join(chr(int(code, 16)) for code in _ONE_ESCAPE.findall(escapes))
    return characters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Builder:
    """Turns parser events into values, and notes the line of every key and item."""

    def __init__(self, file: str, *, expands: bool) -> None:
        self.file = file
        self.expands = expands
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
            raise self._error(event, f"the environment lacks {names}", fix) from error
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
                raise self._repeated(key, event, lines[key])
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


_REASONS = (
    ("found character '\\t'", "a tab stands where spaces are needed", "indent with spaces"),
    ("violates indentation", "a tab stands where spaces are needed", "indent with spaces"),
    ("cannot start any token", "a value cannot begin with this character", "put the value in quotes"),
    (
        "mapping values are not allowed",
        "there is a ':' too many",
        "put the value in quotes, or check the indentation",
    ),
    (
        "could not find expected ':'",
        "a ':' is missing after the key",
        "write 'key: value', or indent the line",
    ),
    ("did not find expected key", "this line does not fit the lines above", "check indentation and quotes"),
    ("did not find expected '-'", "this line does not fit the list above", "check the indentation"),
    ("did not find expected ',' or", "a bracket is not closed", "close it, or put the value in quotes"),
    ("unexpected end of stream", "a quote or bracket is never closed", "close it"),
    ("block sequence entries", "a list cannot begin here", "begin it on a line of its own"),
    ("block mapping", "this line does not fit the lines above", "check the indentation"),
    ("unexpected ':'", "a space is missing after ':'", "write 'key: value'"),
)


def _explained(error: yaml.MarkedYAMLError, file: str) -> ProjectError:
    """The parser's complaint in the words of someone who wants to mend it."""
    told = " ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark
    if mark is None or "could not find expected ':'" in told:
        mark = error.context_mark or mark  # the scanner is a line ahead by then
    line = mark.line + 1 if mark is not None else 0
    for sign, problem, fix in _REASONS:
        if sign in told:
            return ProjectError(Place(file, line), f"is no YAML: {problem}", fix=fix)
    return ProjectError(Place(file, line), f"is no YAML: {told}", fix="check indentation and quotes")
