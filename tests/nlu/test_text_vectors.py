"""A text as a vector of its words, pairs of them, phrases and letters."""

from __future__ import annotations

import numpy as np

from turnwise.nlu.message import Message
from turnwise.nlu.models.text_vectors import FAMILIES, TextVectors, features_of

DOCUMENTS = [features_of(Message(text)) for text in ("cancel my order", "where is my order", "cancel it")]


def test_a_text_is_the_same_whenever_it_is_asked_for() -> None:
    """Letters of words that were met in training are noted; that changes nothing."""
    fresh, used = TextVectors.learned(DOCUMENTS), TextVectors.learned(DOCUMENTS)
    for document in DOCUMENTS:
        used.vector(document)
    document = features_of(Message("cancel the order my order"))
    expected, found = fresh.vector(document), used.vector(document)

    assert found.indices.tolist() == expected.indices.tolist()
    assert found.values.tolist() == expected.values.tolist()


def test_every_family_has_its_length() -> None:
    """Whatever the number of features in it; a feature that occurs twice counts more than once."""
    vectors = TextVectors.learned(DOCUMENTS)
    vector = vectors.vector(features_of(Message("cancel cancel order")))
    pairs = zip(vector.indices.tolist(), vector.values.tolist(), strict=True)
    named = {vectors.name_at(place): value for place, value in pairs}
    lengths = {
        family: np.sqrt(sum(value**2 for (own, _), value in named.items() if own == family))
        for family in FAMILIES[:3]
    }

    assert np.allclose([lengths["words"], lengths["letters"]], [0.8, 1.0])
    assert named["words", "cancel"] > named["words", "order"] > 0
    assert named["letters", " can"] > 0


def test_only_words_of_the_training_texts_are_noted() -> None:
    """What users write besides takes no memory, however much it is."""
    vectors = TextVectors.learned(DOCUMENTS)
    for index in range(50):
        vectors.vector(features_of(Message(f"cancel order number{index}")))

    assert set(vectors._letters) == {"cancel", "order"}
