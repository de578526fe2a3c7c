"""Splitting data into a part to train with and a part to test with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from turnwise.errors import Place, ProjectError
from turnwise.project.files import YAML_EXTENSIONS, files_below, holds_stories
from turnwise.project.nlu_data import Example, NLUData
from turnwise.project.nlu_writer import nlu_yaml
from turnwise.project.versions import LATEST_VERSION
from turnwise.project.yaml import parse_yaml, read_text
from turnwise.project.yaml_writer import Quoted, to_yaml

T = TypeVar("T")


def split_examples(data: NLUData, training_fraction: float, chance: random.Random) -> tuple[NLUData, NLUData]:
    """NLU data to train and to test with; synonyms, regexes and lookups belong to both.

    Each intent, and each response key, is split on its own. With two examples or more it is on both
    sides; a single one is trained.

    Args:
        training_fraction: Between 0 and 1.
    """
    by_class: dict[str, list[Example]] = {}
    for example in data.examples:
        by_class.setdefault(example.response_key or example.intent or "", []).append(example)
    train: list[Example] = []
    test: list[Example] = []
    for examples in by_class.values():
        first, second = _split(examples, training_fraction, chance)
        train += first
        test += second
    return replace(data, examples=tuple(train)), replace(data, examples=tuple(test))


def _split(items: Sequence[T], fraction: float, chance: random.Random) -> tuple[list[T], list[T]]:
    """Both parts in the original order; none is empty if there are two items."""
    wanted = round(len(items) * fraction)
    count = min(max(wanted, 1), max(len(items) - 1, 1))
    chosen = set(chance.sample(range(len(items)), count))
    return (
        [item for index, item in enumerate(items) if index in chosen],
        [item for index, item in enumerate(items) if index not in chosen],
    )


def write_nlu_split(train: NLUData, test: NLUData, out: Path) -> list[Path]:
    """Writes both parts, and the responses that belong to each, into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    contents = {
        "training_data.yml": nlu_yaml(replace(train, responses={})),
        "test_data.yml": nlu_yaml(replace(test, responses={})),
        "nlg_training_data.yml": _responses_yaml(train),
        "nlg_test_data.yml": _responses_yaml(test),
    }
    for name, text in contents.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in contents]


def _responses_yaml(data: NLUData) -> str:
    """Responses to the retrieval intents among the examples; nothing if there are none."""
    names = {f"utter_{example.response_key}" for example in data.examples if example.response_key}
    responses = {name: list(every) for name, every in data.responses.items() if name in names}
    return to_yaml({"version": Quoted(LATEST_VERSION), "responses": responses}) if responses else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySplit:
    """What became of one file with stories."""

    file: str
    train: Path
    test: Path
    trained: int
    """How many stories are in `train`."""
    tested: int


def split_stories(
    paths: str | Path, out: Path, training_fraction: float, chance: random.Random
) -> tuple[list[StorySplit], list[str]]:
    """Splits each file below `paths` that has stories into `train_<name>` and `test_<name>` in `out`.

    What else is in a file stays in its training part.

    Returns:
        The files that were split, and those without stories.

    Raises:
        ProjectError: a file is no YAML, or holds something else where its stories should be.
    """
    out.mkdir(parents=True, exist_ok=True)
    done: list[StorySplit] = []
    skipped: list[str] = []
    for file in files_below(paths, YAML_EXTENSIONS):
        text = read_text(file)
        if not holds_stories(text):
            continue
        content = parse_yaml(text, file=file).data
        if not isinstance(content, dict) or not content.get("stories"):
            skipped.append(file)
            continue
        if not isinstance(content["stories"], list):
            raise ProjectError(Place(file, 1, ("stories",)), "expected a list", fix="write - story: name")
        done.append(_write_story_split(file, content, out, training_fraction, chance))
    return done, skipped


def _write_story_split(
    file: str, content: dict[str, Any], out: Path, fraction: float, chance: random.Random
) -> StorySplit:
    train, test = _split(content["stories"], fraction, chance)
    version = Quoted(content.get("version") or LATEST_VERSION)
    parts = {
        "train": {**content, "version": version, "stories": train},
        "test": {"version": version, "stories": test},
    }
    targets = {part: out / f"{part}_{Path(file).name}" for part in parts}
    for part, data in parts.items():
        targets[part].write_text(to_yaml(data), encoding="utf-8")
    return StorySplit(
        file=file, train=targets["train"], test=targets["test"], trained=len(train), tested=len(test)
    )
