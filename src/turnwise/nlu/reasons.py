"""Why a component decided as it did, in the form in which `explanation` shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from turnwise.nlu.message import Entity, Intent, Message

MOST_OF_TEXT, MOST_OF_ENTITY = 10, 5
"""How many features are told of an intent or a response, and of an entity."""


class Votes(Protocol):
    """What spoke for one answer against another: kind, feature and weight."""

    def __call__(self, *, chosen: int, rival: int) -> Iterable[tuple[str, str, float]]: ...


def between(names: Sequence[str], ranking: Sequence[Intent], votes: Votes) -> dict[str, Any] | None:
    """What spoke for the best of a ranking against the second; None where there are no two.

    Args:
        names: All that the model can answer.
        votes: Called with the positions of both in `names`; gives kind, feature and weight of each vote.
    """
    ranked = [names.index(own.name) for own in ranking if own.name in names]
    if len(ranked) < 2:
        return None
    told = [
        {"kind": kind, "text": text, "weight": round(weight, 3)}
        for kind, text, weight in votes(chosen=ranked[0], rival=ranked[1])
    ]
    return {"name": names[ranked[0]], "against": names[ranked[1]], "features": told}


def strongest(votes: npt.NDArray[Any], most: int) -> list[int]:
    """Positions of the largest votes for or against, strongest first."""
    order: list[int] = np.argsort(-np.abs(votes), kind="stable")[:most].tolist()
    return order


def of_entity(entity: Entity, votes: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """What spoke for an entity: features in words, and their weights; those of equal words are added up."""
    sums: dict[str, float] = {}
    for text, weight in votes:
        sums[text] = round(sums.get(text, 0.0) + weight, 3)
    ordered = sorted((vote for vote in sums.items() if vote[1]), key=lambda vote: -abs(vote[1]))
    features = [{"text": text, "weight": weight} for text, weight in ordered[:MOST_OF_ENTITY]]
    label = {"entity": entity.entity, "role": entity.role, "group": entity.group}
    named = {key: name for key, name in label.items() if name is not None}
    return named | {"value": entity.value, "features": features}


def found_by(message: Message, extractor: str) -> list[tuple[Entity, list[int]]]:
    """The entities that an extractor found in a message, each with the positions of its tokens."""
    tokens = message.tokens or ()
    return [
        (entity, [i for i, token in enumerate(tokens) if entity.start <= token.start < entity.end])
        for entity in message.entities
        if entity.extractor == extractor
    ]


def text_of(message: Message, entity: Entity) -> str:
    """The words that are an entity."""
    return message.text[entity.start : entity.end]


def nothing_unless(reasons: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The reasons that there are; None without any."""
    return {kind: own for kind, own in reasons.items() if own} or None
