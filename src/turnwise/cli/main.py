"""Where `turnwise` (or `rasa`) starts: reads the command line and imports the one command that is asked for.

Exit codes: 0 success; 1 an error the user can mend, or a crash; 2 a command line without sense; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from turnwise.cli.parser import build_parser, with_model_flag
from turnwise.errors import TurnwiseError

Command = Callable[[argparse.Namespace], int]
"""What each command's module has under the name `run`: takes the parsed flags, returns the exit code."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        words: The command line without the program's name; that of the process unless given.

    Returns:
        The exit code. Mistakes in `words`, and `--help`, leave by SystemExit as argparse does it.
    """
    try:
        code = _main(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # who read our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _main(words: Sequence[str] | None) -> int:
    prog = "turnwise" if Path(sys.argv[0]).name == "turnwise" else "rasa"
    args = build_parser(prog).parse_args(with_model_flag(sys.argv[1:] if words is None else words))
    if args.version:
        return _print_versions()
    if args.handler is None:
        return _print_help(args.leaf)
    try:
        return _run(args)
    except KeyboardInterrupt:
        return 130
    except TurnwiseError as error:
        if _debugging(args):
            raise
        from turnwise.cli.console import print_error

        print_error(str(error))
        return 1


def _run(args: argparse.Namespace) -> int:
    from turnwise.cli.logs import configure_logging

    configure_logging(level=args.loglevel, config_file=args.logging_config_file)
    # The project's own components, policies and actions are found by dotted path, as they are under Rasa.
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(1, here)
    return _command(args.handler)(args)


def _command(handler: str) -> Command:
    """The function that "module:function" names, imported now."""
    module_name, _, function_name = handler.partition(":")
    command: Command = getattr(importlib.import_module(module_name), function_name)
    return command


def _print_versions() -> int:
    from turnwise.cli.version import version_report

    print(version_report())
    return 0


def _print_help(parser: argparse.ArgumentParser) -> int:
    """What a command that only groups others does; Rasa's exit code is 0 for `data ...`, else 1."""
    parser.print_help()
    return 0 if parser.prog.split()[1:2] == ["data"] else 1


def _debugging(args: argparse.Namespace) -> bool:
    import logging

    return bool(args.loglevel == logging.DEBUG)
