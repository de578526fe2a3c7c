"""Every command of the parser leads to a function that runs it."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

import pytest

from turnwise.cli.parser import build_parser


def handlers(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What a parser and those of its sub-commands name."""
    handler = parser.get_default("handler")
    if handler:
        yield handler
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from handlers(command)


@pytest.mark.parametrize("handler", sorted(set(handlers(build_parser()))))
def test_every_command_leads_to_a_function(handler: str) -> None:
    module, _, function = handler.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
