"""Public names of components, and the class behind each; nothing is imported before it is used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

from turnwise.errors import NOWHERE, Place, ProjectError

POLICIES: Mapping[str, str] = {
    "MemoizationPolicy": "turnwise.policies.memoization:MemoizationPolicy",
    "AugmentedMemoizationPolicy": "turnwise.policies.memoization:AugmentedMemoizationPolicy",
    "RulePolicy": "turnwise.policies.rules:RulePolicy",
    "TEDPolicy": "turnwise.policies.learned:LearnedPolicy",
    "UnexpecTEDIntentPolicy": "turnwise.policies.unlikely_intent:UnlikelyIntentPolicy",
}


def find_class(name: str, table: Mapping[str, str], *, what: str, place: Place = NOWHERE) -> Any:
    """The class behind a name of `table`, or behind a dotted path of the project.

    Raises:
        ProjectError: there is no such class; the message names the nearest valid name.
    """
    path = table.get(name)
    if path is None and "." not in name:
        nearest = difflib.get_close_matches(name, table, n=1)
        fix = f"did you mean '{nearest[0]}'?" if nearest else f"known are {', '.join(sorted(table))}"
        raise ProjectError(place, f"unknown {what} '{name}'", fix=fix)
    module, _, class_name = path.partition(":") if path else name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), class_name)
    except ModuleNotFoundError as error:
        if error.name and not module.startswith(error.name):
            raise  # the class exists, but something that it needs does not
        raise ProjectError(
            place, f"{what} '{name}': there is no module '{module}'", fix="check the dotted path"
        ) from None
    except AttributeError:
        raise ProjectError(
            place,
            f"{what} '{name}': module '{module}' has no class '{class_name}'",
            fix="check the dotted path",
        ) from None
