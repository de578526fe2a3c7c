"""Measures `--finetune`: going on from a model when one example in a hundred is new, beside training anew.

python -m bench.finetuning FOLDER       # FOLDER/<set>/train.yml and test.yml
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from turnwise.nlu import DEFAULT_PIPELINE, Pipeline
from turnwise.nlu.resumption import Previous
from turnwise.project.nlu_data import Example, NLUData
from turnwise.project.nlu_file import load_nlu

ONE_IN = 100
"""Of how many examples one is new."""
HEAD = ("set", "model", "wall s", "CPU s", "intent accuracy", "entity F1", "new examples understood")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of sets, each with train.yml and test.yml")
    folders = [path.parent for path in sorted(parser.parse_args(arguments).folder.glob("*/train.yml"))]
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for folder in folders:
        _measure(folder.name, load_nlu(folder / "train.yml"), load_nlu(folder / "test.yml").examples)
    return 0 if folders else 1


def _measure(name: str, data: NLUData, test: Sequence[Example]) -> None:
    """Prints one line for the model without the new examples, and for each way to learn them."""
    new = set(random.Random(1).sample(range(len(data.examples)), len(data.examples) // ONE_IN))
    old = tuple(example for row, example in enumerate(data.examples) if row not in new)
    added = [data.examples[row] for row in sorted(new)]
    first = replace(data, examples=old)
    files: dict[str, bytes] = {}

    def without() -> Pipeline:
        return Pipeline.train(DEFAULT_PIPELINE, first)

    def anew() -> Pipeline:
        return Pipeline.train(DEFAULT_PIPELINE, data)

    def fine_tuned() -> Pipeline:
        return Pipeline.train(DEFAULT_PIPELINE, data, previous=Previous(files=files))

    for title, train in (
        ("without the new examples", without),
        ("all anew", anew),
        ("fine-tuned", fine_tuned),
    ):
        pipeline = _timed(name, title, train, test, added)
        files = files or pipeline.dump()


def _timed(
    name: str, title: str, train: Callable[[], Pipeline], test: Sequence[Example], added: Sequence[Example]
) -> Pipeline:
    wall, worked = time.perf_counter(), time.process_time()
    pipeline = train()
    wall, worked = time.perf_counter() - wall, time.process_time() - worked
    accuracy, f1 = _quality(pipeline, test)
    figures = (f"{wall:.1f}", f"{worked:.1f}", f"{accuracy:.4f}", f1, f"{_quality(pipeline, added)[0]:.2f}")
    print(f"| {' | '.join((name, title, *figures))} |", flush=True)
    return pipeline


def _quality(pipeline: Pipeline, examples: Sequence[Example]) -> tuple[float, str]:
    """Accuracy of intents, and F1 of entities by exact span and label."""
    right = shared = counted = 0
    for example in examples:
        message = pipeline.parse(example.text)
        ranking = [intent.name for intent in message.ranking or () if intent.name != "nlu_fallback"]
        right += ranking[:1] == [example.intent]
        predicted = {(entity.start, entity.end, entity.entity) for entity in message.entities}
        annotated = {(span.start, span.end, span.entity) for span in example.entities}
        shared += len(predicted & annotated)
        counted += len(predicted) + len(annotated)
    return right / len(examples), f"{2 * shared / counted:.4f}" if counted else "-"


if __name__ == "__main__":
    sys.exit(main())
