"""Trains stock Rasa's default pipeline on one set and measures it; prints the figures as JSON.

Runs from the top of the repository under the Python of an environment with Rasa 3.6 (Python 3.9 or 3.10),
not under Turnwise's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.nlu_score import Score, copies

CONFIG = """
recipe: default.v1
assistant_id: bench
language: en
pipeline:
- name: WhitespaceTokenizer
  intent_tokenization_flag: {split}
  intent_split_symbol: "{symbol}"
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: {epochs}
  constrain_similarities: true
policies: []
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--split", metavar="SYMBOL", help="what stands between the parts of an intent")
    options = parser.parse_args()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu
    from rasa.shared.nlu.training_data.loading import load_data

    def examples(path: Path) -> list[Any]:
        found: list[Any] = load_data(str(path)).nlu_examples
        return found

    test = examples(options.folder / "test.yml")
    known = load_data(str(options.folder / "train.yml")).intents
    with tempfile.TemporaryDirectory() as work:
        config = Path(work, "config.yml")
        split, symbol = "true" if options.split else "false", options.split or "_"
        content = CONFIG.format(epochs=options.epochs, split=split, symbol=symbol)
        config.write_text(content, encoding="utf-8")
        start, worked = time.perf_counter(), time.process_time()
        model = train_nlu(str(config), str(options.folder / "train.yml"), work)
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        size = Path(str(model)).stat().st_size
        start = time.perf_counter()
        agent = Agent.load(str(model))
        loading = time.perf_counter() - start
        score, times = asyncio.run(_scored(agent, test, known))
        by_copy = {
            kind: asyncio.run(_scored(agent, examples(path), known))[0].quality
            for kind, path in copies(options.folder)
        }
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        **score.quality,
        "training s": round(seconds, 1),
        "training CPU s": round(worked, 1),
        "load s": round(loading, 1),
        "model MB": round(size / 1e6, 1),
        **times,
        "process MB": round(memory),
        **score.sure,
        "copies": by_copy,
    }
    print(json.dumps(figures))


async def _scored(agent: Any, test: list[Any], known: set[str]) -> tuple[Score, dict[str, float]]:
    """How well messages are understood, and the milliseconds for one: median by the clock, mean of CPU."""
    score, times, worked = Score(known), [], time.process_time()
    for example in test:
        begin = time.perf_counter()
        parsed = await agent.parse_message(example.get("text"))
        times.append(time.perf_counter() - begin)
        score.count(
            intent=example.get("intent"),
            guess=parsed["intent"]["name"],
            confidence=parsed["intent"]["confidence"],
            spans=_spans(example.get("entities") or []),
            found=_spans(parsed["entities"]),
        )
    worked = (time.process_time() - worked) / len(test)
    return score, {"parse ms": round(median(times) * 1000, 2), "parse CPU ms": round(worked * 1000, 2)}


def _spans(entities: list[Any]) -> set[tuple[int, int, str]]:
    return {(own["start"], own["end"], own["entity"]) for own in entities}


if __name__ == "__main__":
    main()
