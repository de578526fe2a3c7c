"""The policy in UnexpecTEDIntentPolicy's place: it raises few alarms, and none that stories contradict."""

from __future__ import annotations

import pytest

from tests.policies.learned_bots import NO_RULES, Lesson, conversation, decisions, lesson, said
from turnwise.dialogue.domain import ACTION_LISTEN, ACTION_UNLIKELY_INTENT
from turnwise.dialogue.events import ActionExecuted
from turnwise.policies.learned import LearnedPolicy
from turnwise.policies.policy import Prediction
from turnwise.policies.unlikely_intent import UnlikelyIntentPolicy, UnlikelyIntentSettings
from turnwise.training.policies import load_ensemble, train_policies

CONFIG = {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": 100}

SHOP_DOMAIN = """
version: "3.1"
intents: [greet, order, pay, cancel, thank, bye, curse]
actions: [utter_greet, utter_order, utter_pay, utter_cancel, utter_thank, utter_bye]
"""


def shop_stories() -> str:
    """Orders that are paid or cancelled after they were made, and never before; all possible courses."""
    stories = ["version: '3.1'", "stories:"]
    for first in ("greet", None):
        for deed in ("pay", "cancel"):
            for thanks in ("thank", None):
                course = [name for name in (first, "order", deed, thanks, "bye") if name]
                stories += [f"- story: {' '.join(course)}", "  steps:"]
                for intent in course:
                    stories += [f"  - intent: {intent}", f"  - action: utter_{intent}"]
    return "\n".join(stories)


@pytest.fixture(scope="module")
def shop() -> Lesson:
    return lesson(SHOP_DOMAIN, shop_stories(), augmentation=20)


@pytest.fixture(scope="module")
def policy(shop: Lesson) -> UnlikelyIntentPolicy:
    return trained(shop)


def trained(lesson: Lesson, **settings: object) -> UnlikelyIntentPolicy:
    return UnlikelyIntentPolicy.train(CONFIG | settings, lesson.conversations, lesson.domain)


def predicted(policy: UnlikelyIntentPolicy, lesson: Lesson, *happened: str) -> Prediction:
    prediction = policy.predict(conversation(lesson.domain, *happened), lesson.domain, NO_RULES)
    assert prediction is not None
    return prediction


@pytest.mark.parametrize("tolerance", [0.0, 0.5, 1.0])
def test_no_story_raises_an_alarm(shop: Lesson, tolerance: float) -> None:
    """However much tolerance is given: what stories say is likely."""
    policy = trained(shop, tolerance=tolerance)
    for tracker, _ in decisions(shop):
        prediction = policy.predict(tracker, shop.domain, NO_RULES)
        assert prediction is not None
        assert prediction.scores == {}


@pytest.mark.parametrize(
    "happened",
    [
        ["/greet", "utter_greet", "/greet"],
        ["/order", "utter_order", "/thank"],
        ["/order", "utter_order", "/order"],
        ["/greet", "utter_greet", "/bye"],
        ["/order", "utter_order", "/pay", "utter_pay", "/thank", "utter_thank", "/order"],
    ],
)
def test_small_variations_raise_no_alarm(
    policy: UnlikelyIntentPolicy, shop: Lesson, happened: list[str]
) -> None:
    """Stories never show all that people do."""
    assert predicted(policy, shop, *happened).scores == {}


def test_what_makes_no_sense_is_unlikely(shop: Lesson) -> None:
    """With tolerance, to pay before anything was ordered raises an alarm."""
    policy = trained(shop, tolerance=0.9)
    prediction = predicted(policy, shop, "/greet", "utter_greet", "/pay")

    assert prediction.best(shop.domain) == ACTION_UNLIKELY_INTENT
    assert prediction.confidence == 1.0


def test_an_alarm_says_how_unlikely(shop: Lesson) -> None:
    """The metadata have Rasa's form."""
    policy = trained(shop, tolerance=0.9, ranking_length=3)
    metadata = predicted(policy, shop, "/greet", "utter_greet", "/pay").action_metadata
    query, ranking = metadata["query_intent"], metadata["ranking"]

    assert query["name"] == "pay"
    assert query["severity"] == pytest.approx(query["threshold"] - query["score"])
    assert query["severity"] > 0
    assert [set(candidate) for candidate in ranking] == [{"name", "score", "threshold", "severity"}] * 3
    assert ranking[0]["name"] == "order"
    assert ranking[0]["score"] >= ranking[1]["score"] >= ranking[2]["score"]


@pytest.mark.parametrize("intent", ["curse", "unheard_of"])
def test_of_intents_in_no_story_nothing_is_known(shop: Lesson, intent: str) -> None:
    """They may come from rules, or from a newer domain."""
    assert predicted(trained(shop, tolerance=1.0), shop, f"/{intent}").scores == {}


def test_ignored_intents_raise_no_alarm(shop: Lesson) -> None:
    """`ignore_intents_list` names what may be said at any time."""
    policy = trained(shop, tolerance=0.9, ignore_intents_list=["pay"])
    assert predicted(policy, shop, "/greet", "utter_greet", "/pay").scores == {}


@pytest.mark.parametrize("done", [ACTION_UNLIKELY_INTENT, "utter_greet", ACTION_LISTEN])
def test_it_is_asked_once_for_each_message(shop: Lesson, done: str) -> None:
    """After anything was done about the message it has no say, so that it cannot repeat itself."""
    policy = trained(shop, tolerance=0.9)
    assert predicted(policy, shop, "/greet", "utter_greet", "/pay", done).scores == {}


def test_before_any_message_it_says_nothing(policy: UnlikelyIntentPolicy, shop: Lesson) -> None:
    """There is nothing to wonder about."""
    assert predicted(policy, shop).scores == {}


def test_other_policies_go_on_as_if_nothing_had_been(shop: Lesson) -> None:
    """`action_unlikely_intent` is nothing to a policy that learns from stories."""
    learned = LearnedPolicy.train({"max_history": 5}, shop.conversations, shop.domain)
    plain = conversation(shop.domain, "/greet", "utter_greet", "/pay")
    alarmed = plain.after(ActionExecuted(name=ACTION_UNLIKELY_INTENT))

    assert learned.predict(alarmed, shop.domain, NO_RULES) == learned.predict(plain, shop.domain, NO_RULES)


@pytest.mark.parametrize(
    "stories",
    [
        "stories: []",
        "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_greet",
        "stories:\n- story: s\n  steps:\n  - user: only words\n  - action: utter_greet",
    ],
)
def test_without_intents_in_stories_it_has_no_opinion(stories: str) -> None:
    """Bots of rules only, and bots without intents, are left alone."""
    bot = lesson("intents: [greet]\nactions: [utter_greet]", stories)
    untrained = trained(bot, tolerance=1.0)

    assert untrained.network is None
    loaded = UnlikelyIntentPolicy.load(CONFIG, untrained.dump())
    assert predicted(loaded, bot, "/greet").scores == {}


def test_a_message_without_an_intent_is_not_judged(policy: UnlikelyIntentPolicy, shop: Lesson) -> None:
    """NLU may find none."""
    tracker = conversation(shop.domain, said(None, "hm"))
    prediction = policy.predict(tracker, shop.domain, NO_RULES)
    assert prediction is not None
    assert prediction.scores == {}


def test_a_saved_policy_judges_the_same(shop: Lesson) -> None:
    """Thresholds and network survive, and the tolerance may be changed without training."""
    strict = trained(shop, tolerance=0.9)
    loaded = UnlikelyIntentPolicy.load(CONFIG | {"tolerance": 0.9}, strict.dump())
    lenient = UnlikelyIntentPolicy.load(CONFIG, strict.dump())
    happened = ("/greet", "utter_greet", "/pay")

    assert predicted(loaded, shop, *happened) == predicted(strict, shop, *happened)
    assert predicted(lenient, shop, *happened).scores == {}


def test_it_is_found_by_rasas_name(shop: Lesson) -> None:
    """`name: UnexpecTEDIntentPolicy` in config.yml is enough, with whatever else Rasa allows there."""
    config = CONFIG | {"tolerance": 0.9, "number_of_negative_examples": 20}
    files, _ = train_policies([config], lambda: shop.conversations, shop.domain, "")
    ensemble = load_ensemble([config], files)
    prediction = ensemble.predict(conversation(shop.domain, "/greet", "utter_greet", "/pay"), shop.domain)

    assert prediction.policy == "UnexpecTEDIntentPolicy"
    assert prediction.action_metadata["query_intent"]["name"] == "pay"


def test_settings_have_rasas_defaults() -> None:
    """Priority 2, no tolerance, ten intents in the ranking."""
    assert UnlikelyIntentSettings.read({"name": "UnexpecTEDIntentPolicy"}) == UnlikelyIntentSettings(
        priority=2, tolerance=0.0, ignore_intents_list=(), ranking_length=10
    )
