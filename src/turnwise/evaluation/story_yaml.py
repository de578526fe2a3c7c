"""Stories as Rasa's story writer lays them out, byte by byte, with remarks behind steps.

Test reports are compared and diffed by people and programs that know Rasa's layout, so this one differs from
`project/yaml_writer.py`: lists are not indented, words are quoted as YAML 1.2 needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from turnwise.project.versions import LATEST_VERSION

_WIDTH = 1_000_000
"""No line is broken."""
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*(?: [A-Za-z0-9_./]+)*\Z")
_RESERVED = frozenset({"true", "false", "null"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStep:
    """One step of a story as it will stand in a file."""

    content: Mapping[str, Any]
    """Keys and their values; a value may be a list of further steps."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """What is said behind the value of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStory:
    name: str
    steps: Sequence[WrittenStep]


class Literal(str):
    """A text that is written as a block, line by line."""

    __slots__ = ()


def stories_document(stories: Sequence[WrittenStory]) -> str:
    """A whole file of stories."""
    lines = [f'version: "{LATEST_VERSION}"']
    if stories:
        lines.append("stories:")
    for story in stories:
        lines += _story_lines(story)
    return "\n".join(lines) + "\n"


def _story_lines(story: WrittenStory) -> Iterator[str]:
    yield f"- story: {_scalar(story.name)}"
    if not story.steps:
        yield "  steps: []"
        return
    yield "  steps:"
    for step in story.steps:
        yield from _indented(_step_lines(step), "  ")


def _step_lines(step: WrittenStep) -> Iterator[str]:
    """A step as an item of a list."""
    if not step.content:
        yield "- {}"
    lines = (line for key, value in step.content.items() for line in _entry(key, value, step.remarks))
    for number, line in enumerate(lines):
        yield f"{'  ' if number else '- '}{line}" if line else ""


def _entry(key: str, value: Any, remarks: Mapping[str, str]) -> Iterator[str]:
    remark = _behind(remarks.get(key))
    if isinstance(value, Literal):
        header, *lines = _literal(value)
        yield f"{_scalar(key)}: {header}"
        yield from _indented(lines, "  ")
    elif isinstance(value, str):
        yield f"{_scalar(key)}: {_scalar(value)}{remark}"
    elif isinstance(value, list) and value and isinstance(value[0], WrittenStep):
        yield f"{_scalar(key)}:{remark}"
        for item in value:
            yield from _step_lines(item)
    else:
        first, *rest = _dumped({key: value})
        yield f"{first}{remark}"
        yield from rest


def _behind(remark: str | None) -> str:
    """A remark after two spaces; line breaks would end it too early."""
    return "  # " + " ".join(remark.split("\n")) if remark else ""


def _indented(lines: Sequence[str] | Iterator[str], by: str) -> Iterator[str]:
    return (by + line if line else "" for line in lines)


def _literal(text: str) -> list[str]:
    """The header of a block and its lines, not indented yet."""
    hints = "2" if text[:1] in (" ", "\n") else ""
    if not text.endswith("\n"):
        hints += "-"
    elif text == "\n" or text.endswith("\n\n"):
        hints += "+"
    lines = text.removesuffix("\n").split("\n")
    return [f"|{hints}", *lines]


def _scalar(text: str) -> str:
    """One word or line, quoted where YAML 1.2 would take it for something else."""
    if _SIMPLE.match(text) and text.lower() not in _RESERVED:
        return text
    return "\n".join(_dumped(text))


def _dumped(data: Any) -> list[str]:
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text.removesuffix("\n").removesuffix("\n...").split("\n")


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.2 (and ruamel.yaml, which Rasa writes with) would read as something else."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def choose_scalar_style(self) -> str:
        """Double quotes around what holds a single one."""
        style: str = super().choose_scalar_style()
        assert isinstance(self.event, yaml.ScalarEvent)
        return '"' if style == "'" and "'" in self.event.value else style


_DIGITS = list("0123456789")
_FLOAT = (
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TIME = (
    r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?"
    r"(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?"
)
_WORDS: Sequence[tuple[str, str, list[str]]] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("float", _FLOAT, [*"-+.", *_DIGITS]),
    ("int", r"[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+", [*"-+", *_DIGITS]),
    ("merge", r"<<", ["<"]),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("timestamp", _TIME, _DIGITS),
    ("value", r"=", ["="]),
)
for _name, _pattern, _first in _WORDS:
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Dumper.add_representer(
    type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
)
_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if "\n" in text or "\t" in text else None
    ),
)
