"""Flags that several commands share, under Rasa's names and defaults."""

from __future__ import annotations

import argparse
import logging
import os
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers` returns: the place a command is added to."""

PERCENTAGES = [0, 25, 50, 75]
"""Shares of the training data, in percent, that comparisons of configurations leave out."""


def add_command(
    commands: Commands, name: str, summary: str, *, handler: str | None, subcommand: str | None = None
) -> argparse.ArgumentParser:
    """A command `name`, run by `handler` ("module:function"; None: it only prints its help)."""
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(handler=handler, subcommand=subcommand)
    return parser


def add_subcommands(parser: argparse.ArgumentParser) -> Commands:
    """Room for sub-commands; the command may be used without one."""
    return parser.add_subparsers(title="sub-commands")


def add_logging_options(parser: argparse.ArgumentParser) -> None:
    """How much a command says; without a flag the level is that of LOG_LEVEL."""
    group = parser.add_argument_group(
        "logging", "LOG_LEVEL sets the level when no flag does, LOG_LEVEL_LIBRARIES that of third parties."
    )
    levels = {
        ("-v", "--verbose"): (logging.INFO, "say what is being done"),
        ("-vv", "--debug"): (logging.DEBUG, "say everything, and show tracebacks"),
        ("--quiet",): (logging.WARNING, "say only what is wrong"),
    }
    for flags, (level, summary) in levels.items():
        group.add_argument(*flags, dest="loglevel", action="store_const", const=level, help=summary)
    group.add_argument(
        "--logging-config-file", metavar="FILE", help="a YAML file in logging.config's dict format"
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", default="config.yml", help="the NLU pipeline and the policies")


def add_configs(parser: argparse.ArgumentParser, *, default: list[str] | None) -> None:
    parser.add_argument(
        "-c", "--config", nargs="+", default=default, help="one configuration, or several to compare them"
    )


def add_domain(parser: argparse.ArgumentParser, *, default: str | None = "domain.yml") -> None:
    parser.add_argument("-d", "--domain", default=default, help="the domain: a file, or a folder of files")


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", nargs="+", default=["data"], help="files or folders with training data")


def add_nlu_data(parser: argparse.ArgumentParser, *, default: str | None = "data") -> None:
    parser.add_argument("-u", "--nlu", default=default, help="a file or folder with NLU data")


def add_stories(parser: argparse.ArgumentParser, *, default: str = "data") -> None:
    parser.add_argument("-s", "--stories", default=default, help="a file or folder with stories and rules")


def add_out(parser: argparse.ArgumentParser, *, default: str | None, summary: str) -> None:
    parser.add_argument("--out", default=default, help=summary)


def add_endpoints(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoints", default="endpoints.yml", help="where trackers, locks, events, actions live"
    )


def add_model(parser: argparse.ArgumentParser, *, default: str | None = "models") -> None:
    parser.add_argument(
        "-m", "--model", default=default, help="a model archive, or a folder: its newest is taken"
    )


def add_port(parser: argparse.ArgumentParser, *, default: int = 5005) -> None:
    parser.add_argument("-p", "--port", type=int, default=default, help="TCP port to listen on")


def add_finetuning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--finetune",
        nargs="?",
        const="",
        metavar="MODEL",
        help="go on from an earlier model: this one, or the newest of the output folder",
    )
    parser.add_argument("--epoch-fraction", type=float, help="share of the epochs a finetuning takes")


def add_training_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--num-threads", type=int, help="threads a component may use for training")


def add_fixed_model_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fixed-model-name", metavar="NAME", help="name of the model file instead of date and time"
    )


def add_persisted_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--persist-nlu-data", action="store_true", help="put the NLU data into the model")


def add_story_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--augmentation", type=int, default=50, help="how many longer stories are glued from stories"
    )
    parser.add_argument("--debug-plots", action="store_true", help="write story_blocks_connections.html")


def add_force(
    parser: argparse.ArgumentParser, *, summary: str = "train everything anew, whatever changed"
) -> None:
    parser.add_argument("--force", action="store_true", help=summary)


def add_comparison(
    parser: argparse.ArgumentParser, *, percentages_flags: tuple[str, ...], nargs: str
) -> None:
    parser.add_argument(
        *percentages_flags,
        type=_percentage,
        nargs=nargs,
        default=PERCENTAGES,
        help="shares of the training data, in percent, left out when configurations are compared",
    )


def add_runs(parser: argparse.ArgumentParser, *flags: str) -> None:
    parser.add_argument(*flags, type=_runs, default=3, help="how often a comparison is repeated")


def _percentage(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 100):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 100, found '{text}'")
    return int(text)


def _runs(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, found '{text}'")
    return int(text)


def add_conversation_id(parser: argparse.ArgumentParser) -> None:
    """`--conversation-id`, random unless given, so that each terminal starts a conversation of its own."""
    parser.add_argument(
        "--conversation-id", default=os.urandom(16).hex(), help="id of the conversation (else random)"
    )
