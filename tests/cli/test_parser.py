"""The command line takes what that of Rasa 3.6.21 takes, whose flags are recorded in rasa_flags.json."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from turnwise.cli.parser import build_parser, with_model_flag

RECORDED: dict[str, dict[str, dict[str, Any]]] = json.loads(
    Path(__file__).with_name("rasa_flags.json").read_text(encoding="utf-8")
)

BETTER_DEFAULTS = {("test core", "-m --model"): ["models"]}
"""Where Rasa's default is a list with nothing in it, which then means its default folder."""


def command_parser(command: str) -> argparse.ArgumentParser:
    """The parser of a command such as "data split nlu"."""
    parser = build_parser()
    for word in command.split():
        actions = parser._actions
        parser = next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices[word]
    return parser


def plain(default: Any) -> Any:
    """A default in the form that JSON keeps it in; a single path and a list of one path mean the same."""
    if isinstance(default, Path):
        return str(default)
    return [default] if default == "data" else default


@pytest.mark.parametrize("command", RECORDED)
def test_every_flag_of_rasa_is_taken(command: str) -> None:
    """Each flag has Rasa's spellings, default, number of values and choices."""
    ours = {
        " ".join(action.option_strings) or f"<{action.dest}>": action
        for action in command_parser(command)._actions
    }
    for name, rasas in RECORDED[command].items():
        flag = ours[name]
        assert flag.nargs == rasas.get("nargs"), name
        assert list(flag.choices or ()) == rasas.get("choices", []), name
        if name != "--conversation-id":
            assert plain(flag.default) == BETTER_DEFAULTS.get((command, name), plain(rasas["default"])), name


@pytest.mark.parametrize("command", RECORDED)
def test_every_command_can_say_more_or_less(command: str) -> None:
    """Each command has the logging flags."""
    flags = {flag for action in command_parser(command)._actions for flag in action.option_strings}
    assert {"-v", "--verbose", "-vv", "--debug", "--quiet", "--logging-config-file"} <= flags


def test_every_conversation_has_an_id_of_its_own() -> None:
    """The default of --conversation-id is random."""
    ids = {build_parser().parse_args(["shell"]).conversation_id for _ in range(3)}
    assert len(ids) == 3
    assert all(len(sender_id) == 32 for sender_id in ids)


@pytest.mark.parametrize(
    ("words", "handler", "subcommand"),
    [
        (["train"], "turnwise.cli.train:run", None),
        (["train", "nlu"], "turnwise.cli.train:run", "nlu"),
        (["run", "actions"], "turnwise.cli.run_actions:run", None),
        (["data", "validate", "stories"], "turnwise.cli.validate:run", "stories"),
        (["evaluate", "markers", "first_n", "3", "out.csv"], "turnwise.cli.markers:run", "first_n"),
    ],
)
def test_a_command_names_its_code(words: list[str], handler: str, subcommand: str | None) -> None:
    """What is parsed says which function runs the command, and which of its variants is meant."""
    args = build_parser().parse_args(words)
    assert (args.handler, args.subcommand) == (handler, subcommand)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["trian"], "did you mean train?"),
        (["train", "--confg", "x"], "did you mean --config?"),
        (["data", "valdate"], "did you mean validate?"),
        (["run", "--enable_api"], "did you mean --enable-api?"),
        (["run", "no-such-model"], "there is no 'no-such-model'"),
        (["run", "actions", "--actions", "my/actions"], "write a module name"),
        (["train", "--augmentation", "many"], "invalid int value: 'many'"),
        (["test", "nlu", "-p", "0", "120"], "expected a whole number from 0 to 100, found '120'"),
        (["train", "core", "--runs", "0"], "expected a whole number from 1 on, found '0'"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and on stderr the usage of the command at fault, the problem and the nearest name."""
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args(words)
    stderr = capsys.readouterr().err
    assert stop.value.code == 2
    assert stderr.startswith("usage: rasa")
    assert hint in stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "bot.tar.gz"], ["run", "--model", "bot.tar.gz"]),
        (["shell", "nlu", "bot.tar.gz"], ["shell", "nlu", "--model", "bot.tar.gz"]),
        (["interactive", "-p", "5006", "bot.tar.gz"], ["interactive", "-p", "5006", "--model", "bot.tar.gz"]),
        (["run", "--enable-api", "bot.tar.gz"], ["run", "--enable-api", "bot.tar.gz"]),
        (["run", "missing.tar.gz"], ["run", "missing.tar.gz"]),
        (["train", "bot.tar.gz"], ["train", "bot.tar.gz"]),
        (["run", "actions"], ["run", "actions"]),
        (["bot.tar.gz"], ["bot.tar.gz"]),
        ([], []),
    ],
)
def test_a_last_word_that_is_a_path_is_the_model(words: list[str], expected: list[str], folder: Path) -> None:
    """For run, shell and interactive only, if the path exists and no flag stands before it."""
    (folder / "bot.tar.gz").touch()
    (folder / "actions").mkdir()
    assert with_model_flag(words) == expected
