"""Training of Rule and Memoization policies on the stories of a folder.

python -m bench.training_core FOLDER                     # with domain.yml and train_stories.yml
python -m bench.training_core FOLDER --stock …/bin/rasa
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bench.engines import Engine, engines, parser
from bench.reporting import Cell, median, table, times

CONFIG = """\
recipe: default.v1
assistant_id: bench
language: en
pipeline: []
policies:
  - name: MemoizationPolicy
    max_history: 8
  - name: RulePolicy
"""


def main() -> None:
    """Measures, and prints a table."""
    made = parser(__doc__)
    made.add_argument("folder", type=Path, help="with domain.yml and train_stories.yml")
    made.add_argument("--augmentation", default="0", help="of the stories (default 0)")
    made.add_argument("--repeat", type=int, default=3, help="runs of Turnwise; stock Rasa runs once")
    args = made.parse_args()
    folder = args.folder.absolute()
    seconds = [
        median(
            _train(engine, folder, args.augmentation) for _ in range(1 if engine.is_stock else args.repeat)
        )
        for engine in engines(args)
    ]
    stock = seconds[1] if len(seconds) > 1 else None
    row: list[Cell] = [f"rasa train core, augmentation {args.augmentation}, s", seconds[0], stock]
    print(table(["", "Turnwise", "stock Rasa", "ratio"], [[*row, times(seconds[0], stock)]]))


def _train(engine: Engine, folder: Path, augmentation: str) -> float:
    """Seconds from nothing to a model, reading and checking the files included."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "config.yml").write_text(CONFIG, encoding="utf-8")
        for file in ("domain.yml", "train_stories.yml"):
            shutil.copy(folder / file, project)
        words = ["--stories", "train_stories.yml", "--domain", "domain.yml", "--augmentation", augmentation]
        return engine.run("train", "core", *words, cwd=project)


if __name__ == "__main__":
    main()
