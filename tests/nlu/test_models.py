"""The numbers behind components: sums over paths, weights in eight bits, confidences that come true."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from turnwise.nlu.arrays import packed, unpacked
from turnwise.nlu.message import Token
from turnwise.nlu.models.assurance import Assurance
from turnwise.nlu.models.intent_fitting import fold_of
from turnwise.nlu.models.intent_training import best_temperature
from turnwise.nlu.models.nearness import Nearness, to_remember
from turnwise.nlu.models.paths import Paths
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.sentence_lattice import Lattice
from turnwise.nlu.models.tag_features import feature_names
from turnwise.nlu.models.tagger import Tagger
from turnwise.nlu.models.tags import States

Floats = npt.NDArray[np.floating]

STATES = States(labels=[("city", "from", None), ("city", "to", None)])


def visited(path: tuple[int, ...]) -> list[int]:
    """Outside (0) and labels from 1 along a path, between the start and the end of the text (-1)."""
    ends = {first: (last, 1 + label) for first, last, label in STATES.spans(path)}
    labels, token = [-1], 0
    while token < len(path):
        last, label = ends.get(token, (token, 0))
        labels.append(label)
        token = last + 1
    return [*labels, -1]


def paths_and_shares(emissions: Floats, moves: Floats) -> tuple[list[tuple[int, ...]], Floats]:
    """Every allowed path through the states, and how likely it is; by trying all of them."""
    every = itertools.product(range(STATES.count), repeat=len(emissions))
    paths = [path for path in every if tuple(STATES.path(len(path), STATES.spans(path)).tolist()) == path]
    scores = [
        sum(moves[a, b] for a, b in itertools.pairwise(visited(path)))
        + sum(emissions[index, state] for index, state in enumerate(path))
        for path in paths
    ]
    weights = np.exp(np.array(scores))
    return paths, weights / weights.sum()


def random_case(length: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(length)
    emissions = random.normal(size=(length, STATES.count)).astype(np.float32)
    moves = random.normal(size=(4, 4)).astype(np.float16).astype(np.float32)
    return emissions, moves


def test_expected_counts_are_those_of_all_paths_tried() -> None:
    """For texts of several lengths side by side; states and moves between labels."""
    _, moves = random_case(3)
    lengths = np.array([3, 2, 1])
    emissions = np.zeros((3, 3, STATES.count))
    for row, length in enumerate(lengths):
        emissions[row, :length] = random_case(int(length))[0]
    expected = Lattice(STATES, moves.astype(np.float64), emissions, lengths).expected()

    total = 0.0
    for row, length in enumerate(lengths):
        paths, chances = paths_and_shares(emissions[row, :length], moves)
        states = np.zeros((length, STATES.count))
        for path, chance in zip(paths, chances, strict=True):
            states[np.arange(length), path] += chance
            total += chance * (len(STATES.spans(path)) + sum(state == 0 for state in path) + 1)
        assert np.allclose(expected.states[row, :length], states, atol=1e-6)
    assert expected.moves.sum() == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
@pytest.mark.parametrize("sureness", [1.0, 8.0])
def test_the_likeliest_path_is_found_and_how_likely_each_state_is(length: int, sureness: float) -> None:
    """Viterbi and the sums over paths agree with trying all of them, be the choice close or clear."""
    emissions, moves = random_case(length)
    emissions *= np.float32(sureness)
    paths, chances = paths_and_shares(emissions, moves)
    best = list(paths[int(chances.argmax())])
    states = np.zeros((length, STATES.count))
    for path, chance in zip(paths, chances, strict=True):
        states[np.arange(length), path] += chance
    found = Paths(STATES, moves)
    shares = found.shares(emissions)

    assert np.allclose(shares, states, atol=1e-6)
    assert found.searched(emissions) == best
    assert found.likeliest(emissions, shares) == best


def test_a_long_text_stays_within_the_range_of_numbers() -> None:
    """Sums over a thousand tokens, each far less likely than it could be, are still shares."""
    emissions = np.tile(random_case(3)[0] * np.float32(20), (400, 1))
    shares = Paths(STATES, random_case(3)[1]).shares(emissions)

    assert np.allclose(shares.sum(axis=1), 1)
    assert np.isfinite(shares).all()


def test_the_tagger_says_how_likely_each_entity_is() -> None:
    """Under whatever role and prefix: what is missing to 1 is the likelihood of no entity at all."""
    words = [Token(text="abc"[index] * 2, start=3 * index, end=3 * index + 2) for index in range(3)]
    names = sorted({name for told in feature_names().of(words) for name in told})
    weights = Quantised.of(np.random.default_rng(5).normal(size=(len(names), STATES.count)))
    moves = random_case(3)[1]
    tagger = Tagger(STATES, names, weights, moves.astype(np.float16), sees_intent=False)
    rows = [[names.index(name) for name in told] for told in feature_names().of(words)]
    emissions = np.stack([weights.rows(np.array(own, dtype=np.int32)).sum(axis=0) for own in rows])
    paths, chances = paths_and_shares(emissions, moves)
    best = paths[int(chances.argmax())]
    tagging = tagger.taggings(words)["entity"]

    assert tagging.tags == [f"{'BILU'[(state - 1) // 2]}-city" if state else "O" for state in best]
    for index, state in enumerate(best):
        outside = sum(chance for path, chance in zip(paths, chances, strict=True) if path[index] == 0)
        assert tagging.confidences[index] == pytest.approx(1 - outside if state else outside, abs=1e-4)


@pytest.mark.parametrize("spans", [[], [(0, 0, 1)], [(0, 2, 0), (3, 3, 1)], [(1, 2, 1)]])
def test_spans_become_a_path_and_come_back(spans: list[tuple[int, int, int]]) -> None:
    """First token, last token, label."""
    assert STATES.spans(STATES.path(4, spans).tolist()) == spans


def test_eight_bits_keep_a_weight_to_a_hundredth_of_the_largest() -> None:
    """Each column has its own step; what a machine adds in the last digit is gone."""
    matrix = np.random.default_rng(1).normal(size=(200, 3)) * np.array([1.0, 100.0, 0.001])
    small = Quantised.of(matrix)
    again = Quantised.of(matrix * (1 + 1e-12))

    restored = small.rows(np.arange(200, dtype=np.int32))
    assert np.all(np.abs(restored - matrix) <= np.abs(matrix).max(axis=0) / 200)
    assert np.array_equal(small.values, again.values)
    assert np.array_equal(small.steps, again.steps)


def test_a_sparse_vector_times_eight_bit_weights() -> None:
    """The same as with the restored matrix."""
    small = Quantised.of(np.arange(12.0).reshape(4, 3))
    indices, values = np.array([1, 3], dtype=np.int32), np.array([2.0, -1.0], dtype=np.float32)

    assert np.allclose(small.times(indices, values), values @ small.rows(indices), atol=1e-4)


def test_arrays_are_stored_without_date_or_order() -> None:
    """The bytes depend on names and numbers alone."""
    first = packed({"a": np.arange(3), "b": np.ones((2, 2), dtype=np.float16)})
    second = packed({"b": np.ones((2, 2), dtype=np.float16), "a": np.arange(3)})

    assert first == second
    assert unpacked(first)["a"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="damaged"):
        unpacked(first[:-30])


def test_folds_share_every_class_evenly() -> None:
    """So that each model that is asked has seen examples of every intent."""
    labels = np.repeat(np.arange(4), 9)
    part = fold_of(labels, 3, seed=1)

    assert all(np.bincount(part[labels == label]).tolist() == [3, 3, 3] for label in range(4))


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(true: float) -> None:
    """Within a tenth, from enough labels drawn at that temperature."""
    random = np.random.default_rng(11)
    scores = random.normal(size=(6000, 5)).astype(np.float32) * 3
    weights = np.exp(scores / true)
    chances = weights / weights.sum(axis=1, keepdims=True)
    labels = np.array([random.choice(5, p=row / row.sum()) for row in chances.astype(np.float64)])

    assert best_temperature(scores, labels) == pytest.approx(true, rel=0.12)


def test_messages_with_unusual_scores_are_less_sure() -> None:
    """Equally high is the best score; what tells them apart is how the others look."""
    random = np.random.default_rng(2)
    labels = np.arange(2000) % 4
    usual = np.array([[6, 3, 0, 0], [3, 6, 0, 0], [0, 0, 6, 3], [0, 0, 3, 6]], dtype=np.float32)
    scores = (usual[labels] + random.normal(size=(2000, 4)) * 0.5).astype(np.float32)
    none = np.zeros((2000, 0), dtype=np.float32)
    assurance = Assurance.learned(scores, labels, none)

    known = assurance.confidence(np.array([6, 3, 0, 0], dtype=np.float32), none[0])
    strange = assurance.confidence(np.array([6, 0, 0, 3], dtype=np.float32), none[0])
    surer = assurance.confidence(np.array([9, 3, 0, 0], dtype=np.float32), none[0])
    absurd = assurance.confidence(np.array([6, -90, -90, 3], dtype=np.float32), none[0])

    assert strange < 0.5 < known
    assert surer >= known - 0.01
    assert 1e-5 < absurd <= strange, "a confidence is a number that people can read"


def test_messages_with_no_known_text_nearby_are_less_sure() -> None:
    """Scores are equal; what tells them apart is where the dense features point. Few texts are enough."""
    random = np.random.default_rng(3)
    labels = np.arange(16) % 2
    scores = (np.eye(2)[labels] * 4 + random.normal(size=(16, 2)) * 0.2).astype(np.float32)
    dense = (np.eye(3)[labels] + random.normal(size=(16, 3)) * 0.1).astype(np.float32)
    assurance = Assurance.learned(scores, labels, dense)

    like_the_first = np.array([4, 0], dtype=np.float32)
    known = assurance.confidence(like_the_first, np.array([1, 0.1, 0], dtype=np.float32))
    unknown = assurance.confidence(like_the_first, np.array([0, 0, 1], dtype=np.float32))

    assert unknown < 0.5 < known


def test_nearness_is_measured_among_other_texts_of_the_intent() -> None:
    """In spreads of the usual cosine; a text that is the message itself does not count."""
    texts = np.array([[1, 0], [3, 1], [1, 1], [0, 1], [0, 2]], dtype=np.float32)
    labels = np.array([0, 0, 0, 1, 1])
    near = Nearness.learned(texts, labels, to_remember(labels), 3)

    assert near.lack(np.array([5, 0], dtype=np.float32), 0) == 0
    assert near.lack(texts[2], 0, besides=2) > near.lack(texts[2], 0) == 0
    assert near.lack(np.array([-1, 0], dtype=np.float32), 1) > near.lack(
        np.array([1, 1], dtype=np.float32), 1
    )
    assert near.lack(texts[0], 2) == 0, "an intent of which no text is known says nothing"


def test_a_hundred_texts_of_each_intent_are_remembered() -> None:
    """In order of their intents, so that a model stays small."""
    labels = np.array([1, 0] * 150)
    remembered = to_remember(labels)

    assert labels[remembered].tolist() == [0] * 100 + [1] * 100
    assert remembered[:3].tolist() == [1, 3, 5]
