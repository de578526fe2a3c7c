"""Holds conversations with a model in this process, through stock Rasa's agent; prints its figures as JSON.

Runs in stock Rasa's own environment (Python 3.8 to 3.10), so it shares no code with the programs around it.

    PYTHON_OF_STOCK play_stock.py MODEL ENDPOINTS SECONDS MESSAGE...
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints


async def play(model: str, endpoints: str, seconds: float, messages: list[str]) -> dict[str, float]:
    """Turns, seconds, processor seconds and answers of as many conversations as fit, after two to warm up."""
    agent = await load_agent(model_path=model, endpoints=AvailableEndpoints.read_endpoints(endpoints))
    for number in range(2):
        await hold(agent, f"warm-{number}", messages)
    started, worked = time.perf_counter(), time.process_time()
    turns = answers = 0
    while time.perf_counter() - started < seconds:
        answers += await hold(agent, f"user-{turns}", messages)
        turns += len(messages)
    elapsed, worked = time.perf_counter() - started, time.process_time() - worked
    return {"turns": turns, "seconds": elapsed, "cpu": worked, "answers": answers}


async def hold(agent: Agent, sender_id: str, messages: list[str]) -> int:
    """One conversation; how many messages the assistant sent."""
    answers = 0
    for text in messages:
        output = CollectingOutputChannel()
        await agent.handle_message(UserMessage(text, output, sender_id, input_channel="rest"))
        answers += len(output.messages)
    return answers


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    result = asyncio.run(play(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]))
    print(json.dumps(result))
