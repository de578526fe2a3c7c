"""`recipe: graph.v1`: the pipeline and the policies that a graph of components amounts to.

Turnwise has one order of things: components one after the other, then policies. A graph can say more; one
that Rasa's default recipe could have made says just that, with nodes between that hand things on. What a
message passes on its way to `nlu_target` is the pipeline, and what predicts on the way to `core_target`
are the policies. A node that does something else of its own has no place here, which is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from turnwise.project.component_config import ComponentConfig, Components
from turnwise.project.cursor import Cursor
from turnwise.project.findings import nearest

_UNDERSTANDS, _PREDICTS, _LOADS = "process", "predict_action_probabilities", "provide"
_LOADERS = "rasa.nlu.utils."
"""Where Rasa's loaders of shared models stand, such as SpacyNLP."""
_OWN_BUSINESS = (
    "rasa.graph_components.",
    "rasa.core.",
    "rasa.engine.",
    "rasa.nlu.classifiers.regex_message_handler.",
)
"""Where the nodes are that hand things on, or read `/intent` messages, which Turnwise does by itself."""
_FIX = "write the configuration with recipe: default.v1, a pipeline and policies"


def graph_components(top: Cursor) -> tuple[Components, Components]:
    """The pipeline and the policies of a graph; both empty where it has mistakes, which are reported."""
    predict, train = _nodes(top, "predict_schema"), _nodes(top, "train_schema")
    if predict is None or train is None:
        return (), ()
    pipeline = [node for node in _leading_to(top, "nlu_target", predict) if _is_nlu(node)]
    every = [*_leading_to(top, "core_target", predict)]
    policies = [node for node in every if node.value.get("fn") == _PREDICTS]
    for node in every:
        if not _has_a_place(node):
            problem = f"nothing here does what '{_class_of(node)}.{node.value.get('fn')}' does in a graph"
            node.wrong(problem, fix=_FIX)
    return _described(pipeline, train), _described(policies, train)


def _nodes(top: Cursor, key: str) -> dict[str, Cursor] | None:
    schema = top.get(key)
    if schema is None or not schema.is_mapping("nodes:") or (nodes := schema.get("nodes")) is None:
        top.wrong(f"the recipe graph.v1 needs '{key}' with 'nodes'", fix=_FIX)
        return None
    found = {str(name): node for name, node in nodes.entries()} if nodes.is_mapping() else {}
    return found if all(node.is_mapping("uses: package.module.Class") for node in found.values()) else None


def _leading_to(top: Cursor, key: str, nodes: Mapping[str, Cursor]) -> Iterator[Cursor]:
    """The node that `key` names, behind all that it needs, each once."""
    target = top.get(key)
    if target is None or target.value is None:
        return iter(())
    if target.value not in nodes:
        target.wrong(f"there is no node '{target.value}'", fix=nearest(target.value, nodes))
        return iter(())
    return _ordered(str(target.value), nodes, set())


def _ordered(name: str, nodes: Mapping[str, Cursor], met: set[str]) -> Iterator[Cursor]:
    """What the node needs, as far as it was not met before, then the node."""
    met.add(name)
    for needed in (nodes[name].value.get("needs") or {}).values():
        if needed in nodes and needed not in met:
            yield from _ordered(needed, nodes, met)
    yield nodes[name]


def _class_of(node: Cursor) -> str:
    return str(node.value.get("uses") or "")


def _is_nlu(node: Cursor) -> bool:
    name, function = _class_of(node), node.value.get("fn")
    if name.startswith(_OWN_BUSINESS):
        return False
    return function == _UNDERSTANDS or (function == _LOADS and name.startswith(_LOADERS))


def _has_a_place(node: Cursor) -> bool:
    return _is_nlu(node) or node.value.get("fn") == _PREDICTS or _class_of(node).startswith(_OWN_BUSINESS)


def _described(nodes: list[Cursor], train: Mapping[str, Cursor]) -> Components:
    """Nodes as the recipe default.v1 would list them, with the settings that they are trained with."""
    found = []
    for node in nodes:
        trained = train.get(str(node.value.get("resource")))
        settings: dict[str, Any] = {**(node.value.get("config") or {})}
        settings |= (trained.value.get("config") or {}) if trained else {}
        name = _class_of(node)
        short = name.rpartition(".")[2] if name.startswith("rasa.") else name
        found.append(ComponentConfig(name=short, settings=settings, place=node.place))
    return tuple(found)
