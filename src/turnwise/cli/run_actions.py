"""`rasa run actions`: the action server of rasa-sdk, under the flags of this command."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import logging
from typing import Any

from turnwise.errors import UsageError
from turnwise.server.serve import listening_socket

DEFAULT_MODULE = "actions"


def run(args: argparse.Namespace) -> int:
    """Serves the project's custom actions until it is told to stop; returns the exit code.

    Raises:
        UsageError: the module with the actions does not exist, or the port is taken.
    """
    module = args.actions or DEFAULT_MODULE
    _ensure_module(module)
    # The SDK's server would try the port in another process, and say little when it fails.
    listening_socket("0.0.0.0", args.port, backlog=1).close()

    sdk: Any = importlib.import_module("rasa_sdk.__main__")
    sdk.main_from_args(sdk.create_argument_parser().parse_args(sdk_words(args, module)))
    return 0


def sdk_words(args: argparse.Namespace, module: str) -> list[str]:
    """The command line that means the same to the SDK's own program."""
    words = ["--actions", module, "--port", str(args.port)]
    for flag, name in _VALUES.items():
        value = getattr(args, name)
        if value:
            words += [flag, value]
    if args.cors is not None:
        words += ["--cors", *args.cors]
    if args.auto_reload:
        words.append("--auto-reload")
    if args.loglevel is not None:
        words.append(_LEVELS[args.loglevel])
    return words


_VALUES = {
    "--ssl-certificate": "ssl_certificate",
    "--ssl-keyfile": "ssl_keyfile",
    "--ssl-password": "ssl_password",
    "--logging-config_file": "logging_config_file",  # how the SDK spells it
}
_LEVELS = {logging.INFO: "--verbose", logging.DEBUG: "--debug", logging.WARNING: "--quiet"}


def _ensure_module(module: str) -> None:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise UsageError(
            f"--actions: there is no module '{module}' here"
            "\n  fix: run the command in the project's folder, or name the module with --actions"
        )
