"""Filling `{slot}` placeholders of response texts.

`{{` and `}}` stand for literal braces. Text in which some placeholder has no value stays as it is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{([^\n{}]+?)\}")


class BadTemplate(ValueError):
    """A template has a brace without a partner."""


class _Slot(str):
    """Name between braces; literal pieces are plain strings."""

    __slots__ = ()


class _AllSlots(_Slot):
    """An empty pair of braces, which prints every value; it cannot stand beside other placeholders."""

    __slots__ = ()


class _Misfit(_Slot):
    """A brace without a partner, or a placeholder beside an empty pair of braces; holds the reason."""

    __slots__ = ()


def interpolate(template: Any, values: Mapping[str, Any]) -> Any:
    """`template` with the texts in it filled from `values`; mappings and lists are walked, keys are not.

    Raises:
        BadTemplate: a text has a brace without a partner.
    """
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, Mapping):
        return {key: interpolate(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [interpolate(value, values) for value in template]
    return template


def _fill(text: str, values: Mapping[str, Any]) -> str:
    if "{" not in text and "}" not in text:
        return text
    pieces = _pieces(text)
    if pieces is None:
        return text
    filled = []
    for piece in pieces:
        if isinstance(piece, _Misfit):
            raise BadTemplate(str(piece))
        if isinstance(piece, _AllSlots):
            filled.append(str(dict(values)))
        elif not isinstance(piece, _Slot):
            filled.append(piece)
        elif piece in values:
            filled.append(str(values[piece]))
        else:
            log.error("response.unknown_placeholder name=%r: the text stays as it is", str(piece))
            return text
    return "".join(filled)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str, ...] | None:
    """Literals and slots of a template; None if it stays as it is."""
    pieces: list[str] = []
    has_escaped_name = False
    position = 0
    while position < len(text):
        if text.startswith(("{{", "}}"), position):
            has_escaped_name |= bool(_PLACEHOLDER.match(text, position + 1))
            piece, position = text[position], position + 2
        elif text[position] in "{}":
            found = _placeholder(text, position)
            if found is None:
                return None
            piece, position = found
            piece = _beside(piece, pieces)
        else:
            end = _next_brace(text, position)
            piece, position = text[position:end], end
        pieces.append(piece)
    if has_escaped_name and _Slot in map(type, pieces) and not _is_misfit(pieces):
        return None  # a name in double braces and one in single braces: Rasa fills neither
    return tuple(pieces)


def _is_misfit(pieces: Sequence[str]) -> bool:
    return any(isinstance(piece, _Misfit) for piece in pieces)


def _placeholder(text: str, position: int) -> tuple[str, int] | None:
    """What begins with the brace at `position`, and where it ends; None if it can never be filled."""
    found = _PLACEHOLDER.match(text, position)
    if found:
        return _Slot(found[1]), found.end()
    if text.startswith("{}", position):
        return _AllSlots(), position + 2
    if text[position] == "{" and _is_closed(text, position):
        return None
    return _Misfit(f"the brace at character {position} of {text!r} has no partner"), len(text)


def _beside(piece: str, pieces: list[str]) -> str:
    """`piece`, unless it must not stand beside the placeholders before it."""
    others = [other for other in pieces if isinstance(other, _Slot)]
    if isinstance(piece, _AllSlots) and others:
        return _Misfit("'{}' cannot stand beside other placeholders")
    if any(isinstance(other, _AllSlots) for other in others):
        return _Misfit("'{}' cannot stand beside other placeholders")
    return piece


def _next_brace(text: str, position: int) -> int:
    ends = [end for end in (text.find("{", position), text.find("}", position)) if end >= 0]
    return min(ends, default=len(text))


def _is_closed(text: str, position: int) -> bool:
    depth = 0
    for character in text[position:]:
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return True
    return False
