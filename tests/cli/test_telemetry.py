"""The switch for telemetry, which stock Rasa reads."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml

from turnwise.cli.main import main


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the switch, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".config" / "rasa" / "global.yml"


def test_the_switch_is_set_and_shown(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where stock Rasa looks for it; other settings stay as they are."""
    assert main(["telemetry"]) == 0
    assert "is not set" in capsys.readouterr().out
    assert main(["telemetry", "enable"]) == 0
    settings_file.write_text(settings_file.read_text() + "other: kept\n", encoding="utf-8")
    assert main(["telemetry", "disable"]) == 0
    assert yaml.safe_load(settings_file.read_text()) == {"metrics": {"enabled": False}, "other": "kept"}
    assert main(["telemetry"]) == 0
    assert capsys.readouterr().out.endswith(
        "Turnwise never sends telemetry. The switch that stock Rasa reads is disabled.\n"
    )


@pytest.mark.parametrize("content", ["metrics: [", "- a list", "metrics: 3"])
def test_a_broken_file_is_named_and_left_alone(
    content: str, settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may hold what somebody needs."""
    settings_file.parent.mkdir(parents=True)
    settings_file.write_text(content, encoding="utf-8")
    assert main(["telemetry", "enable"]) == 1
    assert str(settings_file) in capsys.readouterr().err
    assert settings_file.read_text() == content


def test_nothing_is_sent_though_it_is_allowed(
    settings_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where Rasa would send most: when it starts a project and trains it."""
    reached: list[object] = []
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "true")
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: reached.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: reached.append(asked))
    monkeypatch.chdir(tmp_path)

    assert main(["init", "--no-prompt"]) == 0
    assert main(["data", "validate"]) == 0
    assert reached == []
