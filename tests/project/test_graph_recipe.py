"""`recipe: graph.v1`: graphs that Rasa's default recipe could have made are run, others refused by name."""

from __future__ import annotations

import pytest
import yaml

from turnwise.errors import ProjectError
from turnwise.project.config_file import config_from_text

NLU, CORE = "rasa.nlu.", "rasa.core.policies."


def node(uses: str, fn: str, needs: str = "", **more: object) -> dict[str, object]:
    return {"uses": uses, "fn": fn, "needs": {"messages": needs} if needs else {}, **more}


PREDICT: dict[str, dict[str, object]] = {
    # As stock Rasa writes them, in another order than they are needed.
    "handler": node(f"{NLU}classifiers.regex_message_handler.RegexMessageHandler", "process", "diet"),
    "converter": node(
        "rasa.graph_components.converters.nlu_message_converter.NLUMessageConverter", "convert"
    ),
    "diet": node(f"{NLU}classifiers.diet_classifier.DIETClassifier", "process", "own", resource="learn_diet"),
    "own": node("my.parts.Component", "process", "words", config={"option": 1}),
    "words": node(f"{NLU}tokenizers.whitespace_tokenizer.WhitespaceTokenizer", "process", "converter"),
    "unread": node(f"{NLU}extractors.entity_synonyms.EntitySynonymMapper", "process", "words"),
    "rules": node(f"{CORE}rule_policy.RulePolicy", "predict_action_probabilities", config={"priority": 5}),
    "best": node(f"{CORE}ensemble.DefaultPolicyPredictionEnsemble", "combine_predictions", "rules"),
}
TRAIN = {
    "learn_diet": node(f"{NLU}classifiers.diet_classifier.DIETClassifier", "train", config={"epochs": 3})
}


def graph(predict: dict[str, dict[str, object]] = PREDICT, **changes: object) -> str:
    keys = {
        "recipe": "graph.v1",
        "language": "de",
        "nlu_target": "handler",
        "core_target": "best",
        "predict_schema": {"nodes": predict},
        "train_schema": {"nodes": TRAIN},
    }
    return yaml.safe_dump({key: value for key, value in {**keys, **changes}.items() if value is not None})


def test_what_a_message_passes_is_the_pipeline() -> None:
    """In the order of the needs, with the settings of the training; what nobody needs is left out."""
    config = config_from_text(graph())

    assert config.language == "de"
    assert [(part.name, dict(part.settings)) for part in config.pipeline or ()] == [
        ("WhitespaceTokenizer", {}),
        ("my.parts.Component", {"option": 1}),
        ("DIETClassifier", {"epochs": 3}),
    ]
    assert [(part.name, dict(part.settings)) for part in config.policies or ()] == [
        ("RulePolicy", {"priority": 5})
    ]


def test_defaults_do_not_fill_a_graph() -> None:
    """One without dialogue has no policies."""
    config = config_from_text(graph(core_target=None))

    assert config.completed().policies == ()
    assert config.automatic == ()


def test_nodes_that_need_each_other_are_met_once() -> None:
    circle = {**PREDICT, "words": {**PREDICT["words"], "needs": {"messages": "diet"}}}

    assert [part.name for part in config_from_text(graph(circle)).pipeline or ()] == [
        "WhitespaceTokenizer",
        "my.parts.Component",
        "DIETClassifier",
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"train_schema": None}, "the recipe graph.v1 needs 'train_schema' with 'nodes'"),
        ({"predict_schema": {}}, "the recipe graph.v1 needs 'predict_schema' with 'nodes'"),
        ({"nlu_target": "handlr"}, "there is no node 'handlr'\n  fix: did you mean 'handler'?"),
        (
            {
                "core_target": "audit",
                "predict": {**PREDICT, "audit": node("my.parts.Audit", "write", "best")},
            },
            "nothing here does what 'my.parts.Audit.write' does in a graph\n  fix: write the configuration",
        ),
    ],
)
def test_what_cannot_run_is_named(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ProjectError) as caught:
        config_from_text(graph(**changes))  # type: ignore[arg-type]  # keys name parameters
    assert problem in str(caught.value)
