"""An explained parse, as a terminal shows it: what was understood, and below it what decided."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from turnwise.cli.console import CYAN, GREEN, coloured

_WEIGHT = 7
"""Cells of a weight, sign included."""


def explained(parse: Mapping[str, Any]) -> list[str]:
    """The lines for a parse result that has an `explanation`."""
    lines = [_intent(parse["intent"]), *(_entity(own) for own in parse["entities"])]
    for component, reasons in parse["explanation"].items():
        if not _is_idle(reasons, parse["intent"]["name"]):
            lines += ["", coloured(component, CYAN, sys.stdout), *_reasons(reasons)]
    return [*lines, ""]


def _is_idle(reasons: Mapping[str, Any], intent: str | None) -> bool:
    """Whether this is about a response to another intent, which nobody will hear."""
    return "response" in reasons and reasons["response"]["name"].partition("/")[0] != intent


def _intent(intent: Mapping[str, Any]) -> str:
    name = intent["name"] or "no intent"
    return f"intent   {coloured(name, GREEN, sys.stdout)} {intent['confidence']:.2f}"


def _entity(entity: Mapping[str, Any]) -> str:
    sure = entity.get("confidence_entity")
    confidence = "" if sure is None else f" {sure:.2f}"
    found = f"{coloured(_label(entity), GREEN, sys.stdout)} = {entity['value']}{confidence}"
    return f"entity   {found}, by {', '.join((entity['extractor'], *entity.get('processors', ())))}"


def _label(entity: Mapping[str, Any]) -> str:
    """The entity with its role and group."""
    return ", ".join(str(entity[key]) for key in ("entity", "role", "group") if entity.get(key) is not None)


def _reasons(reasons: Mapping[str, Any]) -> Iterator[str]:
    if "because" in reasons:
        yield f"  because {reasons['because']}"
    for kind in ("intent", "response"):
        if kind in reasons:
            yield f"  why '{reasons[kind]['name']}' and not '{reasons[kind]['against']}'"
            yield from features(reasons[kind]["features"])
    for entity in reasons.get("entities", ()):
        why = f"  why '{entity['value']}' is '{_label(entity)}'"
        yield why if "features" in entity else f"{why}: it {entity['because']}"
        yield from features(entity.get("features", ()))


def features(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each feature: its weight, and what it is; those that spoke against have a minus."""
    for feature in told:
        kind = f"{feature['kind']}: " if "kind" in feature else ""
        when = f", {feature['when']}" if "when" in feature else ""
        yield f"    {feature['weight']:+{_WEIGHT}.2f}  {kind}{feature['text']}{when}"
