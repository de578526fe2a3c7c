"""Testing dialogue: every story is replayed, and what the assistant would have done is counted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnwise.assistant import Assistant
from turnwise.dialogue.domain import Domain
from turnwise.errors import ModelError
from turnwise.evaluation.metrics import Metrics, metrics
from turnwise.evaluation.nlu_results import EntityResult
from turnwise.evaluation.replayed_story import ReplayedStory
from turnwise.evaluation.story_replay import replayed
from turnwise.evaluation.user_turns import EntityFields
from turnwise.project.files import YAML_EXTENSIONS, files_below, is_test_file
from turnwise.project.nlu_data import EntitySpan
from turnwise.project.nlu_writer import annotated
from turnwise.project.story_file import load_stories, stories_from_text
from turnwise.project.story_steps import StoryGraph
from turnwise.training.stories import TrainingTracker, training_trackers

NO_ENTITY = "None"
"""Stands where one of two annotations is missing."""
STORY_SEED = 0
"""Decides which stories are taken when there are more than wanted."""
LEARNED_BY_HEART = ("MemoizationPolicy", "AugmentedMemoizationPolicy", "RulePolicy")
"""Policies that predict only what stories and rules say."""

Progress = Callable[[str, float], None]


@dataclass(slots=True, kw_only=True)
class StoryEvaluation:
    """What became of all test stories, in their order."""

    stories: list[ReplayedStory] = field(default_factory=list)
    is_end_to_end: bool = False

    @property
    def failed(self) -> list[ReplayedStory]:
        return [story for story in self.stories if not story.is_right]

    @property
    def successful(self) -> list[ReplayedStory]:
        return [story for story in self.stories if story.is_right]

    @property
    def with_warnings(self) -> list[ReplayedStory]:
        """Right stories with an intent that the assistant found unlikely, the least likely first."""
        warned = [story for story in self.successful if story.has_warnings]
        return sorted(warned, key=lambda story: -story.severity)

    @property
    def action_labels(self) -> tuple[list[str], list[str]]:
        """Expected and predicted actions."""
        choices = [choice for story in self.stories for choice in story.actions]
        return [choice.expected for choice in choices], [choice.predicted for choice in choices]

    @property
    def policy_entities(self) -> list[EntityResult]:
        return [entities for story in self.stories for entities in story.policy_entities]

    def metrics(self) -> Metrics:
        """Scores over actions, intents and annotated entities together."""
        targets, predictions = self.action_labels
        readings = [reading for story in self.stories for reading in story.readings]
        pairs = _aligned(
            [entity for reading in readings for entity in reading.entities],
            [entity for reading in readings for entity in reading.predicted_entities],
        )
        return metrics(
            [*targets, *(reading.intent for reading in readings), *(target for target, _ in pairs)],
            [
                *predictions,
                *(reading.predicted_intent for reading in readings),
                *(found for _, found in pairs),
            ],
        )

    def report(self) -> dict[str, Any]:
        """What `story_report.json` holds."""
        report = dict(self.metrics().report)
        if self.stories:
            right = len(self.successful)
            report["conversation_accuracy"] = {
                "accuracy": right / len(self.stories),
                "correct": right,
                "with_warnings": len(self.with_warnings),
                "total": len(self.stories),
            }
        return report

    @property
    def in_training_data_fraction(self) -> float:
        """Share of the actions that followed from what stories or rules say word for word, in [0, 1]."""
        choices = [choice for story in self.stories for choice in story.actions]
        known = sum(choice.policy in LEARNED_BY_HEART for choice in choices)
        return known / len(choices) if choices else 0.0

    def to_json(self) -> dict[str, Any]:
        """What `POST /model/test/stories` answers."""
        found = self.metrics()
        return {
            "report": found.report,
            "precision": found.precision,
            "f1": found.f1,
            "accuracy": found.accuracy,
            "actions": [choice.to_json() for story in self.stories for choice in story.actions],
            "is_end_to_end_evaluation": self.is_end_to_end,
            "in_training_data_fraction": self.in_training_data_fraction,
        }


def conversations_below(
    paths: str | Path, domain: Domain, *, end_to_end: bool = False, limit: int | None = None
) -> list[TrainingTracker]:
    """The stories below `paths` as conversations; rules are no tests, nor is what lies in hidden folders.

    Args:
        end_to_end: Only those in files whose names begin with `test_`.
        limit: No more than this; which ones is drawn, with a fixed seed.

    Raises:
        ProjectError: a file cannot be read.
    """
    # Reports name a single file by its whole path and files of a folder as they were found, as Rasa's do.
    files = files_below(Path(paths).absolute() if Path(paths).is_file() else paths, YAML_EXTENSIONS)
    files = [file for file in files if not _is_hidden(file, paths)]
    if end_to_end:
        files = [file for file in files if is_test_file(file)]
    return conversations_of(load_stories(files, domain), domain, limit)


def _is_hidden(file: str, folder: str | Path) -> bool:
    """Whether a file lies in a hidden folder below `folder`, such as that of a virtual environment."""
    below = Path(file).parts[len(Path(folder).parts) :]
    return any(part.startswith(".") for part in below[:-1])


def conversations_of(graph: StoryGraph, domain: Domain, limit: int | None = None) -> list[TrainingTracker]:
    """The stories of `graph` as conversations, equal ones once; see `conversations_below`."""
    found = list(training_trackers(StoryGraph(steps=graph.stories), domain, augmentation=0).stories)
    if limit is not None and len(found) > limit:
        chosen = random.Random(STORY_SEED).sample(range(len(found)), limit)
        found = [found[index] for index in sorted(chosen)]
    return found


def evaluate_stories(
    conversations: Iterable[TrainingTracker],
    assistant: Assistant,
    *,
    end_to_end: bool = False,
    fails_early: bool = False,
    progress: Progress | None = None,
) -> StoryEvaluation:
    """Replays every conversation.

    Args:
        end_to_end: Let the model read the users' words.
        fails_early: Stop at the first thing that is wrong.
        progress: Told a name and the share of the stories that is done.

    Raises:
        ModelError: the model has no policies.
        WrongPrediction: something is wrong, and `fails_early`.
    """
    if assistant.ensemble is None:
        raise ModelError("the model has no policies, so stories cannot be tested with it")
    understand = assistant.understand if end_to_end else None
    evaluation = StoryEvaluation(is_end_to_end=end_to_end)
    waiting = list(conversations)
    for number, conversation in enumerate(waiting, start=1):
        story = replayed(conversation, assistant, understand=understand, fails_early=fails_early)
        evaluation.stories.append(story)
        if progress:
            progress("test stories", number / len(waiting))
    return evaluation


def evaluate_story_text(text: str, assistant: Assistant, *, end_to_end: bool = False) -> dict[str, Any]:
    """What `POST /model/test/stories` answers to stories in YAML.

    Raises:
        ProjectError: `text` holds something else.
        ModelError: the model has no policies.
    """
    # Only in files named so may a story tell retrieval intents apart and give words beside intents.
    graph = stories_from_text(text, assistant.domain, file="test_stories.yml")
    conversations = conversations_of(graph, assistant.domain)
    return evaluate_stories(conversations, assistant, end_to_end=end_to_end).to_json()


# -- entities beside each other ------------------------------------------------------------------------


def _aligned(expected: Sequence[EntityFields], predicted: Sequence[EntityFields]) -> list[tuple[str, str]]:
    """Annotations at the same place of the same text, side by side."""
    texts = sorted({str(entity["text"]) for entity in (*expected, *predicted) if entity.get("text")})
    pairs: list[tuple[str, str]] = []
    for text in texts:
        pairs += _aligned_in_text(_of_text(expected, text), _of_text(predicted, text))
    return pairs


def _of_text(entities: Sequence[EntityFields], text: str) -> list[EntityFields]:
    found = [entity for entity in entities if entity.get("text") == text and "start" in entity]
    return sorted(found, key=lambda entity: int(entity["start"]))


def _aligned_in_text(expected: list[EntityFields], predicted: list[EntityFields]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    while expected or predicted:
        first, found = (entities[0] if entities else None for entities in (expected, predicted))
        here, there = _span(first), _span(found)
        pairs.append(
            (
                _label(expected.pop(0)) if here <= there else NO_ENTITY,
                _label(predicted.pop(0)) if there <= here else NO_ENTITY,
            )
        )
    return pairs


def _span(entity: EntityFields | None) -> tuple[float, float]:
    return (entity["start"], entity["end"]) if entity else (float("inf"), float("inf"))


def _label(entity: EntityFields) -> str:
    """The entity as it is annotated in training data."""
    words = str(entity["text"])[entity["start"] : entity["end"]]
    span = EntitySpan(entity=entity["entity"], start=0, end=len(words), value=entity.get("value", words))
    return annotated(words, [span])
