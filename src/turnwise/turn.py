"""One turn: the order in which the rooms of the framework see a message."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from turnwise.actions.action import ActionContext
from turnwise.actions.slot_extraction import extract_slots
from turnwise.assistant import Assistant
from turnwise.channels.channel import OutputChannel
from turnwise.dialogue.domain import (
    ACTION_LISTEN,
    ACTION_SESSION_START,
    INTENT_RESTART,
    SESSION_METADATA_SLOT,
)
from turnwise.dialogue.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    SlotSet,
    UserUttered,
)
from turnwise.dialogue.history import HistoryCut
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError, ActionRejected
from turnwise.policies.policy import Prediction
from turnwise.responses.response import message_of
from turnwise.tracing import note, span

log = logging.getLogger(__name__)

_ENDS_TURN = (ACTION_LISTEN, ACTION_SESSION_START)


def prediction_limit() -> int:
    """How many actions may follow one message."""
    return int(os.environ.get("MAX_NUMBER_OF_PREDICTIONS", "10"))


@dataclass(slots=True, kw_only=True)
class Turn:
    """A conversation while something happens in it. What happened is in `tracker` and nowhere else."""

    assistant: Assistant
    tracker: Tracker
    context: ActionContext
    output: OutputChannel
    completed: Callable[[Tracker], Awaitable[Tracker]]
    """Reads the past of a tracker that was cut; rarely needed, and dear."""
    commit: Callable[[Tracker], Awaitable[None]]
    """Keeps what has happened so far."""
    reminders: list[ReminderScheduled | ReminderCancelled] = field(default_factory=list)
    """To be scheduled or cancelled once the turn is kept."""

    # -- events ----------------------------------------------------------------------------------

    async def append(self, events: Iterable[Event], *, keep_time: bool = False) -> list[Event]:
        """Lets `events` happen, and returns them as they were kept."""
        stamped = [self._stamped(event, keep_time=keep_time) for event in events]
        for event in stamped:
            try:
                self.tracker = self.tracker.after(event)
            except HistoryCut:
                self.tracker = (await self.completed(self.tracker)).after(event)
        return stamped

    def _stamped(self, event: Event, *, keep_time: bool) -> Event:
        time = event.timestamp if keep_time and event.timestamp else self.context.clock()
        metadata = self.assistant.event_metadata
        return event.at(time, {**metadata, **event.metadata} if event.metadata else metadata)

    # -- sessions --------------------------------------------------------------------------------

    async def start_session_if_due(self, metadata: Mapping[str, Any] | None = None) -> None:
        """Starts a session in a new conversation, and in one that was idle for too long."""
        if self.tracker.has_applied_events and not self._session_is_over():
            return
        if metadata:
            await self.append([SlotSet(name=SESSION_METADATA_SLOT, value=dict(metadata))])
        await self.run(Prediction(policy=None, scores={ACTION_SESSION_START: 1.0}))

    def _session_is_over(self) -> bool:
        minutes = self.assistant.domain.session.expiration_minutes
        last = self.tracker.history.state.latest_message
        if minutes <= 0 or last is None:
            return False
        return (self.context.clock() - last.timestamp) / 60 > minutes

    async def finish_interrupted(self) -> None:
        """Ends a turn that a crash cut off between two of its messages, before anything else is heard.

        Only channels that send at once keep parts of turns. What stood in the way of its end is gone by now;
        else the next message would be taken for a part of it.
        """
        if not self.output.collects and not self._session_is_over() and self._is_cut_off():
            log.warning("turn.resumed sender=%s", self.tracker.sender_id)
            await self.answer()

    def _is_cut_off(self) -> bool:
        """Whether the last thing that happened is a message of an action that policies chose amid a turn."""
        latest = next(self.tracker.backwards(), None)
        if not isinstance(latest, BotUttered):
            return False
        action = next((each for each in self.tracker.backwards() if isinstance(each, ActionExecuted)), None)
        # An action without a policy was executed over the HTTP API: nothing is to follow it.
        return action is not None and action.policy is not None and action.name not in _ENDS_TURN

    # -- from message to answer ------------------------------------------------------------------

    async def hear(self, message: UserUttered) -> None:
        """The user said something: it is kept, and slots are filled from it."""
        await self.append([message])
        if self.assistant.has_core:
            await self.extract_slots()

    async def extract_slots(self) -> None:
        """Fills slots from the latest message.

        Raises:
            BadAnswer, EndpointTimeout: the project's extraction or validation answers nonsense, or too late.
        """
        with span("slots"):
            await self._happen(await extract_slots(self.tracker, self.context))

    async def answer(self) -> None:
        """Predicts and runs actions until it is the user's turn again."""
        goes_on = True
        while goes_on and not self._is_silenced():
            if self._has_run_on():
                log.warning("turn.too_many_actions sender=%s: waiting for the user", self.tracker.sender_id)
                return
            prediction = await self.predict()
            if prediction.is_end_to_end:
                await self.extract_slots()
            action = prediction.best(self.assistant.domain)
            await self.run(prediction)
            goes_on = action not in _ENDS_TURN

    def _is_silenced(self) -> bool:
        return self.tracker.state.paused and self.tracker.latest_intent != INTENT_RESTART

    def _has_run_on(self) -> bool:
        """Whether too many actions ran since the assistant last listened."""
        if self.tracker.latest_action in _ENDS_TURN:
            return False
        count = 0
        for event in self.tracker.backwards():
            if isinstance(event, ActionExecuted):
                if event.name in _ENDS_TURN:
                    break
                count += 1
        return count >= prediction_limit()

    async def predict(self) -> Prediction:
        """What comes next; a follow-up action is used up by it."""
        with span("predict"):
            try:
                prediction, self.tracker = predict_next(self.assistant, self.tracker)
            except HistoryCut:
                self.tracker = await self.completed(self.tracker)
                prediction, self.tracker = predict_next(self.assistant, self.tracker)
            note(policy=prediction.policy)
        return prediction

    # -- running an action -----------------------------------------------------------------------

    async def run(self, prediction: Prediction) -> None:
        """Runs the predicted action and lets happen what it returns."""
        await self.run_action(prediction.best(self.assistant.domain), prediction)

    async def run_action(self, name: str, prediction: Prediction) -> None:
        """Runs an action, whatever `prediction` thinks of it, and lets happen what it returns."""
        with span("action", action=name):
            events = await self._events_of(name, prediction)
            if events is None:
                confidence = prediction.scores.get(name, 0.0)
                rejection = ActionExecutionRejected(
                    name=name, policy=prediction.policy, confidence=confidence
                )
                await self.append([rejection])
                return
            if not any(isinstance(event, ActionExecutionRejected) for event in events):
                await self.append([*prediction.events, self._executed(name, prediction)])
            await self._happen(events)
            if any(isinstance(event, UserUttered) for event in events):
                await self.extract_slots()

    async def _events_of(self, name: str, prediction: Prediction) -> Sequence[Event] | None:
        """What the action returns; nothing if it fails, None if it refuses."""
        try:
            before = self.tracker.after_all(self.context.stamped(prediction.events))
            return await self.context.find(name).run(before, self.context)
        except HistoryCut:
            self.tracker = await self.completed(self.tracker)
            return await self._events_of(name, prediction)
        except ActionRejected:
            return None
        # Stock Rasa goes on as if a failed action had run and said nothing, and its projects rely on it.
        except ActionError as error:
            log.error("action.failed name=%s sender=%s: %s", name, self.tracker.sender_id, error)
        except Exception:
            log.exception("action.failed name=%s sender=%s", name, self.tracker.sender_id)
        return ()

    def _executed(self, name: str, prediction: Prediction) -> ActionExecuted:
        is_text = name in self.assistant.domain.action_texts
        return ActionExecuted(
            name=None if is_text else name,
            action_text=name if is_text else None,
            policy=prediction.policy,
            confidence=prediction.scores.get(name, 0.0),
            hide_rule_turn=prediction.hide_rule_turn,
            metadata=prediction.action_metadata,
        )

    async def _happen(self, events: Iterable[Event]) -> None:
        """Appends events that an action returned, with their effects outside the conversation."""
        for event in await self.append(events):
            if isinstance(event, BotUttered):
                await self.say(event)
            elif isinstance(event, ReminderScheduled | ReminderCancelled):
                self.reminders.append(event)

    async def say(self, event: BotUttered) -> None:
        """Sends what the assistant said."""
        if not self.output.collects:
            # What a user may have seen must survive whatever happens next.
            await self.commit(self.tracker)
        with span("send", channel=self.output.name):
            await self.output.send(self.tracker.sender_id, message_of(event))


def predict_next(assistant: Assistant, tracker: Tracker) -> tuple[Prediction, Tracker]:
    """A follow-up action if one is set, else what the policies say; and the tracker that no longer has it.

    Raises:
        HistoryCut: the policies need to see more of the past.
    """
    followup, domain = tracker.state.followup_action, assistant.domain
    if followup:
        tracker = replace(tracker, state=tracker.state._replace(followup_action=None))
        if followup in domain.action_indices:
            return Prediction(policy="followup_action", scores={followup: 1.0}), tracker
        log.error("turn.unknown_followup action=%s: the policies decide", followup)
    if assistant.ensemble is None:
        return Prediction(policy=None), tracker
    return assistant.ensemble.predict(tracker, domain), tracker
