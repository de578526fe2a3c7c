"""The agent: takes a message from lock to save, and everything else that can be done with a conversation."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, Protocol

from turnwise.actions.action import ActionContext, ActionServer, NoActionServer
from turnwise.actions.action_table import ActionTable
from turnwise.assistant import Assistant
from turnwise.channels.channel import OutputChannel, UserMessage
from turnwise.conversations import KEPT_EVENTS, Conversations, Opened
from turnwise.dialogue.events import BotUttered, Event, ReminderCancelled, ReminderScheduled, UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import BadMessage, ModelError
from turnwise.policies.policy import Prediction
from turnwise.reminders import Reminders, is_dated
from turnwise.responses.response import Nlg
from turnwise.responses.templates import TemplateNlg
from turnwise.storage.lock_store import LockStore
from turnwise.storage.sessions import session_action, session_started
from turnwise.storage.tracker_store import TrackerStore
from turnwise.turn import Turn

log = logging.getLogger(__name__)

REMEMBERED_MESSAGES = 20
"""User messages looked back on to see whether one came before."""

EXTERNAL = "EXTERNAL: "
"""Stands before the intent in the text of messages that no user wrote."""


class EventBroker(Protocol):
    """Passes on what happens in conversations."""

    async def publish(self, sender_id: str, events: Sequence[Event]) -> None:
        """Passes on events that were kept, in order."""

    async def close(self) -> None:
        """Releases connections."""


class Nobody:
    """An output channel that says nothing to no one."""

    name = "collector"
    collects = True

    async def send(self, recipient_id: str, message: Mapping[str, Any]) -> None:
        return None


@dataclass(frozen=True, slots=True)
class NextAction:
    """A prediction, and the conversation that it is for."""

    prediction: Prediction
    tracker: Tracker

    def to_json(self) -> dict[str, Any]:
        """`scores` of every action in the order of the domain, `policy` and `confidence`."""
        domain = self.tracker.domain
        scores = zip(domain.action_names, self.prediction.dense(domain), strict=True)
        return {
            "scores": [{"action": action, "score": score} for action, score in scores],
            "policy": self.prediction.policy,
            "confidence": self.prediction.confidence,
        }


@dataclass(slots=True, kw_only=True)
class Agent:
    """One assistant, its conversations, and the servers around it."""

    assistant: Assistant | None
    tracker_store: TrackerStore
    lock_store: LockStore
    action_server: ActionServer = field(default_factory=NoActionServer)
    make_nlg: Callable[[Assistant], Nlg] | None = None
    """Where responses come from, if not from the domain."""
    parse_remotely: Callable[[str, str], Any] | None = None
    """Understands a text for a sender, if the model shall not."""
    broker: EventBroker | None = None
    kept_events: int | None = KEPT_EVENTS
    """Events of a long conversation that are kept at hand, and sent to action servers; None: all."""
    clock: Callable[[], float] = time.time
    random: Random = field(default_factory=Random)
    reminders: Reminders = field(init=False)
    _conversations: Conversations | None = None
    _context: ActionContext | None = None

    def __post_init__(self) -> None:
        self.reminders = Reminders(self._remind, self.clock)
        if self.assistant is not None:
            self.swap(self.assistant)

    def swap(self, assistant: Assistant) -> None:
        """Answers from now on with another model; turns in progress end with theirs."""
        nlg = self.make_nlg(assistant) if self.make_nlg else TemplateNlg(assistant.domain, self.random)
        context = ActionContext(
            domain=assistant.domain,
            nlg=nlg,
            server=self.action_server,
            find=ActionTable(assistant.domain).find,
            clock=self.clock,
        )
        conversations = Conversations(
            self.tracker_store,
            assistant.domain,
            assistant.ensemble.rule_only if assistant.ensemble else RuleOnly(),
            # A lock store of the project's own may not say; then it is taken for a shared one.
            is_shared=getattr(self.lock_store, "is_shared", True),
            kept_events=self.kept_events,
        )
        self.assistant, self._context, self._conversations = assistant, context, conversations

    @property
    def conversations(self) -> Conversations:
        """The conversations of the loaded model.

        Raises:
            ModelError: no model is loaded.
        """
        if self._conversations is None:
            raise ModelError("no model is loaded")
        return self._conversations

    # -- a turn ----------------------------------------------------------------------------------

    async def handle(self, message: UserMessage) -> None:
        """Takes one message; what the assistant says goes to the message's output.

        Raises:
            StorageError: the turn could not be kept; nothing was answered on channels that collect.
            ModelError: no model is loaded.
        """
        async with self._turn(message.sender_id, message.output) as turn:
            if was_heard(message.message_id, turn.tracker):
                log.info("turn.repeated sender=%s message=%s", message.sender_id, message.message_id)
                return
            await turn.start_session_if_due(message.metadata)
            await turn.hear(await self._heard(message))
            if turn.assistant.has_core:
                await turn.answer()
            else:
                log.warning("turn.no_core: the model only understands; it does not answer")

    async def _heard(self, message: UserMessage) -> UserUttered:
        parse = message.parse_data
        if parse is None:
            if message.text is None:
                raise BadMessage(channel=message.input_channel or "", problem="a message needs a text")
            parse = await self.parse(message.text, message.sender_id)
        return UserUttered(
            text=message.text,
            # What channels say of a message, without what the event's metadata says of the model.
            parse_data={**parse, "metadata": dict(message.metadata)},
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )

    async def parse(self, text: str, sender_id: str = "default") -> dict[str, Any]:
        """What `text` means, in Rasa's form."""
        if self.parse_remotely is not None:
            answer: dict[str, Any] = await self.parse_remotely(text, sender_id)
            return answer
        if self.assistant is None:
            raise ModelError("no model is loaded")
        return self.assistant.understand(text)

    @asynccontextmanager
    async def _turn(
        self, sender_id: str, output: OutputChannel | None, *, save: bool = True
    ) -> AsyncIterator[Turn]:
        """A conversation, locked; what happened in it is kept unless something was raised."""
        conversations, assistant, context = self.conversations, self.assistant, self._context
        assert assistant is not None
        assert context is not None
        output = output or Nobody()
        async with self.lock_store.hold(sender_id):
            opened = await conversations.open(sender_id)

            async def whole_past() -> Tracker:
                return await conversations.whole(sender_id)

            async def commit(tracker: Tracker) -> None:
                await self._keep(conversations, opened, tracker)

            turn = Turn(
                assistant=assistant,
                tracker=opened.tracker,
                context=context.with_channel(output.name),
                output=output,
                whole_past=whole_past,
                commit=commit,
            )
            yield turn
            if save:
                await commit(turn.tracker)
                self._schedule(turn)

    async def _keep(self, conversations: Conversations, opened: Opened, tracker: Tracker) -> None:
        events = await conversations.save(opened, tracker)
        if self.broker is not None and events:
            await self.broker.publish(tracker.sender_id, events)

    def _schedule(self, turn: Turn) -> None:
        sender_id = turn.tracker.sender_id
        for event in turn.reminders:
            if isinstance(event, ReminderCancelled):
                self.reminders.cancel(sender_id, event)
            elif is_dated(event):
                self.reminders.schedule(sender_id, event, turn.output)
            else:
                log.error(
                    "reminder.undated name=%s date_time=%r: write ISO 8601", event.name, event.date_time
                )

    # -- intents that no user uttered --------------------------------------------------------------

    async def trigger_intent(
        self, sender_id: str, intent: str, entities: Any, output: OutputChannel | None
    ) -> Tracker:
        """Lets the conversation go on as if the user had meant `intent`; returns it afterwards.

        Args:
            entities: A list of entities, a mapping of names to values, or None.
        """
        async with self._turn(sender_id, output) as turn:
            await turn.start_session_if_due()
            await self._trigger(turn, intent, entities)
        return await self.conversations.with_session(turn.tracker)

    async def _trigger(self, turn: Turn, intent: str, entities: Any) -> None:
        message = UserUttered(
            text=f"{EXTERNAL}{intent}",
            parse_data={
                "intent": {"name": intent},
                "entities": _entity_list(entities),
                "metadata": {"is_external": True},
            },
            input_channel=turn.tracker.latest_input_channel,
            message_id=None,
            metadata={"is_external": True},
        )
        await turn.hear(message)
        await turn.answer()

    async def _remind(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        async with self._turn(sender_id, output) as turn:
            await turn.start_session_if_due()
            if _is_moot(reminder, turn.tracker):
                return
            await self._trigger(turn, reminder.intent, reminder.entities)

    # -- what the HTTP API does with a conversation --------------------------------------------------

    async def full_tracker(self, sender_id: str) -> Tracker | None:
        """The conversation with all of its sessions; None for an unknown one."""
        if not await self.conversations.exists(sender_id):
            return None
        return await self.conversations.whole(sender_id)

    async def fetch_or_start(self, sender_id: str, output: OutputChannel | None) -> Tracker:
        """The conversation with all of its sessions; a new one with a session start that is not kept."""
        whole = await self.full_tracker(sender_id)
        if whole is not None and whole.past is not None:
            return whole
        async with self._turn(sender_id, output, save=False) as turn:
            await turn.start_session_if_due()
            return turn.tracker

    async def append_events(
        self,
        sender_id: str,
        events: Sequence[Event],
        *,
        output: OutputChannel | None = None,
        side_effects: bool = False,
    ) -> Tracker:
        """Lets `events` happen, as they are; a new conversation first gets a session."""
        async with self._turn(sender_id, output) as turn:
            if turn.tracker.past is None and not _begin_with_session(events):
                await turn.start_session_if_due()
            kept = await turn.append(events, keep_time=True)
            for event in kept if side_effects else ():
                if isinstance(event, BotUttered):
                    await turn.say(event)
                elif isinstance(event, ReminderScheduled | ReminderCancelled):
                    turn.reminders.append(event)
        return await self.conversations.with_session(turn.tracker)

    async def delete(self, sender_id: str) -> bool:
        """Erases a conversation for good; whether there was one."""
        async with self.lock_store.hold(sender_id):
            return await self.conversations.delete(sender_id)

    async def replace_events(self, sender_id: str, events: Sequence[Event]) -> Tracker:
        """Makes `events` the whole conversation."""
        async with self.lock_store.hold(sender_id):
            return await self.conversations.replace(sender_id, events)

    async def execute(
        self,
        sender_id: str,
        action: str,
        policy: str | None,
        confidence: float | None,
        output: OutputChannel | None,
    ) -> Tracker:
        """Runs one action; returns the conversation as it was before.

        Raises:
            UnknownAction: the domain has no such action.
        """
        async with self._turn(sender_id, output) as turn:
            await turn.start_session_if_due()
            turn.context.find(action)
            await turn.commit(turn.tracker)
            before = await self.conversations.with_session(turn.tracker)
            await turn.run_action(action, Prediction(policy=policy, scores={action: confidence or 0.0}))
        return before

    async def log_message(
        self, sender_id: str, text: str, parse_data: Mapping[str, Any] | None = None
    ) -> Tracker:
        """The user said something; nothing is answered."""
        message = UserMessage(text=text, sender_id=sender_id, output=Nobody(), parse_data=parse_data)
        async with self._turn(sender_id, None) as turn:
            await turn.start_session_if_due()
            await turn.hear(await self._heard(message))
        return await self.conversations.with_session(turn.tracker)

    async def predict(self, sender_id: str) -> NextAction:
        """What comes next in a conversation."""
        async with self._turn(sender_id, None) as turn:
            await turn.start_session_if_due()
            prediction = await turn.predict()
        return NextAction(prediction, await self.conversations.with_session(turn.tracker))

    async def predict_events(self, events: Sequence[Event]) -> NextAction:
        """What would come next after `events`; nothing is kept."""
        tracker = Tracker.start(self.conversations.domain).after_all(events)
        assert self.assistant is not None
        ensemble = self.assistant.ensemble
        if ensemble is None:
            raise ModelError("the model has no policies")
        return NextAction(ensemble.predict(tracker, tracker.domain), tracker)

    # -- life --------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Ends reminders and connections."""
        self.reminders.close()
        await self.action_server.close()
        if self.broker is not None:
            await self.broker.close()
        await self.tracker_store.close()
        await self.lock_store.close()


def was_heard(message_id: str, tracker: Tracker) -> bool:
    """Whether a message is among the last ones of the conversation: channels may deliver it again."""
    heard = (event for event in tracker.backwards() if isinstance(event, UserUttered))
    return any(event.message_id == message_id for event in islice(heard, REMEMBERED_MESSAGES))


def _entity_list(entities: Any) -> list[Any]:
    if isinstance(entities, Mapping):
        return [{"entity": name, "value": value} for name, value in entities.items()]
    return list(entities or ())


def _begin_with_session(events: Sequence[Event]) -> bool:
    return session_action(events[:2]) is not None or session_started(events[:2]) is not None


def _is_moot(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    """Whether a reminder must not fire: it was undone, or the user spoke after it and that kills it."""
    scheduled = any(
        isinstance(event, ReminderScheduled) and event.name == reminder.name
        for event in tracker.applied_events()
    )
    if not scheduled:
        return True
    return reminder.kill_on_user_message and _spoke_since(reminder, tracker)


def _spoke_since(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    for event in tracker.backwards():
        if isinstance(event, ReminderScheduled) and event.name == reminder.name:
            return False
        if isinstance(event, UserUttered) and event.text:
            return True
    return False
