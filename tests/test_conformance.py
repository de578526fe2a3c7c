"""Conversations go as on stock Rasa 3.6.21: a few of the recorded bots; `make conformance` plays them all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HARNESS = Path(__file__).parent / "conformance" / "run.py"
BOTS = (
    "core_only",
    "form_basic",
    "form_unhappy_stories",
    "mappings_entity",
    "nlg_server",
    "responses_rich",
    "restart_back",
    "rules_basic",
    "slots_types",
    "stories_memo",
    "two_stage_fallback",
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Each conversation of `BOTS`: its bot, its name, whether it was identical, and if not, why."""
    report = tmp_path_factory.mktemp("conformance") / "report.json"
    engine = str(Path(sys.executable).with_name("rasa"))
    command = [sys.executable, str(HARNESS), "--engine", engine, "-j", "2"]
    only = [word for bot in BOTS for word in ("--only", bot)]
    done = subprocess.run(
        [*command, *only, "--json-report", str(report)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert report.is_file(), done.stdout + done.stderr
    cases: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))
    return cases


@pytest.mark.parametrize("bot", BOTS)
def test_every_conversation_with_the_bot_is_identical(bot: str, played: list[dict[str, Any]]) -> None:
    """Same events, same slots, same answers; a difference is shown with its conversation."""
    cases = [case for case in played if case["bot"] == bot]
    assert cases
    assert {case["case"]: case["why"] for case in cases if not case["identical"]} == {}
