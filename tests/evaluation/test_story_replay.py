"""Replaying test stories: what the assistant would do at each step, and how mistakes are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from turnwise.assistant import Assistant
from turnwise.dialogue.domain import ACTION_UNLIKELY_INTENT, Domain
from turnwise.dialogue.events import UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.evaluation.replayed_story import ReplayedStory, WrongPrediction
from turnwise.evaluation.story_replay import CIRCUIT_BREAKER
from turnwise.evaluation.story_scores import conversations_of, evaluate_stories, evaluate_story_text
from turnwise.evaluation.story_yaml import stories_document
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.policy import Prediction
from turnwise.project.story_file import stories_from_text

Replay = Callable[..., ReplayedStory]


def steps_of(story: ReplayedStory) -> list[str]:
    """The story's lines in a report, without its head."""
    return [line[2:] for line in stories_document([story.written()]).split("\n")[4:-1]]


def test_a_right_story(replay: Replay) -> None:
    """Everything is predicted as written; the first listen is not predicted."""
    story = replay("- intent: greet\n- action: utter_greet\n- intent: bye\n- action: utter_bye")
    assert story.is_right
    assert [choice.predicted for choice in story.actions] == [
        "utter_greet",
        "action_listen",
        "utter_bye",
        "action_listen",
    ]
    assert steps_of(story) == [
        "- intent: greet",
        "- action: utter_greet",
        "- intent: bye",
        "- action: utter_bye",
    ]


def test_a_wrong_action_does_not_derail_the_rest(replay: Replay) -> None:
    """The story goes on as written, with a remark where the assistant would have done something else."""
    story = replay("- intent: greet\n- action: utter_bye\n- intent: bye\n- action: utter_bye")
    assert not story.is_right
    assert "- action: utter_bye  # predicted: utter_greet" in steps_of(story)
    assert steps_of(story)[-1] == "- action: utter_bye"


def test_a_form_may_refuse_an_answer(replay: Replay) -> None:
    """Where the story goes on with something else than the form, the form is taken to have refused."""
    story = replay(
        "- intent: order\n- action: dish_form\n- active_loop: dish_form\n"
        "- intent: chat\n- action: utter_chat\n- action: dish_form\n- active_loop: null\n- action: utter_done"
    )
    assert story.is_right


def test_words_are_read_in_a_test_end_to_end(replay: Replay) -> None:
    """Intents and entities are compared with those of the model."""
    steps = (
        "- intent: order\n  user: order [soup](dish)\n- slot_was_set:\n  - dish: soup\n- action: dish_form\n"
    )
    story = replay(f"{steps}- active_loop: dish_form", end_to_end=True)
    assert [reading.is_right for reading in story.readings] == [True]


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        ("- intent: bye\n  user: hello", ["- intent: bye  # predicted: greet: hello"]),
        ("- intent: greet\n  user: hello soup", ["- intent: greet  # predicted: greet: hello [soup](dish)"]),
        (
            "- intent: greet\n  user: hello [soup](drink)",
            ["- intent: greet", "  entities:", "  - drink: soup  # predicted: dish: soup"],
        ),
        (
            "- intent: greet\n  user: '[hello](word)'",
            ["- intent: greet  # predicted: greet: hello", "  entities: []"],
        ),
    ],
)
def test_what_was_understood_otherwise_is_remarked(replay: Replay, turn: str, shown: list[str]) -> None:
    """The remark says which intent was found, or which entity in the place of the expected one."""
    story = replay(f"{turn}\n- action: utter_greet", end_to_end=True)
    assert not story.is_right
    assert steps_of(story)[: len(shown)] == shown


def test_without_words_the_intent_is_taken(replay: Replay) -> None:
    """A step without text cannot be read, and counts as right."""
    assert replay("- intent: greet\n- action: utter_greet", end_to_end=True).is_right


def test_values_of_entities_are_compared_as_text(replay: Replay) -> None:
    """What an extractor finds is a text; a number in a story is the same."""
    story = replay(
        "- intent: inform\n  user: '/inform{\"dish\": 5}'\n- action: action_default_fallback", end_to_end=True
    )
    assert story.readings[0].is_right


def test_no_turn_is_endless(replay: Replay) -> None:
    """After ten actions nothing is predicted any more."""
    story = replay("- intent: greet\n" + "- action: utter_greet\n" * 11)
    assert [choice.predicted for choice in story.actions][10] == CIRCUIT_BREAKER


@pytest.mark.parametrize("turn", ["- intent: greet\n- action: utter_bye", "- intent: bye\n  user: hello"])
def test_failing_early(replay: Replay, turn: str) -> None:
    """The first mistake ends the test and shows the story so far."""
    with pytest.raises(WrongPrediction, match="predicted"):
        replay(turn, end_to_end=True, fails_early=True)


@dataclass(frozen=True, slots=True)
class Doubting:
    """Finds each intent unlikely once."""

    name: str = "Doubting"
    priority: int = 9

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        last = next(iter(tracker.backwards()), None)
        if not isinstance(last, UserUttered):
            return None
        metadata = {"query_intent": {"severity": 0.25}}
        return Prediction(
            policy=self.name, priority=9, scores={ACTION_UNLIKELY_INTENT: 1.0}, action_metadata=metadata
        )

    def dump(self) -> Mapping[str, bytes]:
        return {}


@pytest.fixture
def doubting(assistant: Assistant) -> Assistant:
    assert assistant.ensemble is not None
    # Other policies may be as sure, but have a lower priority.
    return replace(assistant, ensemble=Ensemble([*assistant.ensemble.policies, Doubting()]))


def test_unlikely_intents_are_warnings(doubting: Assistant) -> None:
    """The prediction is repeated; a story without other mistakes is right, with a warning."""
    text = "stories:\n- story: s\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    graph = stories_from_text(text, doubting.domain)
    evaluation = evaluate_stories(conversations_of(graph, doubting.domain), doubting)
    story = evaluation.stories[0]
    assert story.is_right
    assert evaluation.with_warnings == [story]
    assert story.severity == 0.25
    assert steps_of(story)[1] == "- action: utter_greet  # predicted: action_unlikely_intent"


def test_the_answer_of_the_http_api(assistant: Assistant) -> None:
    """All scores, and each action beside its prediction."""
    text = "stories:\n- story: s\n  steps:\n  - intent: greet\n  - action: utter_bye\n"
    answer = evaluate_story_text(text, assistant)
    assert answer["actions"][0] == {
        "action": "utter_bye",
        "predicted": "utter_greet",
        "policy": "MemoizationPolicy",
        "confidence": 1.0,
    }
    assert answer["accuracy"] == 0.0
    assert answer["is_end_to_end_evaluation"] is False
    assert set(answer["report"]) >= {"utter_bye", "action_listen", "accuracy", "macro avg"}
    assert answer["in_training_data_fraction"] == 1.0
