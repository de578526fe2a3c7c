"""What a newcomer waits for: `rasa init` and `rasa train`, `rasa run` until it answers; memory; disk.

python -m bench.first_run                       # Turnwise
python -m bench.first_run --stock …/bin/rasa    # both, in one run
python -m bench.first_run --size                # and the size of a fresh environment, which takes a minute
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from bench.engines import REPOSITORY, Engine, engines, parser
from bench.reporting import Cell, median, table, times

MESSAGES = ("hi", "I am sad", "yes", "are you a bot?", "bye")
CONVERSATIONS = 20


def main() -> None:
    """Measures, and prints a table."""
    made = parser(__doc__)
    made.add_argument("--repeat", type=int, default=5, help="runs of Turnwise; stock Rasa runs once")
    made.add_argument("--size", action="store_true", help="install into a fresh environment and measure it")
    args = made.parse_args()
    columns = [_figures(engine, 1 if engine.is_stock else args.repeat) for engine in engines(args)]
    if args.size:
        for engine, column in zip(engines(args), columns, strict=True):
            column["environment, MB"] = _size_mb(engine)
    stock = columns[1] if len(columns) > 1 else {}
    rows: list[list[Cell]] = [
        [name, value, stock.get(name), times(value, stock.get(name))] for name, value in columns[0].items()
    ]
    print(table(["", "Turnwise", "stock Rasa", "ratio"], rows))


def _figures(engine: Engine, repeat: int) -> dict[str, float]:
    """Medians of the seconds of each step, and the memory of the last server."""
    runs = [_once(engine) for _ in range(repeat)]
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _once(engine: Engine) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        init = engine.run("init", "--no-prompt", cwd=project)
        train = engine.run("train", cwd=project)
        fresh = engine.run("train", "--force", cwd=project)
        with engine.serving(project) as served:
            _talk(served.url)
            return {
                "rasa init --no-prompt && rasa train, s": init + train,
                "rasa train --force, s": fresh,
                "rasa run until it answers, s": served.ready_after,
                f"memory after {CONVERSATIONS * len(MESSAGES)} messages, MB": served.resident_mb(),
            }


def _talk(url: str) -> None:
    for number in range(CONVERSATIONS):
        for text in MESSAGES:
            body = json.dumps({"sender": f"user-{number}", "message": text}).encode()
            request = urllib.request.Request(
                f"{url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                json.load(answer)


def _size_mb(engine: Engine) -> float:
    """Megabytes on disk of the environment, for Turnwise of a fresh one without tools and extras."""
    if engine.is_stock:
        return _tree_mb(engine.command.parents[1])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(Path(folder, "bin", "python")), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-c", str(REPOSITORY / "constraints.txt"), str(REPOSITORY)], check=True)
        return _tree_mb(Path(folder))


def _tree_mb(folder: Path) -> float:
    """What `du` counts: the blocks of every file, links not followed, shared ones once."""
    files = {}
    for path in folder.rglob("*"):
        info = path.lstat()
        files[info.st_dev, info.st_ino] = info.st_blocks * 512
    return sum(files.values()) / 2**20


if __name__ == "__main__":
    main()
