"""Trains stock Rasa's default pipeline on one set and measures it; prints the figures as JSON.

Runs under the Python of an environment with Rasa 3.6 (Python 3.8 to 3.10), not under Turnwise's.
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

CONFIG = """
recipe: default.v1
assistant_id: bench
language: en
pipeline:
- name: WhitespaceTokenizer
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
    options = parser.parse_args()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu
    from rasa.shared.nlu.training_data.loading import load_data

    test = load_data(str(options.folder / "test.yml")).nlu_examples
    known = load_data(str(options.folder / "train.yml")).intents
    with tempfile.TemporaryDirectory() as work:
        config = Path(work, "config.yml")
        config.write_text(CONFIG.format(epochs=options.epochs), encoding="utf-8")
        start = time.perf_counter()
        model = train_nlu(str(config), str(options.folder / "train.yml"), work)
        seconds = time.perf_counter() - start
        size = Path(str(model)).stat().st_size
        start = time.perf_counter()
        agent = Agent.load(str(model))
        loading = time.perf_counter() - start
        figures = asyncio.run(_measured(agent, test, known))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rest = {"training s": round(seconds, 1), "load s": round(loading, 1), "model MB": round(size / 1e6, 1)}
    print(json.dumps({**figures, **rest, "process MB": round(memory)}))


async def _measured(agent: object, test: list[object], known: set[str]) -> dict[str, object]:
    times, right, shared, found, true = [], 0, 0, 0, 0
    sure: dict[str, list[float]] = {"known": [], "unknown": []}
    for example in test:
        begin = time.perf_counter()
        parsed = await agent.parse_message(example.get("text"))  # type: ignore[attr-defined]
        times.append(time.perf_counter() - begin)
        intent = example.get("intent")  # type: ignore[attr-defined]
        right += parsed["intent"]["name"] == intent
        sure["known" if intent in known else "unknown"].append(parsed["intent"]["confidence"])
        predicted = {(own["start"], own["end"], own["entity"]) for own in parsed["entities"]}
        annotated = {(own["start"], own["end"], own["entity"]) for own in example.get("entities") or []}  # type: ignore[attr-defined]
        shared += len(predicted & annotated)
        found += len(predicted)
        true += len(annotated)
    return {
        "intent accuracy": round(right / len(sure["known"]), 4),
        "entity F1": round(2 * shared / (found + true), 4) if true else "-",
        "parse ms": round(median(times) * 1000, 2),
        **({"sure": sure} if sure["unknown"] else {}),
    }


if __name__ == "__main__":
    main()
