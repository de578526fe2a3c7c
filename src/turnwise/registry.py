"""Public names of components, and the class behind each; nothing is imported before it is used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

from turnwise import rasa_names
from turnwise.errors import NOWHERE, Place, ProjectError

POLICIES: Mapping[str, str] = {
    "MemoizationPolicy": "turnwise.policies.memoization:MemoizationPolicy",
    "AugmentedMemoizationPolicy": "turnwise.policies.memoization:AugmentedMemoizationPolicy",
    "RulePolicy": "turnwise.policies.rules:RulePolicy",
    "TEDPolicy": "turnwise.policies.learned:LearnedPolicy",
    "UnexpecTEDIntentPolicy": "turnwise.policies.unlikely_intent:UnlikelyIntentPolicy",
}


REPLACED: Mapping[str, str] = {
    "EmbeddingPolicy": "TEDPolicy",
    "FallbackPolicy": "RulePolicy",
    "FormPolicy": "RulePolicy",
    "KerasPolicy": "TEDPolicy",
    "MappingPolicy": "RulePolicy",
    "SklearnPolicy": "TEDPolicy",
    "TwoStageFallbackPolicy": "RulePolicy",
}
"""Policies that Rasa gave up before 3.0, and those that do their work."""


def find_class(name: str, table: Mapping[str, str], *, what: str, place: Place = NOWHERE) -> Any:
    """The class behind a name of `table`, or behind a dotted path of the project.

    Raises:
        ProjectError: there is no such class; the message names the nearest valid name.
    """
    # Rasa accepts its own classes by their paths, too.
    path = table.get(name.rpartition(".")[2] if name.startswith("rasa.") else name)
    if path is None and "." not in name:
        nearest = REPLACED.get(name) or next(iter(difflib.get_close_matches(name, table, n=1)), None)
        fix = f"did you mean '{nearest}'?" if nearest else f"known are {', '.join(sorted(table))}"
        raise ProjectError(place, f"unknown {what} '{name}'", fix=fix)
    module, _, class_name = path.partition(":") if path else name.rpartition(".")
    if not path:
        rasa_names.install()
    try:
        return getattr(importlib.import_module(module), class_name)
    except ImportError as error:
        raise missing_module(f"{what} '{name}'", module, error, place) from error
    except AttributeError:
        raise ProjectError(
            place,
            f"{what} '{name}': module '{module}' has no class '{class_name}'",
            fix="check the dotted path",
        ) from None


def missing_module(what: str, module: str, error: ImportError, place: Place) -> ProjectError:
    """Why a class cannot be imported: its own module is not there, or something that it needs."""
    lacking = error.name or module
    if module == lacking or module.startswith(f"{lacking}."):
        return ProjectError(place, f"{what}: there is no module '{lacking}'", fix="check the dotted path")
    if lacking.partition(".")[0] == "rasa":
        fix = "use what docs/rasa-parts.md lists, or derive it from Turnwise's classes (docs/extending.md)"
        return ProjectError(place, f"{what} imports '{lacking}' from the inside of Rasa", fix=fix)
    if not isinstance(error, ModuleNotFoundError):
        return ProjectError(place, f"{what} cannot be imported: {error}", fix="correct its imports")
    return ProjectError(place, f"{what} needs the package '{lacking}'", fix=f"pip install {lacking}")
