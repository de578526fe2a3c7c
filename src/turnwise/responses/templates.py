"""Responses written in the domain: choosing a variation and filling it."""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.dialogue.domain import Domain, Variation
from turnwise.dialogue.tracker import Tracker
from turnwise.responses.interpolation import interpolate
from turnwise.responses.response import Message

log = logging.getLogger(__name__)

_FILLED_KEYS = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


@dataclass(frozen=True, slots=True)
class TemplateNlg:
    """Chooses at random among the variations that fit channel and slots best."""

    domain: Domain
    random: random.Random

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> Message | None:
        variations = fitting(self.domain.responses.get(name, ()), tracker.slots, channel)
        if not variations:
            return None
        message: Message = copy.deepcopy(dict(self.random.choice(variations)))
        return fill(message, {**tracker.slots, **arguments})


def fitting(variations: Sequence[Variation], slots: Mapping[str, Any], channel: str) -> Sequence[Variation]:
    """The best group of variations: this channel before any, conditions that hold before none."""
    conditional = [v for v in variations if v.get("condition") and _holds(v["condition"], slots)]
    default = [v for v in variations if v.get("condition") is None]
    for wanted in (channel, None):
        for group in (conditional, default):
            found = [v for v in group if v.get("channel") == wanted]
            if found:
                return found
    return ()


def _holds(condition: Sequence[Mapping[str, Any]], slots: Mapping[str, Any]) -> bool:
    return all(_equal(slots.get(one["name"]), one["value"]) for one in condition)


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def fill(message: Message, values: Mapping[str, Any]) -> Message:
    """`message` with its placeholders filled, apart from its metadata and elements."""
    for key in _FILLED_KEYS:
        if message.get(key):
            message[key] = interpolate(message[key], values)
    return message


def unique_id(variations: Sequence[Variation]) -> str | None:
    """The id of the first variation, if ids are unique among all."""
    ids = [v["id"] for v in variations if v.get("id")]
    return ids[0] if ids and len(set(ids)) == len(ids) else None
