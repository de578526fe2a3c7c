"""The pipeline as a whole: what is refused, what is reused, what is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.nlu.sentences import TRAVEL, example
from turnwise.errors import ModelError, Place, ProjectErrors
from turnwise.nlu import DEFAULT_PIPELINE, Component, Message, Pipeline, check_pipeline
from turnwise.nlu.registry import COMPONENTS, component_class
from turnwise.project.nlu_data import Lookup, NLUData, Regex

DATA = NLUData(examples=TRAVEL)
PLACE = Place("config.yml", 5, ("pipeline",))


class Shouting(Component[Any]):
    """A component of an assistant's own: notes whether the user shouts."""

    def process(self, message: Message) -> None:
        message.extra["shouting"] = message.text.isupper()


class Memory:
    """A cache that counts."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, bytes]] = {}

    def get(self, key: str) -> Mapping[str, bytes] | None:
        return self.kept.get(key)

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        self.kept[key] = files


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_name_in_the_table_is_a_component_of_that_name(name: str) -> None:
    """No optional package is needed for that."""
    assert component_class(name, PLACE).__name__ == name


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            named("WhitespaceTokeniser"),
            "unknown component 'WhitespaceTokeniser'\n  fix: did you mean 'WhitespaceTokenizer'?",
        ),
        (named("TEDPolicy"), "'TEDPolicy' is a policy, not an NLU component"),
        (named("no_such_module.Thing"), "there is no module 'no_such_module'"),
        (named("json.JSONDecoder"), "'json.JSONDecoder' is no NLU component"),
        (named("json.Nothing"), "module 'json' has no class 'Nothing'"),
        (named("MitieNLP"), "use 'SpacyNLP'"),
        (named("WhitespaceTokenizer", "WhitespaceTokenizer"), "two tokenizers"),
        (named("RegexFeaturizer"), "'RegexFeaturizer' needs a tokenizer"),
        (named("WhitespaceTokenizer", "DIETClassifier"), "'DIETClassifier' needs a featurizer"),
        (named("FallbackClassifier"), "'FallbackClassifier' needs an intent classifier"),
        (named("SpacyTokenizer"), "'SpacyTokenizer' needs SpacyNLP before it"),
        (named("JiebaTokenizer"), "'JiebaTokenizer' does not serve the language 'en'"),
        ([{"nam": "WhitespaceTokenizer"}], "a component has no name"),
        (
            [{"name": "FallbackClassifier", "threshold": "high"}],
            "FallbackClassifier > threshold: expected `float`",
        ),
        (
            [{"name": "WhitespaceTokenizer", "token_pattern": "[a-z"}],
            "token_pattern: '[a-z' is no regular expression",
        ),
        ([{"name": "SpacyNLP"}], "SpacyNLP > model: it is missing"),
        (
            [
                *named("WhitespaceTokenizer", "RegexFeaturizer"),
                {"name": "DIETClassifier", "ranking_length": -1},
            ],
            "DIETClassifier > ranking_length: expected `int` >= 0",
        ),
        (
            [{"name": "QuantityEntityExtractor", "timezone": "Mars"}],
            "timezone: there is no time zone 'Mars'\n  fix: write one such as Europe/Berlin",
        ),
        (
            [{"name": "QuantityEntityExtractor", "locale": "it_IT"}],
            "locale: the language of 'it_IT' is not spoken\n  fix: choose from de, en, es, fr",
        ),
        (
            [{"name": "WhitespaceTokenizer"}, {"name": "CRFEntityExtractor", "features": [["low"], ["low"]]}],
            "features: an odd number of lists is needed, not 2",
        ),
        (
            [
                {"name": "WhitespaceTokenizer"},
                {"name": "CountVectorsFeaturizer", "min_ngram": 3, "max_ngram": 2},
            ],
            "min_ngram: runs of 3 to 2 are none",
        ),
        (
            [
                {"name": "WhitespaceTokenizer"},
                {"name": "LanguageModelFeaturizer", "model_name": "roberta"},
            ],
            "model_name: models of the kind 'roberta' are not served",
        ),
        (
            [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer", "analyzer": "chars"}],
            "analyzer: invalid enum value 'chars'\n  fix: choose from word, char, char_wb",
        ),
        (named("ConveRTTokenizer"), "did you mean 'WhitespaceTokenizer'?"),
        (
            [
                {"name": "WhitespaceTokenizer"},
                {"name": "EncoderFeaturizer"},
                {"name": "SklearnIntentClassifier", "C": []},
            ],
            "SklearnIntentClassifier > C: expected `array` of length >= 1",
        ),
        (
            [
                {"name": "WhitespaceTokenizer"},
                {"name": "CountVectorsFeaturizer", "alias": "a"},
                {"name": "CountVectorsFeaturizer", "alias": "a"},
            ],
            "two featurizers have the alias 'a'",
        ),
    ],
)
def test_mistakes_are_found_before_training(config: list[dict[str, Any]], problem: str) -> None:
    """Each names the file and says how to mend it."""
    mistakes = [str(mistake) for mistake in check_pipeline(config, PLACE)]

    assert any(problem in mistake for mistake in mistakes), mistakes
    assert all(mistake.startswith("config.yml:5: pipeline") for mistake in mistakes)
    assert all("fix: " in mistake for mistake in mistakes)


@pytest.mark.parametrize(
    "config",
    [
        [{"name": "WhitespaceTokenizer"}, {"name": "ConveRTFeaturizer"}, {"name": "DIETClassifier"}],
        [
            {"name": "WhitespaceTokenizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "chars"},
            {"name": "DIETClassifier"},
        ],
    ],
)
def test_what_follows_from_a_mistake_is_none(config: list[dict[str, Any]]) -> None:
    """The classifier has its featurizer as soon as that one is mended."""
    (mistake,) = check_pipeline(config, PLACE)

    assert "DIETClassifier" not in str(mistake)


def test_all_mistakes_are_listed_at_once() -> None:
    """And training does not begin."""
    with pytest.raises(ProjectErrors) as caught:
        Pipeline.train(named("RegexFeaturizer", "Nope", "TEDPolicy"), DATA)

    assert len(caught.value.errors) == 3


def test_the_default_pipeline_has_no_mistakes() -> None:
    """It is what a project without `pipeline` gets."""
    assert check_pipeline(DEFAULT_PIPELINE, PLACE) == []


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_languages_without_blanks_need_another_tokenizer(language: str) -> None:
    """WhitespaceTokenizer would make one word of a sentence."""
    assert len(check_pipeline(named("WhitespaceTokenizer"), PLACE, language=language)) == 1


def test_settings_without_effect_are_named_once_for_each_component() -> None:
    """In a notice; they are no error."""
    diet = {"name": "DIETClassifier", "epochs": 5, "drop_rate": 0.1}
    config: list[Mapping[str, Any]] = [{"name": "WhitespaceTokenizer"}, {"name": "RegexFeaturizer"}, diet]

    assert Pipeline.train(config, DATA).notices == ("DIETClassifier: no effect here: drop_rate, epochs",)


def test_components_of_ones_own_may_add_fields() -> None:
    """Named by dotted path; what they put into `extra` is part of the result."""
    pipeline = Pipeline.train(named(f"{__name__}.Shouting"), DATA)

    assert pipeline.parse("HELP").to_json()["shouting"] is True


def test_slash_messages_are_not_parsed_as_words() -> None:
    """Their intent must be known to the domain, else they are ordinary words."""
    pipeline = Pipeline.train(DEFAULT_PIPELINE, DATA)

    assert pipeline.parse("/book", intents=["book"]).to_json() == {
        "text": "/book",
        "intent": {"name": "book", "confidence": 1.0},
        "intent_ranking": [{"name": "book", "confidence": 1.0}],
        "entities": [],
    }
    assert "text_tokens" in pipeline.parse("/nothing", intents=["book"]).to_json()


def did(pipeline: Pipeline) -> dict[str, str]:
    return {outcome.name: outcome.did for outcome in pipeline.report}


CONFIG = named(
    *("WhitespaceTokenizer", "RegexFeaturizer", "CountVectorsFeaturizer"),
    *("DIETClassifier", "EntitySynonymMapper", "ResponseSelector"),
)


def test_what_did_not_change_is_restored() -> None:
    """And gives the same model."""
    cache = Memory()
    first = Pipeline.train(CONFIG, DATA, cache=cache)
    second = Pipeline.train(CONFIG, DATA, cache=cache)

    assert did(first)["DIETClassifier"] == "trained"
    assert set(did(second).values()) == {"restored", "nothing to learn", "not needed"}
    assert first.dump() == second.dump()


CLASSIC: list[dict[str, Any]] = [
    *named("WhitespaceTokenizer", "RegexFeaturizer", "LexicalSyntacticFeaturizer", "CountVectorsFeaturizer"),
    *named("LogisticRegressionClassifier", "CRFEntityExtractor", "RegexEntityExtractor"),
    *named("EntitySynonymMapper", "KeywordIntentClassifier"),
    {"name": "ResponseSelector", "use_text_as_label": True},
]
LEARNERS = {entry["name"] for entry in CLASSIC} - {"WhitespaceTokenizer"}
NAMES = {"RegexFeaturizer", "RegexEntityExtractor"}
WORDS = {"LexicalSyntacticFeaturizer", "CountVectorsFeaturizer"}
PATTERNS = {"RegexFeaturizer", "DIETClassifier", "ResponseSelector"}


@pytest.mark.parametrize(
    ("change", "ours", "classic"),
    [
        (
            {"examples": (*TRAVEL, example("new", "book"))},
            {"DIETClassifier"},
            LEARNERS - NAMES - {"EntitySynonymMapper", "ResponseSelector"},
        ),
        (
            {"examples": (*TRAVEL, example("to [Oslo](city)", "book"))},
            {"DIETClassifier", "EntitySynonymMapper"},
            LEARNERS - NAMES - {"ResponseSelector"},
        ),
        (
            {"examples": (*TRAVEL, example("and you are?", "faq/ask_name"))},
            {"DIETClassifier", "ResponseSelector"},
            LEARNERS - NAMES - {"EntitySynonymMapper"},
        ),
        ({"synonyms": {"nyc": "New York"}}, {"EntitySynonymMapper"}, {"EntitySynonymMapper"}),
        ({"responses": {"utter_faq/ask_name": ({"text": "Me."},)}}, set(), {"ResponseSelector"}),
        (
            {"regexes": (Regex(name="zip", pattern="[0-9]{5}"),)},
            PATTERNS,
            LEARNERS - {"EntitySynonymMapper", "KeywordIntentClassifier", *WORDS},
        ),
        (
            {"lookups": (Lookup(name="city", elements=("Oslo",)),)},
            PATTERNS,
            LEARNERS - {"EntitySynonymMapper", "KeywordIntentClassifier", *WORDS},
        ),
    ],
    ids=["example", "entity", "faq example", "synonym", "response", "regex", "lookup table"],
)
def test_only_what_depends_on_a_change_is_trained_again(
    change: dict[str, Any], ours: set[str], classic: set[str]
) -> None:
    """A component learns again when its settings, its part of the data, or what it sees of others changed."""
    for config, trained in ((CONFIG, ours), (CLASSIC, classic)):
        cache = Memory()
        Pipeline.train(config, DATA, cache=cache)
        again = Pipeline.train(config, replace(DATA, **change), cache=cache)

        assert {name for name, what in did(again).items() if what == "trained"} == trained


def test_a_restored_selector_says_the_new_words() -> None:
    """Responses are kept, not learned."""
    cache = Memory()
    Pipeline.train(CONFIG, DATA, cache=cache)
    again = Pipeline.train(
        CONFIG, replace(DATA, responses={"utter_faq/ask_name": ({"text": "Me."},)}), cache=cache
    )
    answer = again.parse("what is your name").to_json()["response_selector"]["default"]["response"]

    assert answer["responses"] == [{"text": "Me."}]


def test_featurizers_that_nobody_reads_are_not_trained() -> None:
    """DIETClassifier has n-grams of its own."""
    pipeline = Pipeline.train(DEFAULT_PIPELINE, DATA)

    assert did(pipeline)["CountVectorsFeaturizer"] == "not needed"
    assert did(pipeline)["RegexFeaturizer"] == "trained"


def test_progress_is_reported_by_component() -> None:
    """From nothing to all, never backwards."""
    seen: list[tuple[str, float]] = []
    Pipeline.train(CONFIG, DATA, progress=lambda name, share: seen.append((name, share)))
    shares = [share for name, share in seen if name == "DIETClassifier"]

    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_a_damaged_model_names_the_part() -> None:
    """It is not half loaded."""
    files = Pipeline.train(CONFIG, DATA).dump() | {"3_DIETClassifier/intents.json": b"{"}

    with pytest.raises(ModelError, match="3_DIETClassifier/"):
        Pipeline.load(CONFIG, files)


def test_serving_imports_neither_scipy_nor_scikit_learn() -> None:
    """They are for training only; a process that serves stays small."""
    program = (
        "import sys, turnwise.nlu.models.intents, turnwise.nlu.models.tagger\n"
        "from turnwise.errors import Place\n"
        "from turnwise.nlu.registry import COMPONENTS, component_class\n"
        "for name in COMPONENTS: component_class(name, Place())\n"
        "heavy = 'scipy', 'sklearn', 'spacy', 'jieba', 'pycrfsuite'\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
