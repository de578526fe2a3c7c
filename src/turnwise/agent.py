"""The agent: takes a message from lock to save."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import InitVar, dataclass, field
from itertools import islice
from random import Random
from typing import Any, Protocol

from turnwise.actions.action import ActionContext, ActionServer, NoActionServer
from turnwise.actions.action_table import ActionTable
from turnwise.assistant import Assistant
from turnwise.channels.channel import OutputChannel, UserMessage
from turnwise.conversations import KEPT_EVENTS, Conversations, Opened
from turnwise.dialogue.events import Event, ReminderCancelled, ReminderScheduled, UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import BadMessage, ModelError
from turnwise.external_intents import is_moot, trigger
from turnwise.reminders import Reminders, is_dated
from turnwise.responses.response import Nlg
from turnwise.responses.templates import TemplateNlg
from turnwise.storage.lock_store import LockStore
from turnwise.storage.tracker_store import TrackerStore
from turnwise.tracing import PRODUCER, Waiting, note, span, turn_of
from turnwise.turn import Turn
from turnwise.versions import MAIN, Version, Versions

log = logging.getLogger(__name__)

REMEMBERED_MESSAGES = 20
"""User messages looked back on to see whether one came before."""


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


@dataclass(slots=True, kw_only=True)
class Agent:
    """The conversations of an assistant, and the servers around it. It begins without a model: see `swap`."""

    tracker_store: TrackerStore
    lock_store: LockStore
    action_server: ActionServer = field(default_factory=NoActionServer)
    make_nlg: Callable[[Assistant], Nlg] | None = None
    """Where responses come from, if not from the domain."""
    parse_remotely: Callable[[str, str], Any] | None = None
    """Understands a text for a sender, if the model shall not."""
    broker: EventBroker | None = None
    kept_events: InitVar[int | None] = KEPT_EVENTS
    """Events of a long conversation that are kept at hand, and sent to action servers; None: all."""
    clock: Callable[[], float] = time.time
    random: Random = field(default_factory=Random)
    versions: Versions = field(default_factory=Versions)
    conversations: Conversations = field(init=False)
    reminders: Reminders = field(init=False)

    def __post_init__(self, kept_events: int | None) -> None:
        self.reminders = Reminders(self._remind, self.clock)
        self.conversations = Conversations(
            self.tracker_store,
            self.versions,
            # A lock store of the project's own may not say; then it is taken for a shared one.
            is_shared=getattr(self.lock_store, "is_shared", True),
            kept_events=kept_events,
        )

    @property
    def assistant(self) -> Assistant | None:
        """The model that speaks where no conversation is in question; None if none is loaded."""
        return self.versions.main.assistant if self.versions.main else None

    def swap(self, assistant: Assistant, version: str = MAIN, *, share: float | None = None) -> None:
        """Answers from now on with another model; turns in progress end with theirs.

        Args:
            version: The model of that name is exchanged, or joins those that are there.
            share: Its part of the conversations, see `Versions.put`.

        Raises:
            ModelError: no version would have a share.
        """
        nlg = self.make_nlg(assistant) if self.make_nlg else TemplateNlg(assistant.domain, self.random)
        context = ActionContext(
            domain=assistant.domain,
            nlg=nlg,
            server=self.action_server,
            find=ActionTable(assistant.domain).find,
            clock=self.clock,
        )
        self.versions.put(Version(version, assistant, context), share)

    # -- a turn ----------------------------------------------------------------------------------

    async def handle(self, message: UserMessage) -> None:
        """Takes one message; what the assistant says goes to the message's output.

        Raises:
            StorageError: the turn could not be kept; nothing was answered on channels that collect.
            ModelError: no model is loaded.
        """
        async with self.turn(message.sender_id, message.output, message=message.message_id) as turn:
            await turn.finish_interrupted()
            if was_heard(message.message_id, turn.tracker):
                log.info("turn.repeated sender=%s message=%s", message.sender_id, message.message_id)
                return
            await turn.start_session_if_due(message.metadata)
            await turn.hear(await self.heard(message, turn.assistant))
            if turn.assistant.has_core:
                await turn.answer()
            else:
                log.warning("turn.no_core: the model only understands; it does not answer")

    async def heard(self, message: UserMessage, assistant: Assistant) -> UserUttered:
        """The event of a message, as `assistant` understands it.

        Raises:
            BadMessage: there is nothing to understand.
        """
        parse = message.parse_data
        if parse is None:
            if message.text is None:
                raise BadMessage(channel=message.input_channel or "", problem="a message needs a text")
            parse = await self._parse(message.text, message.sender_id, assistant)
        return UserUttered(
            text=message.text,
            # What channels say of a message, without what the event's metadata says of the model.
            parse_data={**parse, "metadata": dict(message.metadata)},
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )

    async def parse(self, text: str) -> dict[str, Any]:
        """What `text` means outside of any conversation, in Rasa's form.

        Raises:
            ModelError: no model is loaded.
        """
        if self.assistant is None:
            raise ModelError("no model is loaded")
        return await self._parse(text, "default", self.assistant)

    async def _parse(self, text: str, sender_id: str, assistant: Assistant) -> dict[str, Any]:
        with span("understand"):
            if self.parse_remotely is None:
                return assistant.understand(text)
            answer: dict[str, Any] = await self.parse_remotely(text, sender_id)
            return answer

    @asynccontextmanager
    async def turn(
        self, sender_id: str, output: OutputChannel | None, *, message: str = "", save: bool = True
    ) -> AsyncIterator[Turn]:
        """A conversation, locked; what happened in it is kept unless something was raised.

        Args:
            message: The id of the message that it is about; empty where it is about none.
            save: Whether anything is kept.

        Raises:
            ModelError: no model is loaded.
            LockError, StorageError: the conversation cannot be had, or not be kept.
        """
        output = output or Nobody()
        with span("turn", channel=output.name), turn_of(sender_id, message):
            async with Waiting("lock", self.lock_store.hold(sender_id)):
                turn = await self._begin(sender_id, output)
                yield turn
                if save:
                    await turn.commit(turn.tracker)
                    self._schedule(turn)

    async def _begin(self, sender_id: str, output: OutputChannel) -> Turn:
        with span("load"):
            opened = await self.conversations.open(sender_id)
        version = opened.version

        async def completed(tracker: Tracker) -> Tracker:
            return await self.conversations.completed(opened, tracker)

        async def commit(tracker: Tracker) -> None:
            await self._keep(opened, tracker)

        return Turn(
            assistant=version.assistant,
            tracker=opened.tracker,
            context=version.context.with_channel(output.name),
            output=output,
            completed=completed,
            commit=commit,
        )

    async def _keep(self, opened: Opened, tracker: Tracker) -> None:
        with span("save"):
            events = await self.conversations.save(opened, tracker)
            note(events=len(events))
        if self.broker is not None and events:
            with span("publish", PRODUCER):
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
        async with self.turn(sender_id, output) as turn:
            await turn.start_session_if_due()
            await trigger(turn, intent, entities)
        return await self.conversations.with_session(turn.tracker)

    async def _remind(self, sender_id: str, reminder: ReminderScheduled, output: OutputChannel) -> None:
        async with self.turn(sender_id, output) as turn:
            before = turn.tracker
            await turn.start_session_if_due()
            if is_moot(reminder, turn.tracker):
                turn.tracker = before  # as if nobody had looked: a conversation that was erased stays so
                return
            await trigger(turn, reminder.intent, reminder.entities)

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
