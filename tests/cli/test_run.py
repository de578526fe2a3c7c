"""`rasa run`, `rasa shell` and `rasa run actions` from the command line: what is refused, and how."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from turnwise.cli.main import main
from turnwise.cli.parser import build_parser
from turnwise.cli.run_actions import sdk_words
from turnwise.cli.serving import server_settings
from turnwise.project.endpoints_file import Endpoints
from turnwise.server.settings import Jwt, ServerSettings


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        yield listener.getsockname()[1]


def parsed(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(words)


@pytest.mark.parametrize("command", [["run"], ["shell"], ["shell", "nlu"]])
def test_without_a_model(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The user is told where no model is, and how to get one."""
    assert main(command) == 1
    error = capsys.readouterr().err
    assert "there is no model in 'models'" in error
    assert "rasa train" in error


def test_a_taken_port(taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the port and a way out, before anything is loaded."""
    assert main(["run", "--enable-api", "-p", str(taken_port)]) == 1
    assert f"another program listens on port {taken_port}" in capsys.readouterr().err


def test_an_unknown_channel(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest channel that exists is named."""
    assert main(["run", "--enable-api", "--connector", "rset"]) == 1
    assert "did you mean 'rest'?" in capsys.readouterr().err


def test_broken_endpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in endpoints.yml is told with file and line."""
    (tmp_path / "endpoints.yml").write_text("tracker_store:\n  type: [\n")
    assert main(["run", "--enable-api"]) == 1
    assert "endpoints.yml:" in capsys.readouterr().err


def test_a_missing_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    """The flag whose file does not exist is named."""
    assert main(["run", "--enable-api", "--ssl-certificate", "none.pem"]) == 1
    assert "--ssl-certificate: there is no file 'none.pem'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ([], ServerSettings()),
        (
            [
                "--enable-api",
                "-p",
                "1",
                "-i",
                "127.0.0.1",
                "-t",
                "T",
                "--cors",
                "*",
                "--response-timeout",
                "9",
            ],
            ServerSettings(
                enable_api=True,
                port=1,
                interface="127.0.0.1",
                auth_token="T",
                cors=("*",),
                response_timeout=9,
            ),
        ),
        (
            ["--jwt-secret", "S", "--jwt-method", "RS256"],
            ServerSettings(jwt=Jwt(secret="S", method="RS256")),
        ),
    ],
)
def test_flags_make_settings(words: list[str], settings: ServerSettings) -> None:
    """Every flag reaches the server, and defaults are Rasa's."""
    assert server_settings(parsed("run", *words), Endpoints()) == settings


def test_actions_that_do_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """A module that cannot be found is named, instead of a traceback."""
    assert main(["run", "actions", "--actions", "no_such_module"]) == 1
    assert "there is no module 'no_such_module'" in capsys.readouterr().err


def test_actions_on_a_taken_port(taken_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The action server complains of a taken port like the server does."""
    (tmp_path / "own_actions.py").write_text("")
    assert main(["run", "actions", "--actions", "own_actions", "-p", str(taken_port)]) == 1
    assert f"another program listens on port {taken_port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sdk"),
    [
        ([], ["--actions", "actions", "--port", "5055"]),
        (
            ["--debug", "--auto-reload"],
            ["--actions", "actions", "--port", "5055", "--auto-reload", "--debug"],
        ),
        (
            ["-p", "1", "--cors", "*", "--ssl-certificate", "c", "--ssl-keyfile", "k"],
            [
                *("--actions", "actions", "--port", "1", "--ssl-certificate", "c", "--ssl-keyfile", "k"),
                *("--cors", "*"),
            ],
        ),
    ],
)
def test_the_sdk_gets_the_same_flags(words: list[str], sdk: list[str]) -> None:
    """`rasa run actions` means what `python -m rasa_sdk` means with the same flags."""
    args = parsed("run", "actions", *words)
    assert sdk_words(args, args.actions or "actions") == sdk
