"""Reading markers from YAML files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from turnwise.dialogue.domain import Domain
from turnwise.errors import NOWHERE, UsageError
from turnwise.evaluation.markers import (
    CONDITION_TAGS,
    CONDITIONS,
    OPERATOR_TAGS,
    SINGLE,
    Condition,
    Marker,
    Operator,
    Rule,
)
from turnwise.project.cursor import Cursor
from turnwise.project.files import YAML_EXTENSIONS, files_below
from turnwise.project.findings import Findings, nearest
from turnwise.project.yaml import parse_yaml, read_text

TAGS = CONDITION_TAGS | OPERATOR_TAGS
RESERVED = frozenset({*TAGS, "<any_marker>"})
"""What no marker may be called."""


def load_markers(path: Path, domain: Domain | None = None) -> list[Marker]:
    """The markers of a file, or of all files below a folder, in the order of their paths.

    Args:
        domain: What the names in markers must exist in; None: any name will do.

    Raises:
        UsageError: there is no such file.
        ProjectError: a marker makes no sense; ProjectErrors lists several mistakes.
    """
    files = files_below(path, YAML_EXTENSIONS)
    if not files:
        raise UsageError(
            f"--config: there is no YAML file at '{path}'\n  fix: name the file with the markers"
        )
    findings = Findings()
    markers: list[Marker] = []
    for file in files:
        top = Cursor.top(parse_yaml(read_text(file), file=file), findings)
        if not top.is_mapping("name: and, below it, what the marker looks for"):
            continue
        for name, cursor in top.entries():
            reader = _Reader(findings, domain)
            marker = reader.marker(str(name), cursor)
            if any(other.name == str(name) for other in markers):
                cursor.wrong(f"a second marker '{name}'", fix="give each marker a name of its own")
            elif marker is not None:
                markers.append(marker)
    findings.stop_on_mistakes()
    if not markers:
        findings.wrong(NOWHERE, f"'{path}' holds no markers", fix="write some: name: {intent: greet}")
        findings.stop_on_mistakes()
    return markers


class _Reader:
    """Reads one marker."""

    def __init__(self, findings: Findings, domain: Domain | None) -> None:
        self.findings = findings
        self.domain = domain

    def marker(self, name: str, cursor: Cursor) -> Marker | None:
        if name in RESERVED:
            cursor.wrong(f"'{name}' cannot be the name of a marker", fix="put a name of your own above it")
            return None
        rule = self._rule(cursor)
        if rule is None:
            return None
        about = cursor.get("description")
        text = about.value if about is not None and isinstance(about.value, str) else ""
        return Marker(name=name, rule=rule, description=text)

    def _rule(self, cursor: Cursor) -> Rule | None:
        if not cursor.is_mapping("one condition or operator, such as intent: greet"):
            return None
        tags = [str(key) for key in cursor.value if key != "description"]
        if len(tags) != 1:
            found = ", ".join(tags) or "nothing"
            cursor.wrong(f"expected one condition or operator, found {found}", fix="join several with and:")
            return None
        tag = tags[0]
        if tag not in TAGS:
            cursor.child(tag).wrong(f"'{tag}' is no condition or operator", fix=nearest(tag, TAGS))
            return None
        return (
            self._condition(tag, cursor.child(tag))
            if tag in CONDITION_TAGS
            else self._operator(tag, cursor.child(tag))
        )

    def _condition(self, tag: str, name: Cursor) -> Condition | None:
        if not name.is_text("the name of an action, intent or slot"):
            return None
        kind = CONDITIONS.get(tag, tag)
        known = self._known(kind)
        if known is not None and name.value not in known:
            what = {"slot_was_set": "slot"}.get(kind, kind)
            name.wrong(f"the domain has no {what} '{name.value}'", fix=nearest(name.value, known))
            return None
        return Condition(tag=tag, name=name.value)

    def _known(self, kind: str) -> Sequence[str] | None:
        if self.domain is None:
            return None
        names = {
            "action": self.domain.action_names,
            "intent": tuple(self.domain.intents),
            "slot_was_set": tuple(self.domain.slots),
        }
        return names[kind]

    def _operator(self, tag: str, parts: Cursor) -> Operator | None:
        if not parts.is_list("- intent: greet"):
            return None
        count = len(parts.value)
        if not count or (tag in SINGLE and count != 1):
            wanted = "exactly one item" if tag in SINGLE else "at least one item"
            parts.wrong(
                f"'{tag}' needs {wanted}, found {count or 'none'}",
                fix="list conditions below it",
            )
            return None
        rules = list(self._rules(parts))
        return Operator(tag=tag, parts=tuple(rules)) if len(rules) == count else None

    def _rules(self, parts: Cursor) -> Iterator[Rule]:
        for item in parts.items():
            rule = self._rule(item)
            if rule is not None:
                yield rule
