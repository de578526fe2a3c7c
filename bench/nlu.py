"""Measures understanding: intents, entities, unknown requests, time, size; beside stock Rasa on request.

python -m bench.nlu FOLDER                          # FOLDER/<set>/train.yml and test.yml
python -m bench.nlu FOLDER --only banking77 --encoder
python -m bench.nlu FOLDER --stock /path/to/python  # the Python of an environment with Rasa 3.6
python -m bench.nlu FOLDER --only banking77 --unknown 0.25 --rounds 5   # a quarter of the intents left out
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.nlu_unknown import curve, left_out

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
    parser.add_argument(
        "--unknown",
        type=float,
        help="leave out this share of the intents, and measure how their requests are told",
    )
    parser.add_argument("--rounds", type=int, default=1, help="choices of intents to leave out (default 1)")
    parser.add_argument("--intents", type=int, help="how many intents to keep at all, for a quick comparison")
    options = parser.parse_args(arguments)
    if options.unknown:
        return _unknown(options)
    print(_head())
    folders = _folders(options)
    for folder in folders:
        for row in _rows(folder, options):
            print(_line(row), flush=True)
    return 0 if folders else 1


def _unknown(options: argparse.Namespace) -> int:
    """Prints how unknown requests are told, for each set and engine."""
    folders = _folders(options)
    for folder in folders:
        runs: dict[str, list[Mapping[str, Any]]] = {}
        for seed in range(options.rounds):
            with tempfile.TemporaryDirectory() as work:
                part = left_out(
                    folder, Path(work, folder.name), share=options.unknown, seed=seed, most=options.intents
                )
                for row in _rows(part, options):
                    print(_line(row), flush=True)
                    runs.setdefault(row.engine, []).append(row.figures["sure"])
        for engine, own in runs.items():
            print(f"{folder.name}, {engine}:", *curve(own), sep="\n  ")
    return 0 if folders else 1


def _folders(options: argparse.Namespace) -> list[Path]:
    folders = sorted(path.parent for path in options.folder.glob("*/train.yml"))
    return [folder for folder in folders if not options.only or folder.name in options.only]


def _rows(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """One row for each engine; each runs in a process of its own, so that memory is its own."""
    extra = ["--encoder"] if options.encoder else []
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
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
