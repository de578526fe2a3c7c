"""Trains Turnwise's default pipeline on one set and measures it; prints the figures as JSON."""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from statistics import median
from typing import Any

from bench.nlu_score import Score, copies
from turnwise.nlu import DEFAULT_PIPELINE, Message, Pipeline
from turnwise.project.nlu_data import Example
from turnwise.project.nlu_file import load_nlu

Config = Sequence[Mapping[str, Any]]


def config_of(*, encoder: bool, split: str | None = None) -> list[Mapping[str, Any]]:
    """The default pipeline, with an encoder or not.

    Args:
        split: What stands between the parts of an intent; None if intents have none.
    """
    config = list(DEFAULT_PIPELINE)
    if split:
        config[0] = {**config[0], "intent_tokenization_flag": True, "intent_split_symbol": split}
    if encoder:
        config.insert(1, {"name": "EncoderFeaturizer"})
    return config


def classified(message: Message) -> tuple[str | None, float]:
    """The best intent and its confidence, also where the fallback took its place."""
    ranking = [intent for intent in message.ranking or [] if intent.name != "nlu_fallback"]
    return (ranking[0].name, ranking[0].confidence) if ranking else (None, 0.0)


def scored(pipeline: Pipeline, test: Sequence[Example], known: Set[str]) -> Score:
    """How well a trained pipeline understands messages.

    Args:
        known: Intents that were learned.
    """
    score = Score(known)
    for example in test:
        message = pipeline.parse(example.text)
        guess, confidence = classified(message)
        score.count(
            intent=example.intent,
            guess=guess,
            confidence=confidence,
            spans={(span.start, span.end, span.entity) for span in example.entities},
            found={(entity.start, entity.end, entity.entity) for entity in message.entities},
        )
    return score


def measured(config: Config, folder: Path) -> dict[str, Any]:
    """Quality and times of one training, on `test.yml` and its changed copies."""
    train, test = load_nlu(folder / "train.yml"), load_nlu(folder / "test.yml").examples
    start, worked = time.perf_counter(), time.process_time()
    pipeline = Pipeline.train(config, train)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    known = set(train.intents)
    score = scored(pipeline, test, known)
    return {
        **score.quality,
        "training s": round(seconds, 1),
        "training CPU s": round(worked, 1),
        **served(config, pipeline.dump(), [example.text for example in test]),
        **score.sure,
        "copies": {
            kind: scored(pipeline, load_nlu(path).examples, known).quality for kind, path in copies(folder)
        },
    }


def served(config: Config, files: Mapping[str, bytes], texts: Sequence[str]) -> dict[str, Any]:
    """Size of the model, and what a fresh process that serves it takes, to parse each text once too."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        command = [
            sys.executable,
            "-m",
            "bench.nlu_turnwise",
            folder,
            "--serve",
            json.dumps(list(map(dict, config))),
        ]
        shown = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    packed = sum(len(gzip.compress(content)) for content in files.values())
    return {"model MB": round(packed / 1e6, 1), **json.loads(shown.stdout)}


def serve(config: Config, folder: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Loads a stored model, parses each text once; tells memory, and times as `nlu_stock` does."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    start = time.perf_counter()
    pipeline = Pipeline.load(config, files)
    seconds = time.perf_counter() - start
    times, worked = [], time.process_time()
    for text in texts:
        begin = time.perf_counter()
        pipeline.parse(text)
        times.append(time.perf_counter() - begin)
    worked = (time.process_time() - worked) / len(texts)
    parse = {"parse ms": round(median(times) * 1000, 2), "parse CPU ms": round(worked * 1000, 2)}
    return {**parse, "load s": round(seconds, 3), "process MB": round(_largest())}


def _largest() -> float:
    """Megabytes that this process held at most; where /proc tells, without what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--split", metavar="SYMBOL", help="what stands between the parts of an intent")
    parser.add_argument(
        "--serve", type=json.loads, help="configuration of the stored model to load from folder"
    )
    options = parser.parse_args()
    if options.serve:
        print(json.dumps(serve(options.serve, options.folder, json.load(sys.stdin))))
        return
    config = config_of(encoder=options.encoder, split=options.split)
    print(json.dumps(measured(config, options.folder)))


if __name__ == "__main__":
    main()
