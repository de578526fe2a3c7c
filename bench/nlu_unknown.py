"""Sets with intents left out, and how well confidences tell requests that belong to none of the others."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

from turnwise.project.nlu_data import NLUData
from turnwise.project.nlu_file import load_nlu
from turnwise.project.nlu_writer import nlu_yaml

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of known requests that a threshold may send to fallback."""
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
"""What may stand under FallbackClassifier."""


def left_out(folder: Path, out: Path, *, share: float, seed: int, most: int | None = None) -> Path:
    """Writes a set whose `train.yml` lacks some intents that its `test.yml` has.

    Args:
        share: Of the intents that are left out.
        most: How many intents to keep at all, to make the set small; None for all.

    Returns:
        The folder of the set.
    """
    train, test = load_nlu(folder / "train.yml"), load_nlu(folder / "test.yml")
    dice = random.Random(seed)
    intents = dice.sample(train.intents, most or len(train.intents))
    known = set(intents[round(share * len(intents)) :])
    out.mkdir(parents=True)
    (out / "train.yml").write_text(nlu_yaml(_only(train, known)), encoding="utf-8")
    (out / "test.yml").write_text(nlu_yaml(_only(test, set(intents))), encoding="utf-8")
    return out


def few(folder: Path, out: Path, *, examples: int) -> Path:
    """Writes a set that has so many examples of each intent in its `train.yml`, and the whole `test.yml`.

    Returns:
        The folder of the set.
    """
    train, dice = load_nlu(folder / "train.yml"), random.Random(0)
    drawn = dice.sample(train.examples, len(train.examples))
    place = {intent: itertools.count() for intent in train.intents}
    kept = tuple(example for example in drawn if example.intent and next(place[example.intent]) < examples)
    out.mkdir(parents=True)
    (out / "train.yml").write_text(nlu_yaml(replace(train, examples=kept)), encoding="utf-8")
    shutil.copy(folder / "test.yml", out / "test.yml")
    return out


def _only(data: NLUData, intents: set[str]) -> NLUData:
    return replace(data, examples=tuple(example for example in data.examples if example.intent in intents))


def caught(known: Sequence[float], unknown: Sequence[float], share: float) -> float:
    """The share of unknown requests below the threshold that sends `share` of known ones to fallback.

    Args:
        known: Confidences of requests whose intents were learned.
        unknown: Those of the others.
    """
    threshold = sorted(known)[int(share * len(known))]
    return below(unknown, threshold)


def below(confidences: Sequence[float], threshold: float) -> float:
    """The share of confidences that a threshold sends to fallback."""
    return sum(confidence < threshold for confidence in confidences) / len(confidences)


def curve(runs: Sequence[Mapping[str, Sequence[float]]]) -> list[str]:
    """Mean and spread over runs, in words.

    Args:
        runs: Confidences of `known` and `unknown` requests, for each choice of intents.
    """
    lines = []
    for share in SHARES:
        rates = [caught(run["known"], run["unknown"], share) for run in runs]
        spread = f" (spread {stdev(rates):.1%})" if len(rates) > 1 else ""
        lines.append(f"{share:.0%} of known requests to fallback: {mean(rates):.1%} of unknown ones{spread}")
    for threshold in THRESHOLDS:
        known, unknown = (mean(below(run[kind], threshold) for run in runs) for kind in ("known", "unknown"))
        lines.append(f"threshold {threshold}: {known:.1%} of known requests, {unknown:.1%} of unknown ones")
    return lines
