"""What others than the user do with a conversation: read, append, replace, execute, predict, erase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.agent import Agent, Nobody
from turnwise.channels.channel import OutputChannel, UserMessage
from turnwise.dialogue.events import BotUttered, Event, ReminderCancelled, ReminderScheduled
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ModelError
from turnwise.policies.policy import Prediction
from turnwise.storage.sessions import session_action, session_started
from turnwise.turn import predict_next


@dataclass(frozen=True, slots=True)
class NextAction:
    """A prediction, and the conversation that it is for."""

    prediction: Prediction
    tracker: Tracker
    explanation: Mapping[str, Any] | None = None
    """What decided, by policy; None: nobody asked."""

    def to_json(self) -> dict[str, Any]:
        """`scores` of every action in the order of the domain, `policy` and `confidence`."""
        domain = self.tracker.domain
        scores = zip(domain.action_names, self.prediction.dense(domain), strict=True)
        answer = {
            "scores": [{"action": action, "score": score} for action, score in scores],
            "policy": self.prediction.policy,
            "confidence": self.prediction.confidence,
        }
        return answer if self.explanation is None else {**answer, "explanation": dict(self.explanation)}


async def full_tracker(agent: Agent, sender_id: str) -> Tracker | None:
    """The conversation with all of its sessions; None for an unknown one."""
    if not await agent.conversations.exists(sender_id):
        return None
    return await agent.conversations.whole(sender_id)


async def fetch_or_start(agent: Agent, sender_id: str, output: OutputChannel | None) -> Tracker:
    """The conversation with all of its sessions; a new one with a session start that is not kept."""
    whole = await full_tracker(agent, sender_id)
    if whole is not None and whole.past is not None:
        return whole
    async with agent.turn(sender_id, output, save=False) as turn:
        await turn.start_session_if_due()
        return turn.tracker


async def append_events(
    agent: Agent,
    sender_id: str,
    events: Sequence[Event],
    *,
    output: OutputChannel | None = None,
    side_effects: bool = False,
) -> Tracker:
    """Lets `events` happen, as they are; a new conversation first gets a session."""
    async with agent.turn(sender_id, output) as turn:
        if turn.tracker.past is None and not _begin_with_session(events):
            await turn.start_session_if_due()
        kept = await turn.append(events, keep_time=True)
        for event in kept if side_effects else ():
            if isinstance(event, BotUttered):
                await turn.say(event)
            elif isinstance(event, ReminderScheduled | ReminderCancelled):
                turn.reminders.append(event)
    return await agent.conversations.with_session(turn.tracker)


async def erase(agent: Agent, sender_id: str) -> bool:
    """Erases a conversation for good, its reminders too; whether there was one."""
    async with agent.lock_store.hold(sender_id):
        return await _erase(agent, sender_id)


async def erase_idle(agent: Agent, sender_id: str, since: float) -> bool:
    """As `erase`, unless something has happened since that time, in seconds since 1970."""
    async with agent.lock_store.hold(sender_id):
        return await is_idle(agent, sender_id, since) and await _erase(agent, sender_id)


async def _erase(agent: Agent, sender_id: str) -> bool:
    agent.reminders.cancel(sender_id, ReminderCancelled())
    return await agent.conversations.delete(sender_id)


async def is_idle(agent: Agent, sender_id: str, since: float) -> bool:
    """Whether nothing has happened in a conversation since that time."""
    latest = await agent.conversations.latest_event_time(sender_id)
    return latest is None or latest < since


async def replace_events(agent: Agent, sender_id: str, events: Sequence[Event]) -> Tracker:
    """Makes `events` the whole conversation."""
    async with agent.lock_store.hold(sender_id):
        return await agent.conversations.replace(sender_id, events)


async def execute(
    agent: Agent,
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
    async with agent.turn(sender_id, output) as turn:
        await turn.start_session_if_due()
        turn.context.find(action)
        await turn.commit(turn.tracker)
        before = await agent.conversations.with_session(turn.tracker)
        await turn.run_action(action, Prediction(policy=policy, scores={action: confidence or 0.0}))
    return before


async def log_message(
    agent: Agent, sender_id: str, text: str, parse_data: Mapping[str, Any] | None = None
) -> Tracker:
    """The user said something; nothing is answered."""
    message = UserMessage(text=text, sender_id=sender_id, output=Nobody(), parse_data=parse_data)
    async with agent.turn(sender_id, None) as turn:
        await turn.start_session_if_due()
        await turn.hear(await agent.heard(message, turn.assistant))
    return await agent.conversations.with_session(turn.tracker)


async def predict(agent: Agent, sender_id: str, *, explain: bool = False) -> NextAction:
    """What comes next in a conversation, and on request why."""
    async with agent.turn(sender_id, None) as turn:
        await turn.start_session_if_due()
        prediction = await turn.predict()
        ensemble = turn.assistant.ensemble
        explanation = ensemble.explain(turn.tracker, turn.assistant.domain) if explain and ensemble else None
    return NextAction(prediction, await agent.conversations.with_session(turn.tracker), explanation)


async def predict_events(agent: Agent, events: Sequence[Event]) -> NextAction:
    """What would come next after `events`; nothing is kept.

    Raises:
        ModelError: no model is loaded, or it has no policies.
    """
    if agent.assistant is None or agent.assistant.ensemble is None:
        raise ModelError("there is no model, or it has no policies")
    tracker = Tracker.start(agent.assistant.domain).after_all(events)
    return NextAction(*predict_next(agent.assistant, tracker))


def _begin_with_session(events: Sequence[Event]) -> bool:
    return session_action(events[:1]) is not None and session_started(events[1:2]) is not None
