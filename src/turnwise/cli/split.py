"""`rasa data split nlu|stories`: a part to train with and a part to test with."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from turnwise.cli.console import print_info, print_success
from turnwise.cli.paths import existing_path
from turnwise.errors import UsageError


def run(args: argparse.Namespace) -> int:
    """Writes the parts into the folder `--out`."""
    if not 0 < args.training_fraction < 1:
        raise UsageError("--training-fraction: expected a number between 0 and 1, such as 0.8")
    source = existing_path(args.nlu, flag="--nlu", default="data")
    chance = random.Random(args.random_seed)
    if args.subcommand == "stories":
        return _split_stories(source, args, chance)
    return _split_nlu(source, args, chance)


def _split_nlu(source: Path, args: argparse.Namespace, chance: random.Random) -> int:
    from turnwise.project.nlu_file import load_nlu
    from turnwise.project.splitting import split_examples, write_nlu_split

    train, test = split_examples(load_nlu(source), args.training_fraction, chance)
    write_nlu_split(train, test, Path(args.out))
    print_success(
        f"'{args.out}' has {len(train.examples)} examples to train and {len(test.examples)} to test with."
    )
    return 0


def _split_stories(source: Path, args: argparse.Namespace, chance: random.Random) -> int:
    from turnwise.project.splitting import split_stories

    done, skipped = split_stories(source, Path(args.out), args.training_fraction, chance)
    for file in skipped:
        print_info(f"{file} has no stories and is left out.")
    for split in done:
        print_success(
            f"{split.file}: {split.trained} stories in '{split.train}', {split.tested} in '{split.test}'."
        )
    return 0
