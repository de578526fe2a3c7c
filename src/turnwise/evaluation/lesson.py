"""A lesson: a conversation in which a person confirms or corrects all that the assistant thinks and does."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from turnwise.actions.action import ActionContext, ActionServer
from turnwise.actions.action_table import UTTER, ActionTable
from turnwise.assistant import Assistant
from turnwise.dialogue.domain import ACTION_LISTEN, REQUESTED_SLOT, Domain
from turnwise.dialogue.events import (
    ActionExecuted,
    ActionExecutionRejected,
    Event,
    LoopInterrupted,
    UserUttered,
)
from turnwise.dialogue.tracker import Tracker
from turnwise.policies.policy import Prediction
from turnwise.project.domain_file import domain_from_source
from turnwise.responses.templates import TemplateNlg
from turnwise.turn import Turn

Say = Callable[[Mapping[str, Any]], None]
"""Shows a message of the assistant."""


@dataclass(slots=True)
class _Aloud:
    """An output channel that shows messages to the teacher."""

    show: Say
    name: str = "collector"
    collects: bool = True

    async def send(self, recipient_id: str, message: Mapping[str, Any]) -> None:
        self.show(message)


@dataclass(slots=True, kw_only=True)
class Lesson:
    """One conversation, its abandoned beginnings, and what was added to the domain on the way."""

    assistant: Assistant
    server: ActionServer
    say: Say
    sender_id: str = "interactive"
    clock: Callable[[], float] = time.time
    tracker: Tracker = field(init=False)
    before: list[Tracker] = field(default_factory=list)
    """The conversation before each step that can be taken back, oldest first."""
    finished: list[list[Event]] = field(default_factory=list)
    """Earlier conversations that are kept as stories."""
    invented: set[str] = field(default_factory=set)
    """Actions that did not exist before the lesson."""

    def __post_init__(self) -> None:
        self.tracker = Tracker.start(self.assistant.domain, self.sender_id)

    @property
    def domain(self) -> Domain:
        return self.assistant.domain

    # -- what comes next -----------------------------------------------------------------------------

    @property
    def awaits_user(self) -> bool:
        """Whether it is the user's turn."""
        for event in self.tracker.backwards():
            if isinstance(event, UserUttered):
                return False
            if isinstance(event, ActionExecuted):
                return event.name == ACTION_LISTEN
        return True

    async def begin(self) -> None:
        """Starts a session, as the first message of a conversation does."""
        turn = self._turn()
        await turn.start_session_if_due()
        self.tracker = turn.tracker

    async def hear(self, text: str, parse: Mapping[str, Any]) -> None:
        """The user said `text`, and it means `parse`."""
        self._remember()
        turn = self._turn()
        await turn.hear(UserUttered(text=text, parse_data=parse, input_channel="cmdline"))
        self.tracker = turn.tracker

    async def predict(self) -> Prediction:
        """What the assistant would do now."""
        turn = self._turn()
        prediction = await turn.predict()
        self.tracker = turn.tracker
        return prediction

    def why(self, prediction: Prediction) -> Sequence[Mapping[str, Any]]:
        """What decided for a prediction, weightiest first; nothing where its policy cannot say."""
        ensemble = self.assistant.ensemble
        told = ensemble.explain(self.tracker, self.domain) if ensemble else {}
        reasons: Sequence[Mapping[str, Any]] = told.get(prediction.policy or "", {}).get("features", ())
        return reasons

    async def act(self, action: str, prediction: Prediction, *, checks_answer: bool = True) -> None:
        """The teacher wants `action`.

        Args:
            prediction: What the assistant would have done.
            checks_answer: Whether a form that goes on takes the last message for an answer.
        """
        self._remember()
        turn = self._turn()
        predicted = prediction.best(self.domain)
        loop = self.tracker.active_loop
        if predicted == loop and action != loop and loop is not None:
            # The form has to leave this message to somebody else.
            await turn.append([ActionExecutionRejected(name=loop)])
        if action == loop and not checks_answer:
            await turn.append([LoopInterrupted(is_interrupted=True)])
        chosen = prediction if action == predicted else Prediction(policy=None, scores={action: 1.0})
        if action in self.invented and not action.startswith(UTTER):
            # Nobody can run what was only just invented.
            await turn.append([ActionExecuted(name=action, policy=None, confidence=1.0)])
        else:
            await turn.run_action(action, chosen)
        self.tracker = turn.tracker

    @property
    def was_refused(self) -> bool:
        """Whether the active form has left the last message to somebody else."""
        loop = self.tracker.state.loop
        return bool(loop and loop.rejected)

    @property
    def requested_slot(self) -> str | None:
        """The slot that the active form asks for."""
        slot: str | None = self.tracker.get_slot(REQUESTED_SLOT)
        return slot

    def _turn(self) -> Turn:
        domain = self.domain
        context = ActionContext(
            domain=domain,
            nlg=TemplateNlg(domain, random.Random()),
            server=self.server,
            find=ActionTable(domain).find,
            clock=self.clock,
        )

        async def completed(tracker: Tracker) -> Tracker:
            """It was never cut."""
            return tracker

        async def commit(_: Tracker) -> None:
            """Nothing is stored before it is exported."""

        return Turn(
            assistant=self.assistant,
            tracker=self.tracker,
            context=context,
            output=_Aloud(self.say),
            completed=completed,
            commit=commit,
        )

    # -- taking steps back ---------------------------------------------------------------------------

    def _remember(self) -> None:
        self.before.append(self.tracker)

    def undo(self) -> bool:
        """Takes the last message or action back; False if there is none."""
        if not self.before:
            return False
        self.tracker = self.before.pop()
        return True

    def user_turns(self) -> list[tuple[int, str]]:
        """Messages from which the conversation can go another way: their steps, and their texts."""
        found = []
        for step, earlier in enumerate(self.before):
            later = self.before[step + 1] if step + 1 < len(self.before) else self.tracker
            new = later.events[earlier.length :]
            said = next((event for event in new if isinstance(event, UserUttered)), None)
            if said is not None:
                found.append((step, said.text or said.intent_name or ""))
        return found

    def fork(self, step: int) -> None:
        """Goes back before a message; the conversation as it was is kept as a story of its own."""
        self.finished.append(self.tracker.events)
        self.tracker = self.before[step]
        del self.before[step:]

    async def start_fresh(self) -> None:
        """Begins another conversation; this one is kept."""
        self.finished.append(self.tracker.events)
        self.before.clear()
        self.tracker = Tracker.start(self.domain, self.sender_id)
        await self.begin()

    def conversations(self) -> list[list[Event]]:
        """Everything that was taught, oldest first."""
        return [*self.finished, self.tracker.events]

    # -- the domain ----------------------------------------------------------------------------------

    def add_intent(self, name: str) -> None:
        """An intent that the domain did not have."""
        self._extend("intents", name)

    def add_entities(self, names: Sequence[str]) -> None:
        """Entities that the domain did not have."""
        for name in names:
            if name not in self.domain.entities:
                self._extend("entities", name)

    def add_action(self, name: str, text: str | None = None) -> None:
        """An action that the domain did not have; with `text` it is what the assistant says."""
        self.invented.add(name)
        if text is None:
            self._extend("actions", name)
            return
        source = dict(self.domain.source)
        source["responses"] = {**(source.get("responses") or {}), name: [{"text": text}]}
        self._replace_domain(source)

    def _extend(self, section: str, name: str) -> None:
        source = dict(self.domain.source)
        source[section] = [*(source.get(section) or ()), name]
        self._replace_domain(source)

    def _replace_domain(self, source: Mapping[str, Any]) -> None:
        domain = domain_from_source(source)
        self.assistant = replace(self.assistant, domain=domain)
        # The same events under another domain; so are all states that can be returned to.
        self.before = [_under(tracker, domain) for tracker in self.before]
        self.tracker = _under(self.tracker, domain)


def _under(tracker: Tracker, domain: Domain) -> Tracker:
    return Tracker.start(domain, tracker.sender_id).after_all(tracker.events)
