"""Adding to a YAML file without touching what stands in it: comments, order and layout stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from turnwise.errors import Place, ProjectError

_TOP_LEVEL = re.compile(r"[^\s#-][^:]*:(\s|$)")


def with_items(text: str, section: str, items: Sequence[str], *, file: str = "") -> str:
    """`text` with more items at the end of the top-level list or mapping `section`.

    Args:
        items: Each as lines that begin in the first column, such as "- greet" or "utter_hi:\\n- text: Hi".
        file: What errors call the text.

    Returns:
        The new text; a section that is missing stands at its end.

    Raises:
        ProjectError: the section is written in one line, so that nothing can be put below it.
    """
    if not items:
        return text
    lines = text.split("\n")
    start = _line_of(lines, section)
    if start is None:
        body = _indented(items, "  ")
        head = text if not text or text.endswith("\n") else text + "\n"
        gap = "\n" if head.strip() else ""
        return f"{head}{gap}{section}:\n" + "\n".join(body) + "\n"
    rest = lines[start].partition(":")[2].partition(" #")[0].strip()
    if rest in ("[]", "{}", "null", "~"):
        lines[start] = f"{section}:"
    elif rest:
        place = Place(file, start + 1, (section,))
        raise ProjectError(
            place, "nothing can be added to a list in one line", fix="put each item on its own"
        )
    end = _end_of(lines, start)
    section_lines = lines[start + 1 : end]
    indent = _indent_of(section_lines)
    if _has_gaps(section_lines):
        items = [f"\n{item}" for item in items]
    return "\n".join([*lines[:end], *_indented(items, indent), *lines[end:]]) + (
        "" if text.endswith("\n") or not text else "\n"
    )


def _line_of(lines: Sequence[str], section: str) -> int | None:
    heads = (f"{section}:", f'"{section}":', f"'{section}':")
    return next((number for number, line in enumerate(lines) if line.startswith(heads)), None)


def _end_of(lines: Sequence[str], start: int) -> int:
    """The line behind the last one of a section; blank lines and comments behind it are not part of it."""
    after = range(start + 1, len(lines))
    end = next((number for number in after if _TOP_LEVEL.match(lines[number])), len(lines))
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _indent_of(lines: Sequence[str]) -> str:
    """How far the items of a section are indented; two columns if it has none."""
    for line in lines:
        stripped = line.lstrip()
        if stripped and not stripped.startswith("#"):
            return line[: len(line) - len(stripped)]
    return "  "


def _has_gaps(lines: Sequence[str]) -> bool:
    """Whether items are set apart by blank lines."""
    return any(not line.strip() for line in lines)


def _indented(items: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{line}" if line else "" for item in items for line in item.rstrip("\n").split("\n")]


def with_examples(text: str, intent: str, examples: Sequence[str]) -> str | None:
    """`text` with more examples at the end of the block of an intent; None if it has no such block.

    Only blocks of the form `examples: |` are added to.
    """
    lines = text.split("\n")
    begins = re.compile(rf"\s*-\s+intent:\s*['\"]?{re.escape(intent)}['\"]?\s*(#.*)?$")
    start = next((number for number, line in enumerate(lines) if begins.match(line)), None)
    if start is None:
        return None
    column = len(lines[start]) - len(lines[start].lstrip())
    block = start + 1
    while block < len(lines) and not re.match(r"\s+examples:\s*\|", lines[block]):
        if lines[block].strip() and len(lines[block]) - len(lines[block].lstrip()) <= column:
            return None
        block += 1
    end = last = block + 1
    indent = ""
    while end < len(lines):
        line = lines[end]
        if line.strip():
            depth = len(line) - len(line.lstrip())
            if depth <= column or not line.lstrip().startswith("-"):
                break
            indent, last = line[:depth], end + 1
        end += 1
    if not indent:
        return None
    return "\n".join([*lines[:last], *(f"{indent}- {example}" for example in examples), *lines[last:]])
