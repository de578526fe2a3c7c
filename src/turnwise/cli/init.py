"""`rasa init`: a new project, with a small bot that trains and talks at once."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from turnwise.cli.console import print_info, print_success
from turnwise.cli.questions import ask, confirm
from turnwise.errors import UsageError

STARTER = Path(__file__).parent / "starter"
"""The files of the small bot, as they are written."""


def run(args: argparse.Namespace) -> int:
    """Asks where, writes the files, then trains and opens the shell as the user likes."""
    print_success("Welcome to Turnwise! A small bot will be made for you to start from.")
    folder = Path(
        args.init_dir or ("." if args.no_prompt else ask("Where shall the project be?", default="."))
    )
    if not _ready(folder, ask_first=not args.no_prompt):
        print_info("Nothing was written. Run `rasa init` again whenever you like.")
        return 0
    write_starter(folder)
    print_success(f"The project is in '{folder.resolve()}'.")
    # From here on the commands work as if they were typed in the project's folder.
    os.chdir(folder)
    return _train(ask_first=not args.no_prompt)


def write_starter(folder: Path) -> None:
    """Copies the starter bot into `folder`; files of the same names are overwritten, others left."""
    for source in sorted(STARTER.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            target = folder / source.relative_to(STARTER)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Contents only: an installed package may be read-only, a new project must not be.
            target.write_bytes(source.read_bytes())


def _ready(folder: Path, *, ask_first: bool) -> bool:
    """Makes sure that `folder` exists and may be written to."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--init-dir: '{folder}' is a file\n  fix: name a folder")
    if not folder.exists():
        if not ask_first:
            raise UsageError(
                f"--init-dir: there is no folder '{folder}'\n  fix: make it first, or go without --no-prompt"
            )
        if not confirm(f"There is no folder '{folder}'. Make it?", default=True):
            return False
        folder.mkdir(parents=True)
    if ask_first and any(folder.iterdir()):
        return confirm(
            f"'{folder}' is not empty; files of the same names are overwritten. Go on?", default=False
        )
    return True


def _train(*, ask_first: bool) -> int:
    from turnwise.cli.main import main

    if ask_first and not confirm("Train a first model now?", default=True):
        print_info("When you are ready: `rasa train`, then `rasa shell`.")
        return 0
    code = main(["train"])
    if code == 0 and ask_first and confirm("Talk with it in the terminal now?", default=False):
        return main(["shell"])
    if code == 0:
        print_info("To talk with it: `rasa shell`, in the project's folder.")
    return code
