"""Reading config.yml: recipe, language, the NLU pipeline, the policies, the importers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from turnwise.project.component_config import ComponentConfig, Components
from turnwise.project.cursor import Cursor
from turnwise.project.findings import Findings, nearest
from turnwise.project.graph_recipe import graph_components
from turnwise.project.yaml import Document, parse_yaml, read_yaml

GRAPH = "graph.v1"
RECIPES = ("default.v1", GRAPH)
PLACEHOLDER_ID = "placeholder_default"
"""An `assistant_id` that nobody chose."""

DEFAULT_PIPELINE: Components = (
    ComponentConfig(name="WhitespaceTokenizer"),
    ComponentConfig(name="RegexFeaturizer"),
    ComponentConfig(name="LexicalSyntacticFeaturizer"),
    ComponentConfig(name="CountVectorsFeaturizer"),
    ComponentConfig(
        name="CountVectorsFeaturizer", settings={"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}
    ),
    ComponentConfig(name="DIETClassifier", settings={"epochs": 100, "constrain_similarities": True}),
    ComponentConfig(name="EntitySynonymMapper"),
    ComponentConfig(name="ResponseSelector", settings={"epochs": 100, "constrain_similarities": True}),
    ComponentConfig(name="FallbackClassifier", settings={"threshold": 0.3, "ambiguity_threshold": 0.1}),
)
DEFAULT_POLICIES: Components = (
    ComponentConfig(name="MemoizationPolicy"),
    ComponentConfig(name="RulePolicy"),
    ComponentConfig(name="UnexpecTEDIntentPolicy", settings={"max_history": 5, "epochs": 100}),
    ComponentConfig(
        name="TEDPolicy", settings={"max_history": 5, "epochs": 100, "constrain_similarities": True}
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What config.yml says."""

    file: str = ""
    recipe: str = "default.v1"
    assistant_id: str | None = None
    """None where it is missing, or nobody chose it."""
    language: str | None = None
    pipeline: Components | None = None
    """None: the default one; empty: no NLU."""
    policies: Components | None = None
    """None: the default ones; empty: no dialogue policies."""
    importers: Components = ()
    imports: tuple[str, ...] = ()
    """Folders of other projects, relative to this file; only the MultiProjectImporter reads them."""
    spaces: tuple[Mapping[str, Any], ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The whole file as values, for what is read by others."""

    @property
    def automatic(self) -> tuple[str, ...]:
        """Keys whose default is used because the file leaves them open."""
        if self.recipe != "default.v1":
            return ()
        return tuple(key for key in ("pipeline", "policies") if getattr(self, key) is None)

    def completed(self) -> Config:
        """The same with the defaults for what the file leaves open."""
        return replace(
            self,
            pipeline=DEFAULT_PIPELINE if self.pipeline is None else self.pipeline,
            policies=DEFAULT_POLICIES if self.policies is None else self.policies,
        )


def load_config(path: str | Path) -> Config:
    """What a configuration file says.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    config = read_config(path, findings)
    findings.stop_on_mistakes()
    return config


def config_from_text(text: str, *, file: str = "config.yml") -> Config:
    """What `text`, in YAML, configures; `file` is what errors call it.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    config = _config(parse_yaml(text, file=file), findings)
    findings.stop_on_mistakes()
    return config


def read_config(path: str | Path, findings: Findings) -> Config:
    """As `load_config`, but mistakes inside the file go to `findings`.

    Raises:
        ProjectError: the file does not exist, or is no YAML.
    """
    return _config(read_yaml(path), findings)


def _config(document: Document, findings: Findings) -> Config:
    top = Cursor.top(document, findings)
    if not top.is_mapping("the keys of a configuration, such as 'language: en'"):
        return Config(file=document.file)
    assistant_id, recipe = _text(top, "assistant_id"), _recipe(top)
    pipeline, policies = _components(top, "pipeline"), _components(top, "policies")
    if recipe == GRAPH:
        pipeline, policies = graph_components(top)
    return Config(
        file=document.file,
        recipe=recipe,
        assistant_id=None if assistant_id == PLACEHOLDER_ID else assistant_id,
        language=_text(top, "language"),
        pipeline=pipeline,
        policies=policies,
        importers=_components(top, "importers") or (),
        imports=_imports(top),
        spaces=tuple(top.value.get("spaces") or ()),
        raw=document.data,
    )


def _recipe(top: Cursor) -> str:
    recipe = _text(top, "recipe")
    if recipe is None:
        top.note("'recipe' is missing; default.v1 is taken", fix="add recipe: default.v1")
        return RECIPES[0]
    if recipe not in RECIPES:
        top.child("recipe").wrong(f"unknown recipe '{recipe}'", fix=nearest(recipe, RECIPES))
    return recipe


def _text(top: Cursor, key: str) -> str | None:
    child = top.get(key)
    if child is None or child.value is None or not child.is_text("a word in quotes"):
        return None
    return str(child.value) or None


def _imports(top: Cursor) -> tuple[str, ...]:
    listed = top.get("imports")
    if listed is None or listed.value is None or not listed.is_list_of_texts("- folder"):
        return ()
    return tuple(listed.value)


def _components(top: Cursor, key: str) -> Components | None:
    listed = top.get(key)
    if listed is None or listed.value is None:
        return None
    if isinstance(listed.value, str):
        listed.wrong(f"templates such as '{listed.value}' ended with Rasa 2", fix="list the components")
        return ()
    if not listed.is_list("- name: Component"):
        return ()
    found = [_component(item) for item in listed.items()]
    return tuple(component for component in found if component is not None)


def _component(item: Cursor) -> ComponentConfig | None:
    if not item.is_mapping("- name: Component"):
        return None
    name = item.get("name")
    if name is None:
        item.wrong("'name' is missing", fix="add name: and the component's name")
        return None
    if not name.is_text("the component's name"):
        return None
    settings = {str(key): value for key, value in item.value.items() if key != "name"}
    return ComponentConfig(name=name.value, settings=settings, place=item.place)
