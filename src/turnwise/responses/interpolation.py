"""Filling `{slot}` placeholders of response texts.

`{{` and `}}` stand for literal braces. Text in which some placeholder has no value stays as it is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
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
    """An empty pair of braces, which prints every value."""

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
    """Literals and slots of a template; None if some braces cannot be a placeholder."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        if text.startswith(("{{", "}}"), position):
            pieces.append(text[position])
            position += 2
        elif text[position] == "{":
            placeholder = _PLACEHOLDER.match(text, position)
            if placeholder:
                pieces.append(_Slot(placeholder[1]))
                position = placeholder.end()
            elif text.startswith("{}", position):
                pieces.append(_AllSlots())
                position += 2
            elif _is_closed(text, position):
                return None
            else:
                raise BadTemplate(f"the brace at character {position} of {text!r} has no partner")
        elif text[position] == "}":
            raise BadTemplate(f"the brace at character {position} of {text!r} has no partner")
        else:
            end = _next_brace(text, position)
            pieces.append(text[position:end])
            position = end
    return tuple(pieces)


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
