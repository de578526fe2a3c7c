"""How well, and how soon, the next action is learned from stories: `rasa train core`, then `rasa test core`.

python -m bench.dialogue FOLDER                       # Turnwise
python -m bench.dialogue FOLDER --stock …/bin/rasa    # both, in one run; stock Rasa takes minutes

FOLDER holds `domain.yml`, `train_stories.yml` and `test_stories.yml`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.engines import QUIET, Engine, MeasurementFailed, engines, parser
from bench.reporting import Cell, table

CONFIG = """\
recipe: default.v1
assistant_id: bench
language: en
pipeline: []
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: TEDPolicy
    max_history: {max_history}
    epochs: 20
    constrain_similarities: true
"""
DATA = ("domain.yml", "train_stories.yml", "test_stories.yml")
NO_ACTIONS = ("accuracy", "micro avg", "macro avg", "weighted avg", "conversation_accuracy")
"""Rows of `story_report.json` that are sums of the others."""


class Spent(NamedTuple):
    """What a command took."""

    seconds: float
    megabytes: float
    """The most memory that its process held at once."""


def main() -> None:
    """Measures, and prints a table."""
    made = parser(__doc__)
    made.add_argument("folder", type=_folder, help="stories to learn from and to be tested with")
    made.add_argument("--max-history", type=int, default=8, help="states that the policy looks back on")
    args = made.parse_args()
    chosen = engines(args)
    columns = [_figures(engine, args.folder, args.max_history) for engine in chosen]
    header = ["", *(engine.name for engine in chosen)]
    rows: list[list[Cell]] = [[name, *(column[name] for column in columns)] for name in columns[0]]
    if len(columns) > 1:
        header.append("ours / stock")
        for row in rows:
            ours, stock = (column[str(row[0])] for column in columns)
            row.append(f"{ours / stock:.3g}")
    print(table(header, rows))


def _folder(word: str) -> Path:
    folder = Path(word).absolute()
    missing = [name for name in DATA if not (folder / name).is_file()]
    if missing:
        raise argparse.ArgumentTypeError(f"{word} has no {', '.join(missing)}")
    return folder


def _figures(engine: Engine, folder: Path, max_history: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        project = Path(place)
        for name in DATA:
            shutil.copy(folder / name, project)
        (project / "config.yml").write_text(CONFIG.format(max_history=max_history))
        train = _run(engine, project, "train", "core", "-s", "train_stories.yml", "--augmentation", "0")
        test = _run(engine, project, "test", "core", "-s", "test_stories.yml", "--no-plot")
        right, all_actions = _actions(project / "results" / "story_report.json")
        return {
            "next action, accuracy": right / all_actions,
            "next action, right": right,
            "next action, of": all_actions,
            "train core, s": train.seconds,
            "train core, MB": train.megabytes,
            "test core, s": test.seconds,
            "test core, MB": test.megabytes,
            "model, MB": sum(path.stat().st_size for path in project.glob("models/*.tar.gz")) / 2**20,
        }


def _run(engine: Engine, project: Path, *words: str) -> Spent:
    """Runs a command to its end.

    Raises:
        MeasurementFailed: it did not exit with 0.
    """
    with tempfile.TemporaryFile("w+") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [engine.command, *words], cwd=project, env=os.environ | QUIET, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise MeasurementFailed(f"{engine.name}: rasa {' '.join(words)}\n{said.read()}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Spent(seconds, kilobytes / 1024)


def _actions(report: Path) -> tuple[int, int]:
    """How many actions were predicted as the stories have them, and how many there are."""
    rows = json.loads(report.read_text())
    actions = [row for name, row in rows.items() if name not in NO_ACTIONS]
    right = sum(row["recall"] * row["support"] for row in actions)
    return round(right), sum(int(row["support"]) for row in actions)


if __name__ == "__main__":
    main()
