"""One turn: what a failing action, a follow-up or an endless chain of actions does to it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from turnwise.channels.channel import BotMessage, UserMessage
from turnwise.dialogue.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    Event,
    FollowupAction,
    ReminderScheduled,
    SlotSet,
    UserUttered,
)
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError, ActionRejected
from turnwise.testing import Bot

DOMAIN = """
intents: [go, other]
entities: [word]
slots:
  word:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: word}]
actions: [action_go]
responses:
  utter_after: [{text: After.}]
  utter_other: [{text: Other.}]
  utter_default: [{text: Pardon?}]
"""
RULES = """
rules:
- rule: go
  steps:
  - intent: go
  - action: action_go
  - action: utter_after
- rule: other
  steps:
  - intent: other
  - action: utter_other
"""


def bot(action: object) -> Bot:
    assert callable(action)
    return Bot.train(domain=DOMAIN, rules=RULES, actions={"action_go": action})


def raising(error: Exception) -> object:
    def action(tracker: Tracker) -> Sequence[Event]:
        raise error

    return action


def returning(*events: Event) -> object:
    return lambda tracker: events


async def test_a_failed_action_counts_as_run() -> None:
    """Stock Rasa goes on as if nothing had happened; projects rely on it."""
    turn = await bot(raising(ActionError("no"))).hears("/go")
    assert turn.replies == ("After.",)


async def test_a_refusal_is_recorded_and_something_else_happens() -> None:
    turn = await bot(raising(ActionRejected("action_go"))).hears("/go")
    assert turn.replies == ("Pardon?",)
    assert any(event.kind == "action_execution_rejected" for event in turn.events)


async def test_a_followup_comes_before_what_the_rules_say() -> None:
    turn = await bot(returning(FollowupAction(name="utter_other"))).hears("/go")
    assert turn.replies[0] == "Other."
    followed = [e for e in turn.events if isinstance(e, ActionExecuted) and e.name == "utter_other"]
    assert followed[0].policy == "followup_action"


async def test_an_unknown_followup_is_passed_over() -> None:
    assert (await bot(returning(FollowupAction(name="utter_nowhere"))).hears("/go")).replies == ("After.",)


async def test_a_paused_assistant_listens_and_says_nothing() -> None:
    shop = bot(returning(ConversationPaused()))
    await shop.hears("/go")
    turn = await shop.hears('/other{"word": "kept"}')

    assert turn.replies == ()
    assert turn.slots["word"] == "kept"


async def test_a_user_message_from_an_action_fills_slots() -> None:
    said = UserUttered(
        text="/other",
        parse_data={"intent": {"name": "other"}, "entities": [{"entity": "word", "value": "told"}]},
    )
    turn = await bot(returning(ActionExecuted(name="action_listen"), said)).hears("/go")
    assert turn.slots["word"] == "told"
    assert turn.replies == ("Other.",)


async def test_actions_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_NUMBER_OF_PREDICTIONS", "4")
    endless = bot(returning(FollowupAction(name="action_go")))
    await endless.hears("/go")
    assert len(endless.actions.calls) == 4


async def test_what_a_user_saw_was_kept_before() -> None:
    """On a channel that sends at once, a message leaves only after the store has everything up to it."""
    shop = bot(returning(SlotSet(name="word", value="kept")))
    seen: list[int] = []

    class Immediate:
        name = "immediate"
        collects = False

        async def send(self, recipient_id: str, message: BotMessage) -> None:
            events = await shop.agent.tracker_store.load_all(recipient_id)
            seen.append(sum(event.kind == "bot" for event in events))

    await shop.agent.handle(UserMessage(text="/go", output=Immediate(), input_channel="test"))
    assert seen == [1]
    events = (await shop.tracker()).events
    assert len({id(event) for event in events}) == len(events)
    assert [event.kind for event in events].count("bot") == 1


class Crashing:
    """A channel that sends at once, in whose process the power goes off after so many messages."""

    name = "immediate"
    collects = False

    def __init__(self, *, after: int = 100) -> None:
        self.texts: list[object] = []
        self._left = after

    async def send(self, recipient_id: str, message: BotMessage) -> None:
        self.texts.append(message["text"])
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("text", "message_id", "answers"),
    [("/other", "new", ["After.", "Other."]), ("/go", "same", ["After."])],
)
async def test_a_turn_that_was_cut_off_is_ended_first(text: str, message_id: str, answers: list[str]) -> None:
    """Then the next message is answered; the same one, delivered again, is not answered twice."""
    shop = bot(returning(BotUttered(text="Going.")))
    crash = Crashing(after=1)
    with pytest.raises(KeyboardInterrupt):
        await shop.agent.handle(UserMessage(text="/go", output=crash, message_id="same"))
    assert crash.texts == ["Going."]

    assert shop.agent.assistant is not None
    successor = Bot.of(shop.agent.assistant, actions=shop.actions.functions, store=shop.agent.tracker_store)
    output = Crashing()
    await successor.agent.handle(UserMessage(text=text, output=output, message_id=message_id))
    assert output.texts == answers
    assert (await successor.hears("/other")).replies == ("Other.",)


async def test_a_reminder_without_a_readable_time_does_not_break_the_turn() -> None:
    reminder = ReminderScheduled(intent="other", date_time="some day")
    turn = await bot(returning(reminder)).hears("/go")
    assert turn.replies == ("After.",)
