"""Measures understanding: intents, entities, unknown requests, time, size; beside stock Rasa on request.

python -m bench.nlu FOLDER                          # FOLDER/<set>/train.yml and test.yml
python -m bench.nlu FOLDER --only banking77 --encoder
python -m bench.nlu FOLDER --stock /path/to/python  # the Python of an environment with Rasa 3.6
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one engine made of one set."""

    set_name: str
    engine: str
    figures: Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of sets, each with train.yml and test.yml")
    parser.add_argument("--only", action="append", help="name of a set; may be repeated")
    parser.add_argument("--encoder", action="store_true", help="with EncoderFeaturizer before the classifier")
    parser.add_argument("--stock", type=Path, help="Python that has Rasa 3.6, to run it on the same sets")
    parser.add_argument(
        "--epochs", type=int, default=20, help="epochs of stock's DIETClassifier (default 20)"
    )
    parser.add_argument("--unknown", action="store_true", help="also measure how unknown requests are told")
    options = parser.parse_args(arguments)
    print(_head())
    measured = 0
    for folder in sorted(path.parent for path in options.folder.glob("*/train.yml")):
        if options.only and folder.name not in options.only:
            continue
        for row in _rows(folder, options):
            print(_line(row), flush=True)
            measured += 1
    return 0 if measured else 1


def _rows(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """One row for each engine; each runs in a process of its own, so that memory is its own."""
    extra = [*(["--encoder"] if options.encoder else []), *(["--unknown"] if options.unknown else [])]
    ours = _run([sys.executable, "-m", "bench.nlu_turnwise", str(folder), *extra])
    yield Row(set_name=folder.name, engine="Turnwise", figures=ours)
    if options.stock:
        stock = [str(options.stock), str(ROOT / "nlu_stock.py"), str(folder), "--epochs", str(options.epochs)]
        yield Row(set_name=folder.name, engine="Rasa 3.6", figures=_run(stock))


def _run(command: Sequence[str]) -> Mapping[str, Any]:
    """The figures that a program prints as its last line."""
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent, check=False)
    if shown.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{shown.stderr[-2000:]}")
    figures: Mapping[str, Any] = json.loads(shown.stdout.splitlines()[-1])
    return figures


COLUMNS = (
    "intent accuracy",
    "entity F1",
    "training s",
    "training CPU s",
    "parse ms",
    "load s",
    "model MB",
    "process MB",
)


def _head() -> str:
    head = ["set", "engine", *COLUMNS]
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}"


def _line(row: Row) -> str:
    cells = [row.set_name, row.engine, *(str(row.figures.get(column, "-")) for column in COLUMNS)]
    line = f"| {' | '.join(cells)} |"
    curve = row.figures.get("unknown")
    if curve:
        line += "\n" + "\n".join(
            f"  sends {known:.0%} of known requests to fallback: {caught:.1%} of unknown ones are caught"
            for known, caught in curve
        )
    return line


if __name__ == "__main__":
    sys.exit(main())
