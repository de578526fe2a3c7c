"""`rasa data convert nlu`: NLU data of any format becomes one file of YAML or JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from turnwise.cli.console import print_success, print_warning
from turnwise.cli.paths import existing_path
from turnwise.errors import UsageError


def run(args: argparse.Namespace) -> int:
    """Reads the first path of `--data`, writes the file `--out`."""
    from turnwise.project.findings import Findings
    from turnwise.project.nlu_file import read_nlu
    from turnwise.project.nlu_writer import nlu_json, nlu_yaml

    source = existing_path(args.data[0], flag="--data", default="data")
    out = Path(args.out)
    if out.is_dir():
        raise UsageError(f"--out: '{out}' is a folder\n  fix: name the file to write")
    findings = Findings()
    data = read_nlu(source, findings)
    findings.stop_on_mistakes()
    for notice in findings.notices:
        print_warning(str(notice))
    if not data.examples and not data.synonyms and not data.regexes and not data.lookups:
        raise UsageError(f"--data: there are no NLU data in '{source}'")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(nlu_json(data) if args.format == "json" else nlu_yaml(data), encoding="utf-8")
    print_success(f"Converted {len(data.examples)} examples into '{out}'.")
    return 0
