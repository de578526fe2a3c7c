"""Stories and rules as blocks of events between checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from turnwise.dialogue.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from turnwise.errors import NOWHERE, Place
from turnwise.project.findings import Notice

STORY_START = "STORY_START"
GENERATED = "GENR_"
"""How names of checkpoints begin that nobody wrote."""
GENERATED_OR = GENERATED + "OR_"
FULL_RETRIEVAL_INTENT = "full_retrieval_intent_name"
"""Key in a user event's intent: `faq/ask_name`, in test stories only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A point at which blocks are joined: one ends at it, others go on from it."""

    name: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """Values that slots must have for a conversation to go on here; only where a block starts."""

    @property
    def is_generated(self) -> bool:
        """Whether it joins alternatives, or cuts a circle, rather than standing in a file."""
        return self.name.startswith(GENERATED)


START = Checkpoint(name=STORY_START)
"""Where every block begins that names no checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryStep:
    """Events of a story or rule between two checkpoints, as written: no listens, no automatic slots."""

    name: str
    """Of the story or rule it belongs to."""
    events: tuple[Event, ...] = ()
    places: tuple[Place, ...] = ()
    """Where each event stands."""
    start: tuple[Checkpoint, ...] = (START,)
    end: tuple[Checkpoint, ...] = ()
    is_rule: bool = False
    is_test: bool = False
    """Whether it stands in a file for test conversations."""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryGraph:
    """All stories and rules of a project."""

    steps: tuple[StoryStep, ...] = ()
    notices: tuple[Notice, ...] = ()
    """What looked doubtful while reading."""

    @property
    def stories(self) -> tuple[StoryStep, ...]:
        return tuple(step for step in self.steps if not step.is_rule)

    @property
    def rules(self) -> tuple[StoryStep, ...]:
        return tuple(step for step in self.steps if step.is_rule)

    @property
    def action_texts(self) -> tuple[str, ...]:
        """Bot texts of end-to-end steps, sorted."""
        found = {
            event.action_text
            for step in self.steps
            for event in step.events
            if isinstance(event, ActionExecuted) and event.action_text
        }
        return tuple(sorted(found))

    @property
    def has_end_to_end_turns(self) -> bool:
        """Whether some turn is given by its text alone."""
        return bool(self.action_texts) or any(
            isinstance(event, UserUttered) and event.text and not event.intent_name
            for step in self.steps
            for event in step.events
        )

    @property
    def slots_set(self) -> frozenset[str]:
        return frozenset(e.name for step in self.steps for e in step.events if isinstance(e, SlotSet))

    @property
    def loops(self) -> frozenset[str]:
        names = (e.name for step in self.steps for e in step.events if isinstance(e, ActiveLoop))
        return frozenset(name for name in names if name)


Option = Sequence[tuple[Event, Place]]
"""What one alternative of an or-statement adds."""


class StoryBuilder:
    """Puts the steps of one story together, beginning a new block after each checkpoint."""

    def __init__(self, name: str, *, is_rule: bool, is_test: bool, place: Place) -> None:
        self.name = name
        self.is_rule = is_rule
        self.is_test = is_test
        self.place = place
        self.blocks: list[StoryStep] = []
        self._start: list[Checkpoint] = []
        self._end: list[Checkpoint] = []
        self._branches: list[list[tuple[Event, Place]]] = [[]]

    def add(self, event: Event, place: Place) -> None:
        """The next event."""
        self._begin_block_if_ended()
        for branch in self._branches:
            branch.append((event, place))

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """A start checkpoint as long as nothing has happened, else one where the block ends."""
        if self.at_start:
            self._start.append(checkpoint)
        else:
            self._end.append(Checkpoint(name=checkpoint.name))

    @property
    def at_start(self) -> bool:
        """Whether nothing has happened yet in the story."""
        return not self.blocks and not self._end and self._branches == [[]]

    def add_options(self, options: Sequence[Option]) -> None:
        """Alternatives; whatever happens, the story goes on alike after them."""
        self._begin_block_if_ended()
        if not options:
            return
        self._branches = [[*branch, *option] for option in options for branch in self._branches]
        if len(options) > 1:
            self._end.append(Checkpoint(name=self._generated_name()))

    def _generated_name(self) -> str:
        """The same for the same story, other than Rasa's random one."""
        seed = f"{self.place.file}\0{self.place.line}\0{self.name}\0{len(self.blocks)}"
        return GENERATED_OR + hashlib.sha256(seed.encode()).hexdigest()[:5]

    def _begin_block_if_ended(self) -> None:
        if self._end:
            self._finish_block()
            self._start, self._end, self._branches = self._end, [], [[]]

    def _finish_block(self) -> None:
        for branch in self._branches:
            if branch:
                self.blocks.append(
                    StoryStep(
                        name=self.name,
                        events=tuple(event for event, _ in branch),
                        places=tuple(place for _, place in branch),
                        start=tuple(self._start) or (START,),
                        end=tuple(self._end),
                        is_rule=self.is_rule,
                        is_test=self.is_test,
                        place=self.place,
                    )
                )

    def result(self) -> list[StoryStep]:
        """The blocks of the finished story."""
        self._finish_block()
        self._branches = []
        return self.blocks


def joined(graphs: Iterable[StoryGraph]) -> StoryGraph:
    """All steps and notices of several graphs."""
    every = list(graphs)
    return StoryGraph(
        steps=tuple(step for graph in every for step in graph.steps),
        notices=tuple(notice for graph in every for notice in graph.notices),
    )
