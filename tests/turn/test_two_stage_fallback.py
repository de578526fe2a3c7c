"""The two-stage fallback, where its conversations cannot be recorded from stock Rasa."""

from __future__ import annotations

from turnwise.testing import Bot

DOMAIN = """
intents: [help, hi]
responses:
  utter_hi: [{text: Hi.}]
  utter_ask_rephrase: [{text: Say it differently.}]
"""
RULES = """
rules:
- rule: help
  steps:
  - intent: help
  - action: action_two_stage_fallback
  - active_loop: action_two_stage_fallback
- rule: hi
  steps:
  - intent: hi
  - action: utter_hi
"""


async def test_begun_by_a_clear_intent_it_asks_once() -> None:
    """Stock Rasa ends such a loop at once, repeats the message, and so begins it again without end."""
    bot = Bot.train(domain=DOMAIN, rules=RULES)
    turn = await bot.hears("/help")
    assert turn.replies == ("Did you mean 'help'?",)
    assert turn.loop == "action_two_stage_fallback"
    assert (await bot.hears("/hi")).replies == ("Hi.",)
