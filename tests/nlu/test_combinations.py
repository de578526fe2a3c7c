"""Intents that combine others: `balance+block` beside `balance` and `block`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.nlu.sentences import examples
from turnwise.nlu import Pipeline
from turnwise.nlu.models.combinations import Combinations
from turnwise.project.nlu_data import Example, NLUData

WORDS = {"a+b": ["a", "b"], "a": ["a"], "b": ["b"], "b+c": ["b", "c"]}
NAMES = ["a", "a+b", "b", "b+c"]

BANK = (
    *examples(
        of="balance",
        texts="""
        how much money do I have
        show me my balance
        what is left in my account
        tell me the balance please
        can you say what my account holds
        how rich am I
        """,
    ),
    *examples(
        of="block",
        texts="""
        I lost my card
        my purse was stolen
        please block the card
        somebody took my debit card
        freeze my credit card
        stop all payments by card
        """,
    ),
    *examples(
        of="branch",
        texts="""
        where is the nearest branch
        when do you open on saturday
        is there an office in Leeds
        where can I meet an adviser
        opening hours of the branch
        address of your office
        """,
    ),
    *examples(of="balance+block", texts="show me my balance and then block the card"),
    *examples(of="block+branch", texts="I lost my card, where is your office"),
)
BOTH = {
    "freeze my card and tell me what my account holds": "balance+block",
    "how much money is left? my card was stolen": "balance+block",
    "somebody took my purse, also what is the balance": "balance+block",
    "is there a branch on monday? I want my debit card stopped": "block+branch",
    "block my credit card and tell me the opening hours": "block+branch",
    "address of the nearest office, my card is lost": "block+branch",
}


def pipeline(known: tuple[Example, ...] = BANK, **tokenizer: Any) -> Pipeline:
    names = ("WhitespaceTokenizer", "CountVectorsFeaturizer", "DIETClassifier")
    first, *others = ({"name": name} for name in names)
    return Pipeline.train([{**first, **tokenizer}, *others], NLUData(examples=known))


def test_one_example_is_enough_for_a_combination_of_known_intents() -> None:
    """Two requests in one message are understood from examples of each, and single ones still are."""
    split = pipeline(intent_tokenization_flag=True, intent_split_symbol="+")

    assert {text: split.parse(text).intent.name for text in BOTH} == BOTH
    singles = [own for own in BANK if "+" not in (own.intent or "")]
    assert [split.parse(own.text).intent.name for own in singles] == [own.intent for own in singles]


@pytest.mark.parametrize("tokenizer", [{}, {"intent_tokenization_flag": True, "intent_split_symbol": "_"}])
def test_whether_intents_are_combinations_is_the_tokenizers_to_say(tokenizer: dict[str, Any]) -> None:
    """Without its split symbol `balance+block` is a name like others, with one example only."""
    whole = pipeline(**tokenizer)

    assert sum(whole.parse(text).intent.name == intent for text, intent in BOTH.items()) < len(BOTH) / 2


def test_intents_without_common_parts_are_learned_as_ever() -> None:
    """Splitting changes no bit of a model whose intents combine no others."""
    known = tuple(own for own in BANK if own.intent in {"balance", "branch", "block+branch"})
    split = pipeline(known, intent_tokenization_flag=True, intent_split_symbol="+")

    assert split.components[-1].dump() == pipeline(known).components[-1].dump()


def test_combinations_are_names_whose_parts_are_names_too() -> None:
    """`b+c` is none while nobody ever only asks for `c`."""
    assert Combinations.among(NAMES, WORDS).parts == {1: [0, 2]}


def test_a_combination_scores_what_its_parts_score_and_a_little_of_its_own() -> None:
    """Scores that are shared make those of the classes; the last of them is that of all combinations."""
    shares = Combinations.among(NAMES, WORDS).shares()

    assert shares is not None
    shared = np.array([2.0, 10.0, 3.0, 7.0, 0.5])
    assert shared @ shares == pytest.approx([2.0, 2.0 + 3.0 + 0.5 + 1.0, 3.0, 7.0])
    assert Combinations.among(["a", "b"], WORDS).shares() is None


def test_examples_of_a_combination_are_joined_from_one_of_each_part() -> None:
    """Until it has twice as many as its rarest part; each as long as the texts that it is made of."""
    labels = np.array([0, 0, 2, 2, 2, 1])
    mixing, made = Combinations.among(NAMES, WORDS).joined(labels, seed=1)

    assert made.tolist() == [1] * 3
    texts = np.eye(len(labels))
    joined = mixing @ texts
    assert np.linalg.norm(joined, axis=1) == pytest.approx(1)
    for vector in joined:
        assert sorted(labels[np.flatnonzero(vector)].tolist()) == [0, 2]


@pytest.mark.parametrize("labels", [[0, 2, 1, 1], [0, 1, 1]], ids=["enough", "a part without examples"])
def test_nothing_is_joined_where_there_is_enough_or_nothing_to_join(labels: list[int]) -> None:
    """Real examples are better, where there are any."""
    mixing, made = Combinations.among(NAMES, WORDS).joined(np.array(labels), seed=1)

    assert mixing.shape == (0, len(labels))
    assert not len(made)
