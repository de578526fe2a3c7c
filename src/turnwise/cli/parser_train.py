"""Commands that make something: `init`, `train`, `interactive`."""

from __future__ import annotations

import argparse

from turnwise.cli import parser_options as options
from turnwise.cli.parser_options import Commands, add_command, add_subcommands

TRAIN = "turnwise.cli.train:run"
INTERACTIVE = "turnwise.cli.interactive:run"


def add_training_commands(commands: Commands) -> None:
    """Adds `init`, `train [nlu|core]` and `interactive [core]`."""
    _add_init(commands)
    train = _add_train(commands)
    parts = add_subcommands(train)
    _add_train_nlu(parts)
    _add_train_core(parts)
    _add_interactive(commands)


def _add_init(commands: Commands) -> None:
    init = add_command(
        commands, "init", "make a new project with a small bot", handler="turnwise.cli.init:run"
    )
    init.add_argument("--no-prompt", action="store_true", help="ask nothing, take the defaults")
    init.add_argument("--init-dir", metavar="DIR", help="where the project shall be")


def _add_train(commands: Commands) -> argparse.ArgumentParser:
    train = add_command(commands, "train", "train a model from the project's files", handler=TRAIN)
    options.add_data(train)
    options.add_config(train)
    options.add_domain(train)
    options.add_out(train, default="models", summary="folder of the models")
    train.add_argument(
        "--dry-run", action="store_true", help="only say, by the exit code, what would be trained"
    )
    train.add_argument("--skip-validation", action="store_true", help="do not check the project first")
    train.add_argument(
        "--fail-on-validation-warnings", action="store_true", help="take its warnings for errors"
    )
    train.add_argument(
        "--validation-max-history", type=int, metavar="N", help="turns that tell stories apart"
    )
    options.add_story_options(train)
    options.add_training_threads(train)
    options.add_fixed_model_name(train)
    options.add_persisted_data(train)
    options.add_force(train)
    options.add_finetuning(train)
    options.add_endpoints(train)
    return train


def _add_train_nlu(parts: Commands) -> None:
    nlu = add_command(parts, "nlu", "train the NLU part only", handler=TRAIN, subcommand="nlu")
    options.add_config(nlu)
    options.add_domain(nlu, default=None)
    options.add_out(nlu, default="models", summary="folder of the models")
    options.add_nlu_data(nlu)
    options.add_training_threads(nlu)
    options.add_fixed_model_name(nlu)
    options.add_persisted_data(nlu)
    options.add_finetuning(nlu)


def _add_train_core(parts: Commands) -> None:
    core = add_command(parts, "core", "train the dialogue part only", handler=TRAIN, subcommand="core")
    options.add_stories(core)
    options.add_domain(core)
    options.add_configs(core, default=["config.yml"])
    options.add_out(core, default="models", summary="folder of the models")
    options.add_story_options(core)
    options.add_force(core, summary="accepted; `train core` never reuses earlier results")
    options.add_fixed_model_name(core)
    options.add_comparison(core, percentages_flags=("--percentages",), nargs="*")
    options.add_runs(core, "--runs")
    options.add_finetuning(core)


def _add_interactive(commands: Commands) -> None:
    learn = add_command(commands, "interactive", "teach the bot while talking with it", handler=INTERACTIVE)
    learn.add_argument("--e2e", action="store_true", help="save the texts of users in the stories")
    options.add_data(learn)
    options.add_force(learn)
    options.add_persisted_data(learn)
    _add_interactive_options(learn)
    part = add_command(
        add_subcommands(learn), "core", "teach the dialogue part only", handler=INTERACTIVE, subcommand="core"
    )
    options.add_stories(part)
    _add_interactive_options(part)


def _add_interactive_options(parser: argparse.ArgumentParser) -> None:
    options.add_port(parser)
    options.add_model(parser, default=None)
    parser.add_argument("--skip-visualization", action="store_true", help="do not show the graph of stories")
    options.add_conversation_id(parser)
    options.add_endpoints(parser)
    options.add_config(parser)
    options.add_domain(parser)
    options.add_out(parser, default="models", summary="folder of the models")
    options.add_story_options(parser)
    options.add_finetuning(parser)
