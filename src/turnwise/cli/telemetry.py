"""`rasa telemetry`: Turnwise reports nothing to anybody; the switch is kept for stock Rasa beside it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from turnwise.cli.console import print_success
from turnwise.errors import UsageError


def settings_file() -> Path:
    """The file of Rasa's settings for all projects of a user."""
    return Path.home() / ".config" / "rasa" / "global.yml"


def run(args: argparse.Namespace) -> int:
    """Sets the switch, or says how it stands."""
    if args.subcommand is None:
        state = {True: "enabled", False: "disabled", None: "not set"}[_switch(_settings())]
        print_success(f"Turnwise never sends telemetry. The switch that stock Rasa reads is {state}.")
        return 0
    settings = _settings()
    metrics = settings.setdefault("metrics", {})
    metrics["enabled"] = args.subcommand == "enable"
    _save(settings)
    print_success(
        f"The switch that stock Rasa reads is now {args.subcommand}d. Turnwise never sends telemetry."
    )
    return 0


def _switch(settings: dict[str, Any]) -> bool | None:
    metrics = settings.get("metrics")
    enabled = metrics.get("enabled") if isinstance(metrics, dict) else None
    return enabled if isinstance(enabled, bool) else None


def _settings() -> dict[str, Any]:
    import yaml

    path = settings_file()
    if not path.exists():
        return {}
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: {error}\n  fix: mend or remove the file") from error
    if not isinstance(settings, dict) or not isinstance(settings.get("metrics", {}), dict):
        raise UsageError(f"{path}: 'metrics' is not a mapping\n  fix: mend or remove the file")
    return settings


def _save(settings: dict[str, Any]) -> None:
    import yaml

    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
