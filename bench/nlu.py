"""Measures understanding: intents, entities, unknown requests, time, size; beside stock Rasa on request.

python -m bench.nlu FOLDER                          # FOLDER/<set>/train.yml and test.yml
python -m bench.nlu FOLDER --only banking77 --encoder
python -m bench.nlu FOLDER --stock /path/to/python  # the Python of an environment with Rasa 3.6
python -m bench.nlu FOLDER --only banking77 --unknown 0.25 --rounds 5   # a quarter of the intents left out
python -m bench.nlu FOLDER --few 10 --noise         # 10 examples for each intent; misspelt messages too
python -m bench.nlu FOLDER --only banking77 --combined 20 15 --rounds 3   # 20 intents, 15 pairs of them
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.nlu_multi import KINDS as MULTI_KINDS
from bench.nlu_multi import SYMBOL, combined
from bench.nlu_noise import KINDS, add_changed
from bench.nlu_unknown import curve, few, left_out

ROOT = Path(__file__).resolve().parents[1]


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
    parser.add_argument("--few", type=int, help="how many examples of each intent to learn from")
    parser.add_argument(
        "--noise", action="store_true", help="measure on changed copies of the test messages too"
    )
    parser.add_argument(
        "--combined",
        type=int,
        nargs=2,
        metavar=("INTENTS", "PAIRS"),
        help="measure on some intents, and pairs of them of which there are few examples",
    )
    options = parser.parse_args(arguments)
    if options.unknown:
        return _unknown(options)
    if options.combined:
        return _combined(options)
    folders = _folders(options)
    rows = []
    print(_head(COLUMNS))
    for folder in folders:
        with tempfile.TemporaryDirectory() as work:
            for row in _rows(_prepared(folder, Path(work, folder.name), options), options):
                print(_line(row, _figures(row)), flush=True)
                rows.append(row)
    if options.noise:
        _by_kind(rows, KINDS, of_all="clean")
    return 0 if folders else 1


def _prepared(folder: Path, out: Path, options: argparse.Namespace) -> Path:
    """A copy of a set in the folder `out`, as the options want it."""
    if options.few:
        few(folder, out, examples=options.few)
    else:
        shutil.copytree(folder, out)
    if options.noise:
        add_changed(out)
    return out


def _by_kind(rows: Sequence[Row], kinds: Iterable[str], *, of_all: str) -> None:
    """Prints quality by kind of message: intent accuracy, and entity F1 behind a slash."""
    print("", _head([of_all, *kinds]), sep="\n")
    for row in rows:
        by_kind = {of_all: row.figures, **row.figures["copies"]}
        print(_line(row, (_quality(by_kind[kind]) for kind in (of_all, *kinds))), flush=True)


def _combined(options: argparse.Namespace) -> int:
    """Prints how combined intents are understood, for each set, choice of intents and engine."""
    folders, (intents, pairs) = _folders(options), options.combined
    for folder in folders:
        for seed in range(options.rounds):
            with tempfile.TemporaryDirectory() as work:
                part = combined(folder, Path(work, folder.name), intents=intents, pairs=pairs, seed=seed)
                _by_kind([*_rows(part, options)], MULTI_KINDS, of_all="all")
    return 0 if folders else 1


def _quality(figures: Mapping[str, Any]) -> str:
    accuracy, f1 = figures["intent accuracy"], figures["entity F1"]
    return f"{accuracy:.3f}" if f1 == "-" else f"{accuracy:.3f} / {f1:.3f}"


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
                    print(_line(row, _figures(row)), flush=True)
                    runs.setdefault(row.engine, []).append(row.figures["sure"])
        for engine, own in runs.items():
            print(f"{folder.name}, {engine}:", *curve(own), sep="\n  ")
    return 0 if folders else 1


def _folders(options: argparse.Namespace) -> list[Path]:
    folders = sorted(path.parent for path in options.folder.glob("*/train.yml"))
    return [folder for folder in folders if not options.only or folder.name in options.only]


def _rows(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """One row for each engine; each runs in a process of its own, so that memory is its own."""
    split = ["--split", SYMBOL] if options.combined else []
    extra = ["--encoder"] if options.encoder else []
    ours = _run([sys.executable, "-m", "bench.nlu_turnwise", str(folder), *extra, *split])
    yield Row(set_name=folder.name, engine="Turnwise", figures=ours)
    if options.stock:
        stock = [str(options.stock), "-m", "bench.nlu_stock", str(folder), "--epochs", str(options.epochs)]
        stock += split
        yield Row(set_name=folder.name, engine="Rasa 3.6", figures=_run(stock))


def _run(command: Sequence[str]) -> Mapping[str, Any]:
    """The figures that a program prints as its last line."""
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
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
    "parse CPU ms",
    "load s",
    "model MB",
    "process MB",
)


def _figures(row: Row) -> list[object]:
    return [row.figures.get(column, "-") for column in COLUMNS]


def _head(columns: Sequence[str]) -> str:
    head = ["set", "engine", *columns]
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}"


def _line(row: Row, cells: Iterable[object]) -> str:
    return f"| {' | '.join([row.set_name, row.engine, *map(str, cells)])} |"


if __name__ == "__main__":
    sys.exit(main())
