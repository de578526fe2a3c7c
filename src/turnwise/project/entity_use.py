"""Which entities policies see together with which intent: `use_entities` and `ignore_entities`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from turnwise.dialogue.domain import DEFAULT_INTENTS, LABEL_SEPARATOR


def used_entities(source: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """By intent, default ones included: entity names, and `entity#role`, `entity#group` labels.

    `source` is a serialised domain. Without switches an intent uses all entities but those with
    `influence_conversation: false`. What is both used and ignored is ignored.
    """
    labels, silent = _entities(source.get("entities") or ())
    every = (labels.keys() - silent) | {label for some in labels.values() for label in some}
    used: dict[str, frozenset[str]] = {}
    for item in source.get("intents") or ():
        name, properties = next(iter(item.items())) if isinstance(item, dict) else (item, {})
        used[str(name)] = _used(properties, labels, silent, every)
    for name in DEFAULT_INTENTS:
        used.setdefault(name, _used({}, labels, silent, every))
    return used


def _used(
    properties: Mapping[str, Any], labels: Mapping[str, set[str]], silent: set[str], every: set[str]
) -> frozenset[str]:
    use = properties.get("use_entities", True)
    included = set(every) if use is True else _with_labels(use or (), labels)
    ignored = _with_labels(properties.get("ignore_entities", silent), labels)
    return frozenset(included - ignored)


def _with_labels(names: Iterable[str], labels: Mapping[str, set[str]]) -> set[str]:
    chosen = set(names)
    return chosen.union(*(labels.get(name, set()) for name in chosen))


def _entities(items: Iterable[Any]) -> tuple[dict[str, set[str]], set[str]]:
    """Labels by entity, and the entities that do not influence the conversation."""
    labels: dict[str, set[str]] = {}
    silent = set()
    for item in items:
        name, properties = next(iter(item.items())) if isinstance(item, dict) else (item, {})
        parts = [*(properties.get("roles") or ()), *(properties.get("groups") or ())]
        labels[str(name)] = {f"{name}{LABEL_SEPARATOR}{part}" for part in parts}
        if properties.get("influence_conversation") is False:
            silent.add(str(name))
    return labels, silent
