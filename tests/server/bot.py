"""A small assistant for the tests of the server: a real agent whose policy is a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.channel import OnMessage, UserMessage
from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.nlu.pipeline import Pipeline
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.learned import Explanation
from turnwise.policies.learned_network import Reason
from turnwise.policies.policy import Prediction
from turnwise.project.domain_file import domain_from_source
from turnwise.storage.locks import MemoryLockStore
from turnwise.storage.memory import MemoryTrackerStore

SOURCE = {
    "version": "3.1",
    "intents": ["greet", "ask", "external"],
    "entities": ["name"],
    "slots": {
        "name": {
            "type": "text",
            "influence_conversation": False,
            "mappings": [{"type": "from_entity", "entity": "name"}],
        }
    },
    "responses": {
        "utter_greet": [{"text": "Hi {name}."}],
        "utter_ask": [{"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/greet"}]}],
        "utter_external": [{"text": "Something happened.\n\nIt did."}],
    },
    "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
}

ANSWERS = {"greet": "utter_greet", "ask": "utter_ask", "external": "utter_external"}


@dataclass(frozen=True, slots=True)
class TablePolicy:
    """Answers each intent with one response."""

    name: str = "TablePolicy"
    priority: int = 1

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction:
        said_nothing_yet = tracker.latest_action == ACTION_LISTEN
        action = ANSWERS.get(tracker.latest_intent or "") if said_nothing_yet else None
        return Prediction(policy=self.name, scores={action or ACTION_LISTEN: 1.0})

    def explain(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Explanation:
        """The intent decides."""
        reason = Reason("intent", 0, tracker.latest_intent or "", 1.0)
        return Explanation(ANSWERS.get(tracker.latest_intent or "", ACTION_LISTEN), 1.0, None, [reason])

    def dump(self) -> Mapping[str, bytes]:
        return {}


def small_assistant() -> Assistant:
    """An assistant that understands `/intent` messages."""
    return Assistant(
        domain=domain_from_source(SOURCE),
        nlu=Pipeline([]),
        ensemble=Ensemble([TablePolicy()]),
        model_id="model-1",
        assistant_id="small",
    )


def small_agent(assistant: Assistant | None) -> Agent:
    """An agent that keeps everything in memory."""
    agent = Agent(tracker_store=MemoryTrackerStore(), lock_store=MemoryLockStore())
    if assistant is not None:
        agent.swap(assistant)
    return agent


@dataclass(slots=True, kw_only=True)
class ScriptedAgent(Agent):
    """An agent that does what a test wants instead of a turn."""

    do: OnMessage

    async def handle(self, message: UserMessage) -> None:
        await self.do(message)


def scripted_agent(do: OnMessage) -> ScriptedAgent:
    """An agent with the small assistant, whose turns are `do`."""
    agent = ScriptedAgent(tracker_store=MemoryTrackerStore(), lock_store=MemoryLockStore(), do=do)
    agent.swap(small_assistant())
    return agent
