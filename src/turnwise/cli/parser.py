"""The tree of commands: `build_parser()` knows every command and flag, and imports none of their code."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from turnwise.cli.parser_data import add_data_commands
from turnwise.cli.parser_evaluate import add_evaluation_commands
from turnwise.cli.parser_options import add_logging_options
from turnwise.cli.parser_serve import add_serving_commands
from turnwise.cli.parser_train import add_training_commands

MODEL_BY_POSITION = {"run": ("actions",), "shell": ("nlu",), "interactive": ("core",)}
"""Commands whose last word may be a model's path, with the sub-commands no such word is taken for."""


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the default of a flag, unless it is the plain absence of a value."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        absent = action.default is None or isinstance(action.default, bool)
        return action.help if absent else super()._get_help_string(action)


class CommandParser(argparse.ArgumentParser):
    """An ArgumentParser that complains where the mistake was made, and names what was probably meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", HelpFormatter)
        super().__init__(*args, **kwargs)

    def parse_known_args(  # type: ignore[override]  # typeshed's overloads name the namespace's type
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As the base class, but what a sub-command does not know is an error of that sub-command."""
        self._words = list(args or ())
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._nearest_option(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Prints usage, problem and remedy on stderr; exit code 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}{self._nearest_choice(message)}\n")

    def _nearest_option(self, unknown: Sequence[str]) -> str:
        flags = [word.partition("=")[0] for word in unknown if word.startswith("-")]
        return _did_you_mean(flags, self._option_string_actions)

    def _nearest_choice(self, message: str) -> str:
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if not wrong:
            return ""
        word, choices = wrong[1], re.findall(r"[\w.-]+", wrong[2])
        hint = self._nearest_option(self._mistyped_before(word)) or _did_you_mean([word], choices)
        if not hint and self.prog.split()[-1] in MODEL_BY_POSITION:
            return f"\n  fix: a model is given by a path that exists; there is no '{word}'"
        return hint

    def _mistyped_before(self, word: str) -> list[str]:
        """Flags before `word` that this parser lacks: `word` may be the value of one, and no sub-command."""
        before = self._words[: self._words.index(word)] if word in self._words else []
        flags = [flag for flag in before if flag.startswith("--")]
        known = tuple(self._option_string_actions)
        return [flag for flag in flags if not any(name.startswith(flag.partition("=")[0]) for name in known)]


def _did_you_mean(words: Iterable[str], known: Iterable[str]) -> str:
    names = list(known)
    near = [match for word in words for match in difflib.get_close_matches(word, names, n=1)]
    return f"\n  fix: did you mean {', '.join(near)}?" if near else ""


def build_parser(prog: str = "rasa") -> argparse.ArgumentParser:
    """The parser of everything; what it returns carries `handler` ("module:function") and `subcommand`."""
    parser: argparse.ArgumentParser = CommandParser(
        prog=prog, description="Turnwise trains, talks with, tests and serves conversational assistants."
    )
    parser.add_argument("--version", action="store_true", help="print the versions in use and exit")
    parser.set_defaults(handler=None, subcommand=None, leaf=parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_training_commands(commands)
    add_serving_commands(commands)
    add_evaluation_commands(commands)
    add_data_commands(commands)
    _finish(parser)
    return parser


def _finish(parser: argparse.ArgumentParser) -> None:
    """Gives each command below `parser` the logging flags, and itself as `leaf`, whose help is printed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                add_logging_options(command)
                command.set_defaults(leaf=command)
                _finish(command)


def with_model_flag(words: Sequence[str]) -> list[str]:
    """The command line with a trailing model path, where a command takes one, spelt as `--model PATH`.

    The path must exist, and the word before it must not begin with "-": it would be that flag's value.
    """
    *before, last = words or [""]
    if not before or before[0] not in MODEL_BY_POSITION or last in MODEL_BY_POSITION[before[0]]:
        return list(words)
    if last.startswith("-") or before[-1].startswith("-") or not Path(last).exists():
        return list(words)
    return [*before, "--model", last]
