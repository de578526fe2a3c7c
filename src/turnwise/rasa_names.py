"""Names of Rasa that a project's own parts import, and where what they mean stands here.

A component, policy, channel or importer written for Rasa 3 begins with `from rasa.… import …`. Once the
first part of a project is loaded, these modules can be imported: each is made when it is asked for, and
holds the names of Rasa's interface for extensions and no others. A real `rasa` is found before them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

HOME = "turnwise.rasa_api"
"""Where the classes behind the names stand."""

NAMES: Mapping[str, Mapping[str, str]] = {
    "rasa.engine.graph": {"GraphComponent": "graph", "ExecutionContext": "graph"},
    "rasa.engine.recipes.default_recipe": {"DefaultV1Recipe": "graph"},
    "rasa.engine.storage.resource": {"Resource": "graph"},
    "rasa.engine.storage.storage": {"ModelStorage": "graph"},
    "rasa.shared.nlu.training_data.message": {"Message": "message"},
    "rasa.shared.nlu.training_data.features": {"Features": "message"},
    "rasa.shared.nlu.training_data.training_data": {"TrainingData": "training_data"},
    "rasa.shared.nlu.constants": {"*": "constants"},
    "rasa.nlu.constants": {"*": "constants"},
    "rasa.nlu.tokenizers.tokenizer": {"Token": "message", "Tokenizer": "components"},
    "rasa.nlu.classifiers.classifier": {"IntentClassifier": "components"},
    "rasa.nlu.extractors.extractor": {"EntityExtractorMixin": "components"},
    "rasa.nlu.featurizers.featurizer": {"Featurizer": "components"},
    "rasa.nlu.featurizers.dense_featurizer.dense_featurizer": {"DenseFeaturizer": "components"},
    "rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer": {"SparseFeaturizer": "components"},
    "rasa.core.channels.channel": {
        "InputChannel": "channels",
        "OutputChannel": "channels",
        "UserMessage": "channels",
        "CollectingOutputChannel": "channels",
    },
    "rasa.core.channels.rest": {"RestInput": "channels"},
    "rasa.core.policies.policy": {
        "Policy": "policies",
        "PolicyPrediction": "policies",
        "SupportedData": "policies",
    },
    "rasa.shared.core.domain": {"Domain": "dialogue"},
    "rasa.shared.core.trackers": {"DialogueStateTracker": "dialogue"},
    "rasa.shared.core.generator": {"TrackerWithCachedStates": "dialogue"},
    "rasa.shared.core.events": {
        **dict.fromkeys(("Event", "UserUttered", "ActionExecuted", "SlotSet", "BotUttered"), "dialogue"),
        **dict.fromkeys(("ActiveLoop", "Restarted", "SessionStarted"), "dialogue"),
    },
    "rasa.shared.core.constants": {"*": "constants"},
    "rasa.shared.core.training_data.structures": {"StoryGraph": "importers"},
    "rasa.shared.importers.importer": {"TrainingDataImporter": "importers"},
    "rasa.shared.importers.rasa": {"RasaFileImporter": "importers"},
    "rasa.shared.exceptions": {"RasaException": "constants", "InvalidConfigException": "constants"},
}
"""By module of Rasa: each name, and the module below `HOME` that has it; `*` for all that it has."""

_ALSO_THERE: Mapping[str, str] = {"rasa.core.channels": "rasa.core.channels.channel"}
"""Packages that hold the names of a module below them too."""


class UnsupportedName(ImportError):
    """A project imports something from the inside of Rasa."""


def install() -> None:
    """Lets the names be imported from now on; does nothing if they already can be."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())  # at the end: whoever has a package called rasa keeps it


class _Finder(MetaPathFinder, Loader):
    """Makes the modules of the table, and the packages above them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_package = any(name.startswith(f"{fullname}.") for name in NAMES)
        if fullname not in NAMES and not is_package:
            return None
        return ModuleSpec(fullname, self, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        own = NAMES.get(_ALSO_THERE.get(module.__name__, module.__name__), {})

        def look_up(name: str) -> Any:
            return _found(module.__name__, own, name)

        module.__getattr__ = look_up  # type: ignore[method-assign]  # PEP 562


def _found(module: str, own: Mapping[str, str], name: str) -> Any:
    below = f"{module}.{name}"
    if name.startswith("__") or any(known == below or known.startswith(f"{below}.") for known in NAMES):
        raise AttributeError(name)  # a module of its own, or nothing that anybody imports
    home = own.get(name) or own.get("*")
    found = getattr(importlib.import_module(f"{HOME}.{home}"), name, None) if home else None
    if found is None:
        known = ", ".join(sorted(own.keys() - {"*"})) or "none"
        raise UnsupportedName(f"'{module}' has no '{name}' here (known are: {known})", name=below)
    return found
