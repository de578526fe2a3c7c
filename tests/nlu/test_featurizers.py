"""What sparse featurizers make of a text, feature by feature."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from turnwise.errors import Place, ProjectError
from turnwise.nlu import Message, TrainingSet
from turnwise.nlu.featurizers.count_vectors import CountVectorsFeaturizer
from turnwise.nlu.featurizers.featurizer import Features, Featurizer, sentence_features
from turnwise.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from turnwise.nlu.featurizers.ngrams import char_ngrams_in_words
from turnwise.nlu.featurizers.regex import RegexFeaturizer
from turnwise.nlu.tokenizers.tokenizer import TokenizerSettings
from turnwise.nlu.tokenizers.whitespace import WhitespaceTokenizer
from turnwise.project.nlu_data import Example, Lookup, NLUData, Regex

F = TypeVar("F", bound=Featurizer[Any])

TEXTS = ("Hello you", "hello 42 hello", "bye you two")


def trained(kind: type[F], data: NLUData | None = None, **settings: Any) -> F:
    """A featurizer that learned from TEXTS and went through a model archive."""
    data = data or NLUData(examples=tuple(Example(text=text, intent="i") for text in TEXTS))
    own = kind.configure(settings, Place()).settings
    featurizer = kind(own)
    featurizer.train(TrainingSet(data=data, preparers=[WhitespaceTokenizer(TokenizerSettings())]))
    return kind.load(own, featurizer.dump())


def tokenized(text: str) -> Message:
    message = Message(text)
    WhitespaceTokenizer(TokenizerSettings()).process(message)
    return message


def counts(featurizer: CountVectorsFeaturizer, text: str) -> dict[str, float]:
    """N-gram to count, for those that occur."""
    names = list(featurizer.vocabulary_)
    features = featurizer.sentence(tokenized(text))
    return {
        names[index]: value
        for index, value in zip(features.indices.tolist(), features.values.tolist(), strict=True)
    }


def test_words_are_counted_in_lower_case_and_numbers_are_one_word() -> None:
    """Words not seen in training do not count."""
    featurizer = trained(CountVectorsFeaturizer)

    assert list(featurizer.vocabulary_) == ["__number__", "bye", "hello", "two", "you"]
    assert counts(featurizer, "HELLO hello 7, friend") == {"hello": 2.0, "__number__": 1.0}


@pytest.mark.parametrize(
    ("settings", "vocabulary"),
    [
        (
            {"min_ngram": 2, "max_ngram": 2},
            ["__number__ hello", "bye you", "hello __number__", "hello you", "you two"],
        ),
        ({"min_df": 2}, ["hello", "you"]),
        ({"max_df": 1}, ["__number__", "bye", "two"]),
        ({"max_features": 1}, ["hello"]),
        ({"stop_words": ["you", "hello"]}, ["__number__", "bye", "two"]),
        ({"lowercase": False}, ["Hello", "__NUMBER__", "bye", "hello", "two", "you"]),
        ({"analyzer": "char", "min_df": 3}, [" ", "e", "o", "u"]),
    ],
)
def test_settings_choose_what_is_counted(settings: dict[str, Any], vocabulary: list[str]) -> None:
    """As in Rasa, whose settings are those of scikit-learn."""
    assert list(trained(CountVectorsFeaturizer, **settings).vocabulary_) == vocabulary


def test_unknown_words_become_the_word_that_stands_for_them() -> None:
    """`OOV_words` teach it; at prediction every unseen word counts as it."""
    featurizer = trained(CountVectorsFeaturizer, OOV_token="oov", OOV_words=["two"])

    assert "two" not in featurizer.vocabulary_
    assert counts(featurizer, "bye stranger") == {"bye": 1.0, "oov": 1.0}


def test_letters_inside_words_have_blanks_at_the_edges() -> None:
    """A word shorter than a run counts once, whole."""
    assert char_ngrams_in_words("ab c", 3, 4) == [" ab", "ab ", " ab ", " c "]


def test_every_token_has_its_own_vector() -> None:
    """One vector for each token, beside that of the whole text."""
    featurizer = trained(CountVectorsFeaturizer)

    assert [features.indices.tolist() for features in featurizer.tokens(tokenized("bye you"))] == [[1], [4]]


REGEXES = NLUData(
    regexes=(Regex(name="zip", pattern=r"\d{5}"),), lookups=(Lookup(name="city", elements=("New York",)),)
)


def test_patterns_mark_the_tokens_they_overlap() -> None:
    """Each token knows of every pattern whether it matches there."""
    featurizer = trained(RegexFeaturizer, REGEXES)
    message = tokenized("to New York 10115")
    featurizer.process(message)

    assert message.tokens is not None
    assert [token.patterns["city"] for token in message.tokens] == [False, True, True, False]
    assert [token.patterns["zip"] for token in message.tokens] == [False, False, False, True]
    assert featurizer.sentence(message).indices.tolist() == [0, 1]
    assert [features.indices.tolist() for features in featurizer.tokens(message)] == [[], [1], [1], [0]]


@pytest.mark.parametrize(("settings", "matches"), [({}, False), ({"case_sensitive": False}, True)])
def test_regex_features_heed_case_unless_told_otherwise(settings: dict[str, Any], matches: bool) -> None:
    """Other than for RegexEntityExtractor, that is the default."""
    message = tokenized("new york")

    assert bool(trained(RegexFeaturizer, REGEXES, **settings).sentence(message).values.sum()) is matches


def test_tokens_are_described_with_their_neighbours() -> None:
    """A value not seen in training is no feature; the window ends with the text."""
    featurizer = trained(LexicalSyntacticFeaturizer, features=[["low"], ["BOS", "title"], []])
    names = list(featurizer.positions_)
    told = [
        [names[index] for index in own.indices.tolist()] for own in featurizer.tokens(tokenized("Hello You"))
    ]

    assert told == [["1:BOS=True", "1:title=True"], ["0:low=False", "1:BOS=False", "1:title=True"]]


def test_unknown_features_name_the_setting() -> None:
    """A typing error is found when config.yml is read."""
    with pytest.raises(ProjectError, match=r"config\.yml: LexicalSyntacticFeaturizer > features"):
        LexicalSyntacticFeaturizer.configure({"features": [["lower"]]}, Place("config.yml"))


def test_vectors_of_several_featurizers_stand_end_to_end() -> None:
    """`featurizers: [...]` chooses among them by alias."""
    first, second = (
        trained(CountVectorsFeaturizer, alias="a"),
        trained(CountVectorsFeaturizer, min_df=2, alias="b"),
    )
    message = tokenized("you")
    for featurizer in (first, second):
        featurizer.process(message)

    assert sentence_features(message).indices.tolist() == [4, 6]
    assert sentence_features(message, ["b"]).indices.tolist() == [1]
    assert sentence_features(message, ["b"]).size == 2


def test_no_featurizer_gives_an_empty_vector() -> None:
    """So that a classifier need not ask."""
    assert sentence_features(Message("x")).size == Features.of_counts({}, 0).size == 0
