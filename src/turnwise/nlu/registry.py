"""Finds the class behind a name in the `pipeline` list; imports it only then."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from turnwise import rasa_names
from turnwise.errors import Place, ProjectError
from turnwise.nlu.component import Component
from turnwise.registry import missing_module

_MODULES = {
    "WhitespaceTokenizer": "tokenizers.whitespace",
    "JiebaTokenizer": "tokenizers.jieba",
    "SpacyNLP": "spacy_model",
    "SpacyTokenizer": "tokenizers.spacy",
    "RegexFeaturizer": "featurizers.regex",
    "LexicalSyntacticFeaturizer": "featurizers.lexical_syntactic",
    "CountVectorsFeaturizer": "featurizers.count_vectors",
    "SpacyFeaturizer": "featurizers.spacy",
    "EncoderFeaturizer": "featurizers.encoder",
    "LanguageModelFeaturizer": "featurizers.language_model",
    "DIETClassifier": "classifiers.diet",
    "LogisticRegressionClassifier": "classifiers.logistic_regression",
    "SklearnIntentClassifier": "classifiers.sklearn",
    "KeywordIntentClassifier": "classifiers.keyword",
    "FallbackClassifier": "classifiers.fallback",
    "CRFEntityExtractor": "extractors.crf",
    "RegexEntityExtractor": "extractors.regex",
    "SpacyEntityExtractor": "extractors.spacy",
    "DucklingEntityExtractor": "extractors.duckling",
    "QuantityEntityExtractor": "extractors.quantities",
    "EntitySynonymMapper": "extractors.synonyms",
    "ResponseSelector": "selectors.response_selector",
}

COMPONENTS: Mapping[str, str] = MappingProxyType(
    {name: f"turnwise.nlu.{module}:{name}" for name, module in _MODULES.items()}
)
"""Public name to where the class stands."""

_REPLACED = {
    "ConveRTFeaturizer": "EncoderFeaturizer",
    "MitieNLP": "SpacyNLP",
    "MitieTokenizer": "SpacyTokenizer",
    "MitieFeaturizer": "SpacyFeaturizer",
    "MitieIntentClassifier": "DIETClassifier",
    "MitieEntityExtractor": "DIETClassifier",
}
"""Rasa's components that rest on software which is no longer to be had, to what serves in their place."""

_RENAMED = {
    "ConveRTTokenizer": "WhitespaceTokenizer",
    "DucklingHTTPExtractor": "DucklingEntityExtractor",
    "EmbeddingIntentClassifier": "DIETClassifier",
    "HFTransformersNLP": "LanguageModelFeaturizer",
    "LanguageModelTokenizer": "WhitespaceTokenizer",
    "intent_classifier_keyword": "KeywordIntentClassifier",
    "intent_classifier_sklearn": "SklearnIntentClassifier",
    "intent_classifier_tensorflow_embedding": "DIETClassifier",
    "intent_entity_featurizer_regex": "RegexFeaturizer",
    "intent_featurizer_count_vectors": "CountVectorsFeaturizer",
    "intent_featurizer_spacy": "SpacyFeaturizer",
    "ner_crf": "CRFEntityExtractor",
    "ner_duckling_http": "DucklingEntityExtractor",
    "ner_spacy": "SpacyEntityExtractor",
    "ner_synonyms": "EntitySynonymMapper",
    "nlp_spacy": "SpacyNLP",
    "tokenizer_jieba": "JiebaTokenizer",
    "tokenizer_spacy": "SpacyTokenizer",
    "tokenizer_whitespace": "WhitespaceTokenizer",
}
"""Names of Rasa 1 and 2, to those of today."""

POLICIES = frozenset(
    {
        "AugmentedMemoizationPolicy",
        "MemoizationPolicy",
        "RulePolicy",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)
"""Names that belong under `policies`; standing in the pipeline they get an error that says so."""


def component_class(name: str, place: Place) -> type[Component[Any]]:
    """The class a pipeline entry names: one of `COMPONENTS`, or `package.module.Class`.

    Raises:
        ProjectError: nothing bears that name, or it cannot be imported, or is no component.
    """
    where = COMPONENTS.get(name)
    if where is None:
        where = _dotted(name, place)
        rasa_names.install()
    module_name, _, class_name = where.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except ImportError as error:
        raise missing_module(f"component '{name}'", module_name, error, place) from error
    except AttributeError as error:
        raise ProjectError(
            place, f"module '{module_name}' has no class '{class_name}'", fix="correct the name in config.yml"
        ) from error
    if hasattr(found, "as_component"):  # written for Rasa
        found = found.as_component(place)
    if not (isinstance(found, type) and issubclass(found, Component)):
        raise ProjectError(
            place, f"'{name}' is no NLU component", fix="let the class inherit from turnwise.nlu.Component"
        )
    return found


def _dotted(name: str, place: Place) -> str:
    short = name.rpartition(".")[2]
    if short in POLICIES:
        raise ProjectError(
            place, f"'{name}' is a policy, not an NLU component", fix="move it under 'policies'"
        )
    if name.startswith("rasa.") and short in COMPONENTS:
        return COMPONENTS[short]
    if short in _REPLACED:
        problem = f"'{name}' rests on software that is no longer to be had"
        raise ProjectError(place, problem, fix=f"use '{_REPLACED[short]}'")
    if "." in name:
        module_name, _, class_name = name.rpartition(".")
        return f"{module_name}:{class_name}"
    nearest = [_RENAMED[name]] if name in _RENAMED else get_close_matches(name, COMPONENTS, n=1, cutoff=0.4)
    hint = f"did you mean '{nearest[0]}'?" if nearest else "write one of the known names, or 'module.Class'"
    raise ProjectError(place, f"unknown component '{name}'", fix=hint)
