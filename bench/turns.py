"""Turns per second in one process: in memory and with SQLite, on the starter bot and on Wayfare.

    python -m bench.turns
    python -m bench.turns --stock …/bin/rasa     # trains stock's models first: minutes

Each engine plays the same conversations through its own agent, without HTTP in between, under the bot's usual
configuration and under the cheapest one. Wayfare's actions run in process, and, as stock Rasa cannot do that,
on an action server for both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.bots import BOTS, WAYFARE, Bot, cheapest_config, default_config, put_down, trained
from bench.engines import QUIET, REPOSITORY, Engine, MeasurementFailed, action_server, engines, parser
from bench.reporting import Cell, median, table

IN_PROCESS = "in process"
"""How endpoints.yml is told to run actions, where it is no URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one row of the table measures."""

    bot: Bot
    config: str
    store: str
    actions: str | None

    def __str__(self) -> str:
        where = "" if self.actions in (None, IN_PROCESS) else ", action server"
        return f"{self.bot.name}{where}, {self.config}, {self.store}"


def main() -> None:
    """Measures, and prints a table."""
    args = _flags()
    with tempfile.TemporaryDirectory() as folder, action_server() as url:
        rows = [row for bot in BOTS if args.only in bot.name for row in _rows(bot, Path(folder), url, args)]
    print()
    header = ["turns per second", "Turnwise", "stock Rasa", "ratio", "by CPU time", "stock Rasa", "ratio"]
    print(table(header, rows))


def _flags() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--seconds", type=float, default=3.0, help="of each round (default 3)")
    made.add_argument(
        "--rounds", type=int, default=3, help="of Turnwise, whose median is reported (default 3)"
    )
    made.add_argument("--only", default="", metavar="WORD", help="bots whose name has this in it")
    made.add_argument(
        "--models", type=Path, metavar="FOLDER", help="keep models there, and use those that are"
    )
    return made.parse_args()


def _rows(bot: Bot, folder: Path, url: str, args: argparse.Namespace) -> Iterator[list[Cell]]:
    project = put_down(bot, folder)
    models = {
        (engine.name, config): _model(engine, project, path, config, args.models)
        for engine in engines(args)
        for config, path in {
            "usual": default_config(bot, engine, project),
            "cheapest": cheapest_config(project),
        }.items()
    }
    for setting in _settings(bot, url):
        figures = [
            _turns_per_second(engine, models[engine.name, setting.config], setting, project, args)
            for engine in engines(args)
            if not (engine.is_stock and setting.actions == IN_PROCESS)
        ]
        own, stock = figures[0], figures[1] if len(figures) > 1 else (None, None)
        row: list[Cell] = [str(setting)]
        for left, right in zip(own, stock, strict=True):
            row += [left, right, f"{left / right:.1f} x" if right else ""]
        print(*row, sep="  ", file=sys.stderr, flush=True)
        yield row


def _model(engine: Engine, project: Path, config: Path, name: str, kept: Path | None) -> Path:
    """The trained model; one of Turnwise is always made anew, as that takes seconds."""
    full_name = f"{engine.name}-{project.name}-{name}".replace(" ", "-").lower()
    if kept is None or not engine.is_stock:
        return trained(engine, project, config, full_name)
    model = kept.absolute() / f"{full_name}.tar.gz"
    if not model.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(trained(engine, project, config, full_name), model)
    return model


def _settings(bot: Bot, url: str) -> Iterator[Setting]:
    for config in ("usual", "cheapest"):
        for store in ("memory", "SQLite"):
            for actions in (IN_PROCESS, url) if bot is WAYFARE else (None,):
                yield Setting(bot=bot, config=config, store=store, actions=actions)


def _turns_per_second(
    engine: Engine, model: Path, setting: Setting, project: Path, args: argparse.Namespace
) -> tuple[float, float]:
    """By the clock, and by the processor time of the engine's process, which other programs disturb less."""
    rounds = 1 if engine.is_stock else args.rounds  # its start takes longer than a round
    played = [play(engine, model, setting, project, args.seconds) for _ in range(rounds)]
    if not all(one["answers"] for one in played):
        raise MeasurementFailed(f"{engine.name} did not answer: {setting}")
    by_clock = median(one["turns"] / one["seconds"] for one in played)
    return by_clock, median(one["turns"] / one["cpu"] for one in played)


def play(engine: Engine, model: Path, setting: Setting, project: Path, seconds: float) -> dict[str, float]:
    """What `play_turnwise` or `play_stock` measured in a process of its own."""
    endpoints = project / "endpoints.yml"
    endpoints.write_text(_endpoints(setting, project), encoding="utf-8")
    program: list[str | Path] = (
        [REPOSITORY / "bench" / "play_stock.py"] if engine.is_stock else ["-m", "bench.play_turnwise"]
    )
    done = subprocess.run(
        [engine.python, *program, model, endpoints, str(seconds), *setting.bot.messages],
        cwd=project,
        env={**os.environ, **QUIET, "PYTHONPATH": f"{project}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MeasurementFailed(f"{engine.name}: {setting}\n{done.stderr}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _endpoints(setting: Setting, project: Path) -> str:
    lines = []
    if setting.store == "SQLite":
        database = project / "conversations.db"
        database.unlink(missing_ok=True)
        lines.append(f"tracker_store: {{type: SQL, dialect: sqlite, db: '{database}'}}")
    if setting.actions == IN_PROCESS:
        lines.append("action_endpoint: {actions_module: actions}")
    elif setting.actions:
        lines.append(f"action_endpoint: {{url: '{setting.actions}'}}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
