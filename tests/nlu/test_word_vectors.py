"""What words mean: a table of English, and what the classifiers make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.nlu.sentences import example
from turnwise.nlu import Pipeline, resumption
from turnwise.nlu.classifiers.diet import DIETClassifier
from turnwise.nlu.english.making import needed
from turnwise.nlu.models.intent_training import best_share
from turnwise.nlu.models.nearness import Nearness, to_remember
from turnwise.nlu.models.word_vectors import WordVectors, english, of_language
from turnwise.nlu.resumption import Previous
from turnwise.project.nlu_data import Example, NLUData

REQUESTS: tuple[Example, ...] = tuple(
    example(text, intent)
    for intent, texts in {
        "refund": ("give me a refund", "i want a refund", "refund this please", "how do i get a refund"),
        "weather": ("will it rain", "what is the weather", "is it sunny today", "how is the weather there"),
        "book": ("book a flight to [Rome](city)", "i need a flight to [Oslo](city)", "fly to [Paris](city)"),
    }.items()
    for text in texts
)

BEFORE: list[dict[str, Any]] = [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}]


def trained(language: str = "en", requests: Sequence[Example] = REQUESTS, **settings: Any) -> Pipeline:
    config = [*BEFORE, {"name": "DIETClassifier", **settings}]
    return Pipeline.train(config, NLUData(examples=tuple(requests)), language=language)


def knows_meanings(pipeline: Pipeline) -> bool:
    (classifier,) = (own for own in pipeline.components if isinstance(own, DIETClassifier))
    assert classifier.intents_ is not None
    return classifier.intents_.meanings is not None


def likeness(text: str, other: str) -> float:
    """The cosine of two texts."""
    first, second = (english().text(own.split()) for own in (text, other))
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("refund please", "i want my money back", "will it rain"),
        ("cancel my booking", "call off the trip", "what is the weather"),
        ("my parcel has not arrived", "where is the package", "change the language"),
    ],
)
def test_texts_of_one_meaning_are_near_without_a_word_in_common(text: str, like: str, unlike: str) -> None:
    assert likeness(text, like) > likeness(text, unlike) + 0.2


def test_words_that_say_little_have_short_vectors() -> None:
    lengths = {word: np.linalg.norm(english().text([word])) for word in ("the", "of", "refund", "invoice")}

    assert max(lengths["the"], lengths["of"]) < min(lengths["refund"], lengths["invoice"]) / 2


@pytest.mark.parametrize(
    ("word", "known"), [("refund", "refund"), ("favorited", "favorite"), ("zzyzx", None), ("2468", None)]
)
def test_an_unknown_word_means_what_it_begins_with(word: str, known: str | None) -> None:
    assert english().row(word) == (None if known is None else english().places[known])


def test_words_of_one_kind_are_alike() -> None:
    assert english().kinds("monday") == english().kinds("friday") != english().kinds("pizza")
    assert english().kinds("zzyzx") is None


def test_texts_of_unknown_words_mean_nothing() -> None:
    assert not english().text(["zzyzx"]).any()
    assert not english().text([]).any()


@pytest.mark.parametrize("code", ["en", "EN", "en-GB", "en_us"])
def test_english_has_a_table(code: str) -> None:
    assert of_language(code) is english()
    assert of_language("de") is None


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("please send me the invoice for my last order", True),
        ("bitte schicken sie mir die rechnung für meine bestellung", False),
        ("envoyez-moi la facture de ma dernière commande", False),
        ("пришлите мне счёт", False),
        ("", False),
    ],
)
def test_a_language_shows_in_the_share_of_known_words(text: str, spoken: bool) -> None:
    assert english().speaks([text.split()]) is spoken


@pytest.mark.parametrize(
    ("text", "intent"),
    [("plane ticket", "book"), ("get us seats on an airplane", "book"), ("send my cash back", "refund")],
)
def test_a_request_is_understood_in_words_that_no_example_has(text: str, intent: str) -> None:
    assert trained().parse(text).intent.name == intent


@pytest.mark.parametrize("text", ["the quick brown fox", "order a pizza"])
def test_a_request_that_means_something_else_is_not_taken_for_one_of_few(text: str) -> None:
    """Though it has letters and words in common with some."""
    assert trained().parse(text).intent.confidence < 0.2
    assert trained(word_vectors=False).parse(text).intent.confidence > 0.5


def test_a_stored_model_knows_what_it_knew() -> None:
    before = trained()
    after = Pipeline.load([*BEFORE, {"name": "DIETClassifier"}], before.dump())

    for text in ("i want my money back", "a flight to Madrid please"):
        assert after.parse(text).to_json() == before.parse(text).to_json()


def test_other_languages_do_without() -> None:
    """Whether config.yml says so or was left at `en`."""
    german = [example(text, intent) for intent, text in (
        ("zahlen", "ich möchte die rechnung bezahlen"), ("zahlen", "wo kann ich bezahlen"),
        ("buchen", "ich möchte einen flug buchen"), ("buchen", "buche bitte eine reise"),
    )]  # fmt: skip

    assert knows_meanings(trained())
    assert not knows_meanings(trained(language="de"))
    assert not knows_meanings(trained(requests=german))
    assert not knows_meanings(trained(word_vectors=False))


def test_the_words_that_mean_it_are_told() -> None:
    explained = trained().explain("money back")["explanation"]["DIETClassifier"]["intent"]

    assert explained["name"] == "refund"
    assert {"meanings"} == {vote["kind"] for vote in explained["features"] if vote["text"] == "money"}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_text_of_which_nothing_is_known_means_nothing(language: str) -> None:
    """No n-gram, no word: a guess at the most frequent intent would be sure of nothing."""
    pipeline = trained(language=language)

    for text in ("?", "🙂", "привет", "你好"):
        assert pipeline.parse(text).intent.confidence < 0.05


def test_dense_features_count_as_much_as_they_tell() -> None:
    """What guesses at random is left out; what is always right is not."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, size=200)
    right = np.eye(4, dtype=np.float32)[labels] * 3 + random.normal(size=(200, 4)).astype(np.float32)
    guesses = random.normal(size=(200, 4)).astype(np.float32) * 3

    assert best_share([right, guesses], labels) < 0.2
    assert best_share([guesses, right], labels) > 0.8
    assert best_share([right], labels) == 0


def test_new_texts_can_be_remembered_beside_the_old_ones() -> None:
    random = np.random.default_rng(2)
    texts = (1 + 0.1 * random.normal(size=(20, 8))).astype(np.float32)
    labels = np.repeat([0, 1], 10)
    near = Nearness.learned(texts, labels, to_remember(labels), 2)
    added = random.normal(size=(2, 8)).astype(np.float32)

    grown = near.grown(np.concatenate([added, texts[:3]]), np.array([0, 1, 0, 0, 0]))

    assert grown.ends.tolist() == [11, 22]
    assert [near.lack(added[0], 0) > 0, grown.lack(added[0], 0)] == [True, 0]
    assert grown.lack(texts[15], 1) == near.lack(texts[15], 1) == 0


def test_going_on_with_a_few_texts_unlearns_no_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """New texts move what n-grams say; what words mean was learned from all."""
    monkeypatch.setattr(resumption, "FEWEST_REPEATED", 1)
    config = [*BEFORE, {"name": "DIETClassifier"}]
    more = (*REQUESTS, example("refund my weather balloon", "refund"))
    previous = Previous(files=trained().dump())
    after = Pipeline.train(config, NLUData(examples=more), previous=previous)

    assert [own.did for own in after.report if own.name == "DIETClassifier"] == ["fine-tuned"]
    assert np.abs(_of_meanings(after) - _of_meanings(trained())).max() < 0.05
    assert after.parse("refund my weather balloon").intent.name == "refund"


def _of_meanings(pipeline: Pipeline) -> npt.NDArray[np.float32]:
    """What the meaning of words speaks for; shape (size, intents)."""
    (model,) = (own.intents_ for own in pipeline.components if isinstance(own, DIETClassifier))
    assert model is not None
    rows = np.arange(model.vectors.size, len(model.weights.values), dtype=np.int32)
    return model.weights.rows(rows)


def test_a_word_needs_no_row_if_it_means_what_it_begins_with() -> None:
    vectors = np.array([[1, 0], [1, 0.01], [0, 1], [0.2, 1]], dtype=np.float32)

    assert needed(["refund", "refunds", "sunny", "refunded"], vectors) == [0, 2, 3]


def test_a_table_comes_back_as_it_was_stored() -> None:
    table = english()
    again: WordVectors = english.__wrapped__()

    assert again.places == table.places
    assert (again.vectors.values == table.vectors.values).all()
