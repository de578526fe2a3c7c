"""A small assistant's training data, for the tests of this folder."""

from __future__ import annotations

import re

from turnwise.errors import Place
from turnwise.project.nlu_data import EntitySpan, Example

_ANNOTATION = re.compile(
    r"\[(?P<text>[^]]+)\]\((?P<entity>\w+)(?:#(?P<role>\w*)(?:#(?P<group>\w+))?)?(?:=(?P<value>[^)]+))?\)"
)


def example(text: str, intent: str | None = None, *, line: int = 0) -> Example:
    """An example from a text like `from [Rome](city#from#1=ROM)`: entity, role, group, value."""
    plain, spans, position = "", [], 0
    for found in _ANNOTATION.finditer(text):
        plain += text[position : found.start()]
        start, position = len(plain), found.end()
        plain += found["text"]
        spans.append(
            EntitySpan(
                entity=found["entity"],
                start=start,
                end=len(plain),
                value=found["value"] or found["text"],
                role=found["role"] or None,
                group=found["group"],
            )
        )
    key = intent if intent and "/" in intent else None
    base = intent.partition("/")[0] if intent else None
    place = Place("nlu.yml", line)
    return Example(
        text=plain + text[position:], intent=base, response_key=key, entities=tuple(spans), place=place
    )


def examples(*, of: str, texts: str) -> tuple[Example, ...]:
    """One example for each line of `texts`, all of the intent `of`."""
    return tuple(example(line.strip(), of) for line in texts.strip().splitlines())
