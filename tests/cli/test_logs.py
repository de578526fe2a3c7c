"""Where log records go, and which of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from turnwise.cli.logs import LIBRARIES, configure_logging
from turnwise.errors import UsageError
from turnwise.tracing import turn_of

log = logging.getLogger("turnwise.some_room")


@pytest.fixture(autouse=True)
def libraries_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The levels of third parties are process-wide too."""
    for name in LIBRARIES:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)


@pytest.mark.parametrize(
    ("flag", "variable", "level"),
    [
        (None, None, logging.INFO),
        (None, "debug", logging.DEBUG),
        (logging.WARNING, "DEBUG", logging.WARNING),
    ],
)
def test_the_flag_rules_then_the_environment(
    flag: int | None, variable: str | None, level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INFO when neither says anything."""
    if variable:
        monkeypatch.setenv("LOG_LEVEL", variable)
    configure_logging(level=flag)
    assert logging.getLogger().level == level


def test_libraries_are_quiet_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOG_LEVEL_LIBRARIES, ERROR by default."""
    configure_logging(level=logging.DEBUG)
    assert logging.getLogger("sanic").level == logging.ERROR
    monkeypatch.setenv("LOG_LEVEL_LIBRARIES", "INFO")
    configure_logging(level=logging.DEBUG)
    assert logging.getLogger("sanic").level == logging.INFO


def test_records_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """One line with level, logger and event; stdout is for results."""
    configure_logging(level=logging.INFO)
    log.info("turn.done ms=%d", 12)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(" INFO     turnwise.some_room  turn.done ms=12\n")


def test_records_of_a_turn_end_with_its_ids(capsys: pytest.CaptureFixture[str]) -> None:
    """Conversation and message are known wherever something is logged, without being handed around."""
    configure_logging(level=logging.INFO)
    with turn_of("ada", "m-1"):
        log.info("turn.done ms=%d", 12)
    assert capsys.readouterr().err.endswith("turn.done ms=12 conversation=ada message=m-1\n")


def test_records_can_be_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With FORCE_JSON_LOGGING each record is an object on a line of its own, its traceback included."""
    monkeypatch.setenv("FORCE_JSON_LOGGING", "true")
    configure_logging(level=logging.INFO)
    try:
        raise ValueError("Zürich")
    except ValueError:
        log.exception("turn.failed")
    record = json.loads(capsys.readouterr().err)
    assert (record["level"], record["logger"], record["event"]) == (
        "error",
        "turnwise.some_room",
        "turn.failed",
    )
    assert record["exception"].endswith("ValueError: Zürich")


def test_an_unknown_level_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the levels there are."""
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(UsageError, match="LOG_LEVEL: 'LOUD' is no log level\n  fix: one of CRITICAL, DEBUG"):
        configure_logging(level=None)


def test_a_file_can_rule_alone(folder: Path) -> None:
    """--logging-config-file takes the dict format of logging.config, as YAML."""
    (folder / "logging.yml").write_text("version: 1\nroot: {level: CRITICAL}\n", encoding="utf-8")
    configure_logging(level=logging.DEBUG, config_file="logging.yml")
    assert logging.getLogger().level == logging.CRITICAL
    assert not log.disabled


@pytest.mark.parametrize("content", [None, "version: [", "version: 3", "just text", ""])
def test_a_file_that_cannot_be_used_is_named(content: str | None, folder: Path) -> None:
    """Missing, no YAML, or not in that format."""
    if content is not None:
        (folder / "logging.yml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"(?s)--logging-config-file logging\.yml: .*\n  fix: "):
        configure_logging(level=None, config_file="logging.yml")
