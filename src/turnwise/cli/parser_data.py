"""Commands about training data: `data convert | split | validate | migrate`."""

from __future__ import annotations

import argparse

from turnwise.cli import parser_options as options
from turnwise.cli.parser_options import Commands, add_command, add_subcommands

SPLIT = "turnwise.cli.split:run"
VALIDATE = "turnwise.cli.validate:run"


def add_data_commands(commands: Commands) -> None:
    """Adds `data` and everything below it."""
    data = add_command(commands, "data", "convert, split, check and migrate training data", handler=None)
    parts = add_subcommands(data)
    _add_convert(parts)
    _add_split(parts)
    _add_validate(parts)
    _add_migrate(parts)


def _add_convert(parts: Commands) -> None:
    convert = add_command(parts, "convert", "convert data between formats", handler=None)
    nlu = add_command(
        add_subcommands(convert),
        "nlu",
        "convert NLU data",
        handler="turnwise.cli.convert:run",
        subcommand="nlu",
    )
    nlu.add_argument(
        "-f", "--format", choices=["json", "yaml"], default="yaml", help="format that is written"
    )
    options.add_data(nlu)
    options.add_out(nlu, default="converted_data", summary="file that is written")
    nlu.add_argument("-l", "--language", default="en", help="language of the data")


def _add_split(parts: Commands) -> None:
    split = add_command(parts, "split", "split data into a training and a test part", handler=None)
    kinds = add_subcommands(split)
    for kind in ("nlu", "stories"):
        parser = add_command(kinds, kind, f"split {kind}", handler=SPLIT, subcommand=kind)
        options.add_nlu_data(parser)
        parser.add_argument(
            "--training-fraction", type=float, default=0.8, help="share of the training part, 0 to 1"
        )
        parser.add_argument("--random-seed", type=int, metavar="SEED", help="makes the split repeatable")
        options.add_out(parser, default="train_test_split", summary="folder that is written to")


def _add_validate(parts: Commands) -> None:
    validate = add_command(parts, "validate", "check domain, NLU data and stories", handler=VALIDATE)
    _add_validate_options(validate)
    stories = add_command(
        add_subcommands(validate),
        "stories",
        "find stories that contradict",
        handler=VALIDATE,
        subcommand="stories",
    )
    _add_validate_options(stories)


def _add_validate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--max-history", type=int, metavar="N", help="turns that tell stories apart")
    options.add_config(parser)
    parser.add_argument("--fail-on-warnings", action="store_true", help="exit 1 on warnings too")
    options.add_domain(parser)
    options.add_data(parser)


def _add_migrate(parts: Commands) -> None:
    migrate = add_command(
        parts, "migrate", "rewrite a 2.x domain for 3.x", handler="turnwise.cli.migrate:run"
    )
    options.add_domain(migrate)
    options.add_out(
        migrate, default=None, summary="file or folder that is written; new_domain.yml unless given"
    )
