"""Going on from a network of the learned policies."""

from __future__ import annotations

import pytest

from tests.policies.learned_bots import MOOD_DOMAIN, MOOD_STORIES, NO_RULES, Lesson, conversation, lesson
from turnwise.policies.learned import LearnedPolicy
from turnwise.policies.unlikely_intent import UnlikelyIntentPolicy

MORE = f"""{MOOD_STORIES}
- story: a bot that is asked what it is
  steps:
  - intent: greet
  - action: utter_greet
  - intent: goodbye
  - action: utter_goodbye
"""
LEARNED = (LearnedPolicy, UnlikelyIntentPolicy)


@pytest.fixture(scope="module")
def first() -> Lesson:
    return lesson()


@pytest.fixture(scope="module")
def more() -> Lesson:
    return lesson(MOOD_DOMAIN, MORE)


def test_new_stories_are_learned_and_old_ones_not_forgotten(first: Lesson, more: Lesson) -> None:
    files = LearnedPolicy.train({}, first.conversations, first.domain).dump()
    policy = LearnedPolicy.resume({}, more.conversations, more.domain, files, 10.0)

    assert policy is not None
    for said, answer in (
        (("/greet", "utter_greet", "/goodbye"), "utter_goodbye"),
        (("/greet", "utter_greet", "/mood_great"), "utter_happy"),
    ):
        found = policy.predict(conversation(more.domain, *said), more.domain, NO_RULES)
        assert found is not None
        assert found.best(more.domain) == answer


@pytest.mark.parametrize("kind", LEARNED)
def test_the_fraction_of_epochs_counts(
    kind: type[LearnedPolicy | UnlikelyIntentPolicy], first: Lesson
) -> None:
    """The same twice gives the same bytes, more passes give others."""
    files = kind.train({}, first.conversations, first.domain).dump()
    once, again, longer = (
        kind.resume({}, first.conversations, first.domain, files, share) for share in (1.0, 1.0, 5.0)
    )

    assert once is not None
    assert again is not None
    assert longer is not None
    assert files != once.dump() == again.dump() != longer.dump()


@pytest.mark.parametrize("kind", LEARNED)
def test_answers_that_it_does_not_know_are_learned_anew(
    kind: type[LearnedPolicy | UnlikelyIntentPolicy], first: Lesson, more: Lesson
) -> None:
    """As is everything where nothing had been learned."""
    known = kind.train({}, first.conversations, first.domain).dump()
    stories = MORE.replace("intent: goodbye", "intent: bot_challenge").replace(
        "action: utter_goodbye\n" if kind is LearnedPolicy else "nothing", "action: action_restart\n"
    )
    other = lesson(MOOD_DOMAIN, stories)
    empty = kind.train({}, [], first.domain).dump()

    assert kind.resume({}, other.conversations, other.domain, known, 1.0) is None
    assert kind.resume({}, more.conversations, more.domain, empty, 1.0) is None
