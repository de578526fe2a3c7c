"""A value of a document together with its place: what readers of project files walk with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from turnwise.errors import Place
from turnwise.project.findings import Findings, nearest
from turnwise.project.yaml import Document


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value, where it stands, and where to report what is wrong with it.

    The `is_…` methods report a mistake and answer False when the value is of another kind.
    """

    value: Any
    document: Document
    findings: Findings
    line: int = 1
    keys: tuple[str, ...] = ()

    @classmethod
    def top(cls, document: Document, findings: Findings) -> Cursor:
        """The whole document."""
        return cls(document.data, document, findings)

    @property
    def place(self) -> Place:
        return Place(self.document.file, self.line, self.keys)

    def child(self, key: Any) -> Cursor:
        """The value under `key`; the key must be there."""
        line = self.document.line(self.value, key) or self.line
        return Cursor(self.value[key], self.document, self.findings, line, (*self.keys, str(key)))

    def get(self, key: str) -> Cursor | None:
        """The value under `key` of a mapping; None if there is no such key."""
        return self.child(key) if key in self.value else None

    def entries(self) -> Iterator[tuple[Any, Cursor]]:
        """Keys and values of a mapping, in order."""
        return ((key, self.child(key)) for key in self.value)

    def items(self) -> Iterator[Cursor]:
        """The items of a list, in order; their key is their number, from 1."""
        document, findings, known = self.document, self.findings, self.document.lines.get(id(self.value))
        lines = known if isinstance(known, list) else [self.line] * len(self.value)
        for number, (item, line) in enumerate(zip(self.value, lines, strict=True), start=1):
            yield Cursor(item, document, findings, line, (*self.keys, str(number)))

    def named(self, *keys: str) -> Cursor:
        """The same value under other keys, where a name says more than a number."""
        return Cursor(self.value, self.document, self.findings, self.line, keys)

    def wrong(self, problem: str, *, fix: str) -> None:
        self.findings.wrong(self.place, problem, fix=fix)

    def note(self, text: str, *, fix: str = "") -> None:
        self.findings.note(self.place, text, fix=fix)

    def is_mapping(self, example: str = "key: value") -> bool:
        return self._is(dict, "a mapping", example)

    def is_list(self, example: str = "- item") -> bool:
        return self._is(list, "a list", example)

    def is_text(self, example: str = "a word, in quotes if it looks like a number") -> bool:
        return self._is(str, "a text", example)

    def is_bool(self) -> bool:
        return self._is(bool, "true or false", "true")

    def is_number(self) -> bool:
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return True
        self.wrong(f"expected a number, found {described(self.value)}", fix="write digits without quotes")
        return False

    def is_list_of_texts(self, example: str = "- name") -> bool:
        """Reports each item that is no text."""
        return self.is_list(example) and [item.is_text() for item in self.items()].count(False) == 0

    def has_only(self, known: Collection[str]) -> bool:
        """Reports each key of a mapping that is not known."""
        unknown = [(key, child) for key, child in self.entries() if key not in known]
        for key, child in unknown:
            child.wrong(f"unknown key '{key}'", fix=nearest(key, known))
        return not unknown

    def has_name(self, name: Any, kind: str) -> bool:
        """Reports a name without any ASCII letter, which Rasa refuses."""
        if isinstance(name, str) and re.search("[A-Za-z]", name):
            return True
        self.wrong(f"the name of the {kind} '{name}' has no letter", fix="use a letter from a to z")
        return False

    def _is(self, kind: type, name: str, example: str) -> bool:
        if isinstance(self.value, kind):
            return True
        self.wrong(f"expected {name}, found {described(self.value)}", fix=f"write {example}")
        return False


def described(value: Any) -> str:
    """A value of the wrong kind, in words."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return f"the text '{value}'"
        case int() | float():
            return f"the number {value}"
        case _:
            return str(value)
