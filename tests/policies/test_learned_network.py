"""The network behind the learned policies: what it answers, why, and that learning is the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from tests.policies.learned_bots import decisions, lesson
from turnwise.policies.dialogue_features import ANY_TIME, Feature, features, text_grams
from turnwise.policies.learned_network import Network
from turnwise.policies.learned_training import Decision, trained

RAIN = ("intent", 0, "rain")
SUN = ("intent", 0, "sun")
UNHEARD_OF = ("intent", 0, "snow")


@pytest.fixture
def network() -> Network:
    """Two features, two hidden units, two labels, no bias; rain keeps sun from counting in full."""
    return Network(
        vocabulary=[RAIN, SUN],
        labels=["stay", "walk"],
        scale=1.0,
        input_weights=np.array([[2.0, -1.0], [0.0, 3.0]], dtype=np.float16),
        input_bias=np.zeros(2, dtype=np.float16),
        output_weights=np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float16),
        output_bias=np.zeros(2, dtype=np.float16),
    )


@pytest.mark.parametrize(
    ("found", "stay", "walk"),
    [({RAIN: 1.0}, 2.0, 0.0), ({SUN: 1.0}, 0.0, 3.0), ({RAIN: 1.0, SUN: 1.0}, 2.0, 2.0), ({}, 0.0, 0.0)],
)
def test_scores(network: Network, found: dict[Feature, float], stay: float, walk: float) -> None:
    """A hidden unit passes on what is above zero."""
    assert network.scores(found).tolist() == [stay, walk]


def test_unknown_features_count_for_nothing(network: Network) -> None:
    """What was in no story says nothing."""
    assert network.scores({RAIN: 1.0, UNHEARD_OF: 1.0}).tolist() == network.scores({RAIN: 1.0}).tolist()


def test_probabilities_are_softened_by_the_temperature(network: Network) -> None:
    """They sum to one, and at temperature 1 are the exponentials of the scores."""
    shares = network.probabilities({RAIN: 1.0})
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] / shares[1] == pytest.approx(np.exp(2.0))


def test_reasons_add_up_to_the_lead(network: Network) -> None:
    """Without biases the weights of all features are the difference of the two scores."""
    found = {RAIN: 0.5, SUN: 1.0}
    stay, walk = network.scores(found).tolist()
    reasons = network.reasons(found, chosen=1, rival=0)

    assert reasons == [(*SUN, 3.0), (*RAIN, -1.5)]
    assert sum(reason.weight for reason in reasons) == pytest.approx(walk - stay)


def test_a_saved_network_is_the_same(network: Network) -> None:
    """Files hold all there is."""
    loaded = Network.load(network.dump())

    assert loaded.vocabulary == network.vocabulary
    assert loaded.scores({RAIN: 1.0, SUN: 0.25}).tolist() == network.scores({RAIN: 1.0, SUN: 0.25}).tolist()


def test_learning_does_not_depend_on_the_order_of_adding() -> None:
    """Processors add in different orders; every sum is exact, so that the same bytes come out."""
    mood = lesson(augmentation=20)
    forwards, backwards = [], []
    for number, (tracker, action) in enumerate(decisions(mood)):
        found = features(tracker.states())
        forwards.append(Decision(found, action, number))
        backwards.append(Decision(dict(reversed(found.items())), action, number))

    assert trained(forwards).dump() == trained(backwards).dump()


def test_confidence_is_measured_on_stories_not_learned_from() -> None:
    """Where what comes next is a matter of chance, the policy says so."""
    coin = [
        Decision({RAIN: 1.0, ("action", 3, f"a{story}"): 1.0}, ("stay", "walk")[story * 7 % 5 % 2], story)
        for story in range(60)
    ]
    network = trained(coin)

    assert network.temperature > 1.0
    assert network.probabilities({RAIN: 1.0}).max() < 0.8


# -- features ------------------------------------------------------------------------------------


def test_a_feature_says_what_was_and_when() -> None:
    """Each part of the window stands there in its place, and as something that was at any time."""
    mood = lesson()
    tracker = next(tracker for tracker, action in decisions(mood) if action == "utter_did_that_help")
    found = features(tracker.states())

    assert {
        ("action", 0, "utter_cheer_up"),
        ("turn_action", 0, "utter_cheer_up"),
        ("intent", 0, "mood_unhappy"),
        ("intent", 1, "greet"),
        ("turn_action", 1, "utter_greet"),
        ("intent_part", ANY_TIME, "greet"),
    } <= found.keys()


def test_what_is_the_case_now_weighs_most() -> None:
    """The longer ago, the less."""
    mood = lesson()
    tracker = next(tracker for tracker, action in decisions(mood) if action == "utter_goodbye")
    found = features(tracker.states())
    weights = [found[("intent", ago, name)] for ago, name in enumerate(["deny", "mood_unhappy", "greet"])]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 1.0


@pytest.mark.parametrize(("one", "other"), [("Hello!", "hello"), ("ＨＥＬＬＯ", "hello"), ("a  b", "A b?")])
def test_texts_are_compared_without_case_and_punctuation(one: str, other: str) -> None:
    """People leave them out, and phones put them in."""
    assert text_grams(one) == text_grams(other)
