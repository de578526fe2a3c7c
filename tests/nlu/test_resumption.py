"""Going on from an earlier model: what is looked at again, what comes of it, and what is learned anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.nlu.sentences import example
from turnwise.nlu import Component, Pipeline, resumption
from turnwise.nlu.component import TrainingSet
from turnwise.nlu.resumption import EXAMPLES, Previous, Resumption, example_prints
from turnwise.project.nlu_data import Example, NLUData

CONFIG: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "DIETClassifier", "word_vectors": False},  # what words mean tells much of new texts, unlearned
    {"name": "ResponseSelector", "word_vectors": False},
]
CITIES = ("Rome", "Paris", "Oslo", "Bern", "Kyiv", "Riga", "Lima", "Cairo", "Delhi", "Accra")
OLD: tuple[Example, ...] = tuple(
    example(text.format(city), intent)
    for city in CITIES
    for text, intent in (
        ("fly from [{}](city#from) to Madrid", "book"),
        ("a ticket to [{}](city#to) please", "book"),
        ("will it rain in [{}](city)", "weather"),
        ("how warm is it in [{}](city)", "weather"),
        ("who are you, friend of {}", "faq/name"),
        ("when do you open in {}", "faq/hours"),
    )
)
NEW = (
    example("sled over the ice near [Nuuk](city)", "weather"),
    example("sail on to [Hobart](city#to)", "book"),
    example("what hours, igloo keeper", "faq/hours"),
)
DATA, MORE = NLUData(examples=OLD), NLUData(examples=(*OLD, *NEW))


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets data of these tests' size be gone on from."""
    monkeypatch.setattr(resumption, "FEWEST_REPEATED", 15)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """What an earlier model had learned."""
    return Pipeline.train(CONFIG, DATA).dump()


def resumed(files: dict[str, bytes], data: NLUData = MORE, **settings: Any) -> Pipeline:
    return Pipeline.train(CONFIG, data, previous=Previous(files=files, **settings))


def did(pipeline: Pipeline) -> dict[str, str]:
    return {outcome.name: outcome.did for outcome in pipeline.report}


def test_new_examples_are_learned_and_old_ones_not_forgotten(files: dict[str, bytes]) -> None:
    """Intents, entities with their roles, and responses."""
    before, after = Pipeline.load(CONFIG, files), resumed(files)

    assert did(after)["DIETClassifier"] == did(after)["ResponseSelector"] == "fine-tuned"
    assert before.parse("sled ice").intent.name == "book"
    assert after.parse("sled ice").intent.name == "weather"
    for text in (*OLD, *NEW):
        assert after.parse(text.text).intent.name == text.intent
    (entity,) = after.parse("sail on to Hobart").entities
    assert (entity.value, entity.role) == ("Hobart", "to")
    chosen = after.parse("what hours, igloo keeper").to_json()["response_selector"]["default"]
    assert chosen["response"]["intent_response_key"] == "faq/hours"


def test_going_on_twice_gives_the_same_bytes(files: dict[str, bytes]) -> None:
    assert resumed(files).dump() == resumed(files).dump()


def test_a_model_gone_on_from_can_be_gone_on_from(files: dict[str, bytes]) -> None:
    """It is stored like any other; nothing new means nothing to do."""
    after = resumed(files)
    again = resumed(after.dump())

    assert set(did(again).values()) == {"restored", "nothing to learn", "not needed"}
    assert again.dump() == after.dump()
    assert Pipeline.load(CONFIG, after.dump()).parse("sled").to_json() == after.parse("sled").to_json()


def test_the_fraction_of_epochs_counts(files: dict[str, bytes]) -> None:
    """Fewer passes learn less."""
    little, much = (
        resumed(files, epoch_fraction=fraction).parse(NEW[0].text).intent.confidence for fraction in (0.1, 3)
    )

    assert little < much


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (NLUData(examples=OLD[:-1]), "an example is gone, which only a training anew forgets"),
        (NLUData(examples=(*OLD, *(replace(own, text=f"{own.text}!") for own in OLD))), "half is new"),
    ],
)
def test_where_going_on_gains_nothing_all_is_learned_anew(
    files: dict[str, bytes], data: NLUData, why: str
) -> None:
    pipeline = resumed(files, data)

    assert did(pipeline)["DIETClassifier"] == "trained", why
    assert pipeline.dump() == Pipeline.train(CONFIG, data).dump()


def test_new_response_keys_are_learned_anew(files: dict[str, bytes]) -> None:
    """The number of intents is the same, so that the classifier may go on."""
    pipeline = resumed(files, NLUData(examples=(*OLD, example("do you skate", "faq/hobby"))))

    assert did(pipeline)["ResponseSelector"] == "trained"
    assert did(pipeline)["DIETClassifier"] == "fine-tuned"


def test_new_examples_are_looked_at_with_ten_times_as_many_others(files: dict[str, bytes]) -> None:
    """Whatever their order; what means something else is new too."""
    prints = example_prints(NLUData(examples=(*NEW, *OLD)))
    rows = Previous(files=files).rows(prints, np.ones(len(prints), dtype=bool))

    assert rows is not None
    assert rows[:3] == [0, 1, 2]
    assert len(rows) == 3 + 30
    other = replace(OLD[0], intent="weather")
    assert len(set(example_prints(NLUData(examples=(OLD[0], other, replace(OLD[0], entities=())))))) == 3


def test_a_component_that_cannot_go_on_learns_anew() -> None:
    """That is the default for components of an assistant's own."""
    training = TrainingSet(data=DATA)

    assert not Component(None).resume(Resumption.of(training, [0], {}, 1.0))


def test_models_of_older_versions_say_nothing_of_their_examples(files: dict[str, bytes]) -> None:
    assert Previous(files=files).is_whole
    assert not Previous(files={name: files[name] for name in files if name != EXAMPLES}).is_whole
