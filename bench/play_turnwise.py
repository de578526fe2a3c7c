"""Holds conversations with a model in this process, through Turnwise's agent; prints its figures as JSON.

python -m bench.play_turnwise MODEL ENDPOINTS SECONDS MESSAGE...
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from turnwise.agent import Agent
from turnwise.channels.channel import UserMessage
from turnwise.channels.collector import Collector
from turnwise.project.endpoints_file import load_endpoints
from turnwise.server.assembly import open_agent
from turnwise.server.serve import run_until_done
from turnwise.training.model import load_assistant


async def play(model: Path, endpoints: Path, seconds: float, messages: list[str]) -> dict[str, float]:
    """Turns, seconds, processor seconds and answers of as many conversations as fit, after two to warm up."""
    agent = await open_agent(load_endpoints(endpoints), load_assistant(model))
    for number in range(2):
        await hold(agent, f"warm-{number}", messages)
    started, worked = time.perf_counter(), time.process_time()
    turns = answers = 0
    while time.perf_counter() - started < seconds:
        answers += await hold(agent, f"user-{turns}", messages)
        turns += len(messages)
    elapsed, worked = time.perf_counter() - started, time.process_time() - worked
    await agent.close()
    return {"turns": turns, "seconds": elapsed, "cpu": worked, "answers": answers}


async def hold(agent: Agent, sender_id: str, messages: list[str]) -> int:
    """One conversation; how many messages the assistant sent."""
    answers = 0
    for text in messages:
        output = Collector()
        await agent.handle(UserMessage(text=text, sender_id=sender_id, output=output, input_channel="rest"))
        answers += len(output.messages)
    return answers


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    result = run_until_done(play(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))
    print(json.dumps(result))
