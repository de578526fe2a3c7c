"""Expansion of stories and rules into the conversations that policies learn from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import ActionReverted, Restarted, UserUtteranceReverted
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import Place
from turnwise.project.findings import Notice
from turnwise.project.story_steps import STORY_START, Checkpoint, StoryGraph, StoryStep
from turnwise.training.story_augmentation import augmented
from turnwise.training.story_cycles import OrderedSteps, ordered
from turnwise.training.story_events import PlacedEvent, conversation_events
from turnwise.training.story_paths import StoryPath, TrainingTracker, unique

__all__ = ["TrainingConversations", "TrainingTracker", "training_trackers"]

_UNDOING = (ActionReverted, UserUtteranceReverted, Restarted)
"""Before one of these a conversation is worth learning as it is: afterwards it is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConversations:
    """All of a project's, stories before rules, augmented ones last among the stories."""

    trackers: tuple[TrainingTracker, ...] = ()
    notices: tuple[Notice, ...] = ()
    """Checkpoints that lead nowhere."""

    @property
    def stories(self) -> tuple[TrainingTracker, ...]:
        """As written, without augmented ones."""
        return tuple(item for item in self.trackers if not item.is_rule and not item.is_augmented)

    @property
    def rules(self) -> tuple[TrainingTracker, ...]:
        return tuple(item for item in self.trackers if item.is_rule)


def training_trackers(graph: StoryGraph, domain: Domain, *, augmentation: int = 50) -> TrainingConversations:
    """Joins blocks at their checkpoints in every possible way; equal conversations are kept once.

    Args:
        augmentation: How many conversations each of three rounds prolongs by another story; the
            longer ones are sampled down to ten times as many. 0: none. Rules are never augmented.
    """
    stories, story_notices = _expanded(graph.stories, domain, is_rule=False)
    rules, rule_notices = _expanded(graph.rules, domain, is_rule=True)
    longer = augmented(stories.ended, stories.seen, augmentation) if augmentation > 0 else []
    trackers = [
        *(path.training_tracker() for path in (*stories.cut_off, *stories.ended)),
        *(path.training_tracker(is_augmented=True) for path in longer),
        *(path.training_tracker(is_rule=True) for path in (*rules.cut_off, *rules.ended)),
    ]
    return TrainingConversations(trackers=tuple(trackers), notices=(*story_notices, *rule_notices))


@dataclass(slots=True)
class _Result:
    """Conversations found so far."""

    ended: list[StoryPath]
    """Those that came to the end of a story."""
    cut_off: list[StoryPath]
    """Those before a turn is undone, and those that stop at a checkpoint from which nothing goes on."""
    seen: set[Hashable]

    def add_ended(self, paths: Iterable[StoryPath]) -> None:
        self.ended.extend(unique(paths, self.seen))


def _expanded(
    steps: Sequence[StoryStep], domain: Domain, *, is_rule: bool
) -> tuple[_Result, tuple[Notice, ...]]:
    """Walks through all blocks, round after round, until no checkpoint is reached that was not before."""
    result = _Result([], [], set())
    if not steps:
        return result, ()
    start = StoryPath(Tracker.start(domain, "", omit_unset_slots=is_rule))
    expansion = _Expansion(ordered(steps), lambda step: conversation_events(step, domain), result)
    loose = expansion.run(start)
    return result, tuple(_loose_checkpoints(steps, loose))


class _Expansion:
    """The state of an expansion between two blocks."""

    def __init__(
        self, order: OrderedSteps, events_of: Callable[[StoryStep], list[PlacedEvent]], result: _Result
    ) -> None:
        self.order = order
        self.events = [events_of(step) for step in order.steps]
        self.result = result
        self.waiting: dict[str, list[StoryPath]] = {}
        """Conversations at each checkpoint, not yet continued in this round."""
        self.continued: set[str] = set()
        """Checkpoints from which some conversation went on."""

    def run(self, start: StoryPath) -> set[str]:
        """Fills the result; returns checkpoints that nobody reached, or from which nobody went on."""
        self.waiting = {STORY_START: [start]}
        unused_before: set[str] = set()
        while any(self.waiting.values()):
            unused = self._round()
            self.waiting = {name: self.waiting.get(name, []) for name in unused if name != STORY_START}
            if unused == unused_before or not any(self.waiting.values()):
                loose = unused - self.continued
                for name in sorted(loose):
                    self.result.cut_off.extend(self.waiting.get(name, ()))
                return loose
            unused_before = unused
        return set()

    def _round(self) -> set[str]:
        """One pass over all blocks; returns the checkpoints that are still to be continued."""
        unused: set[str] = set()
        for step, events in zip(self.order.steps, self.events, strict=True):
            incoming: list[StoryPath] = []
            for checkpoint in step.start:
                paths = self.waiting.get(checkpoint.name)
                if paths:
                    incoming.extend(path for path in paths if _holds(checkpoint, path))
                    self.continued.add(checkpoint.name)
                elif checkpoint.name not in self.continued:
                    unused.add(checkpoint.name)
            if incoming:
                unused |= self._pass_through(step, events, incoming)
        return unused | (self.waiting.keys() - self.continued)

    def _pass_through(
        self, step: StoryStep, events: Sequence[PlacedEvent], incoming: list[StoryPath]
    ) -> set[str]:
        """Takes conversations through one block; returns the checkpoints at its end that were used before."""
        alone = len(incoming) == 1
        paths = []
        for path in incoming if alone else unique(incoming, set()):
            current = path.into(step.name)
            for event, after in current.walk(events):
                if isinstance(event, _UNDOING):
                    self.result.cut_off.append(current)
                current = after
            paths.append(current)
        if not step.end:
            self.result.add_ended(paths)
        names = {self.order.returns.get(checkpoint.name, checkpoint.name) for checkpoint in step.end}
        for name in names:
            self.waiting.setdefault(name, []).extend(paths)
        return names & self.continued


def _holds(checkpoint: Checkpoint, path: StoryPath) -> bool:
    return all(path.tracker.get_slot(name) == value for name, value in checkpoint.conditions.items())


def _loose_checkpoints(steps: Sequence[StoryStep], loose: set[str]) -> Iterator[Notice]:
    """What to tell the author of blocks that cannot be reached, or lead nowhere."""
    if STORY_START in loose:
        yield Notice(
            steps[0].place,
            "every story starts at a checkpoint, so none can begin",
            "let at least one story start without a checkpoint",
        )
    told: set[tuple[str, Place]] = set()
    for step in steps:
        for checkpoints, problem, fix in (
            (step.start, "nothing leads to the checkpoint '{}'", "end a story at it, or remove it"),
            (step.end, "nothing goes on from the checkpoint '{}'", "start a story at it, or remove it"),
        ):
            for checkpoint in checkpoints:
                name = checkpoint.name
                if name not in loose or name == STORY_START or (name, step.place) in told:
                    continue
                told.add((name, step.place))
                if checkpoint.is_generated:
                    problem, fix = "the story ends with 'or', so it is not learnt", "add what follows"
                yield Notice(step.place, problem.format(name), fix)
