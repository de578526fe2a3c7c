"""Writing what `rasa interactive` taught: each change is shown before it is made."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

from turnwise.cli.console import CYAN, GREEN, RED, coloured, print_info, print_success
from turnwise.cli.teacher import Menu, ask, confirm
from turnwise.evaluation.lesson import Lesson
from turnwise.evaluation.lesson_export import (
    examples_of,
    stories_of,
    with_domain_additions,
    with_nlu_examples,
    with_stories,
)
from turnwise.project.project import Project
from turnwise.project.yaml import parse_yaml

STORIES, NLU, DOMAIN = "stories", "NLU data", "domain"


def default_paths(args: argparse.Namespace) -> dict[str, Path]:
    """Where the three files are unless the teacher says otherwise; in folders, files of their own."""
    domain = Path(args.domain)
    if not domain.exists() and Path("domain").is_dir():
        domain = Path("domain")
    return {
        STORIES: _in_folder(Path("data/stories.yml"), Path("data/stories")),
        NLU: _in_folder(Path("data/nlu.yml"), Path("data/nlu")),
        DOMAIN: domain / "interactive.yml" if domain.is_dir() else domain,
    }


def _in_folder(file: Path, folder: Path) -> Path:
    return folder / "interactive.yml" if not file.exists() and folder.is_dir() else file


class LessonFiles:
    """What a lesson adds to a project's files."""

    def __init__(self, project: Project, lesson: Lesson, *, with_words: bool) -> None:
        self.project = project
        self.lesson = lesson
        self.with_words = with_words
        self.conversations = lesson.conversations()

    @property
    def is_empty(self) -> bool:
        """Whether the user said nothing that counts."""
        return not any(True for each in self.conversations for _ in stories_of(each))

    def write(self, defaults: Mapping[str, Path]) -> bool:
        """Asks for the files, shows what would change, and writes it if the teacher agrees; whether so.

        Raises:
            Nobody: the input has ended; nothing was written.
            ProjectError: a file is laid out so that nothing can be added to it; nothing was written.
        """
        try:
            paths = {what: _path(what, default) for what, default in defaults.items()}
            changes = self._changes(paths)
            for path, (old, new) in changes.items():
                _show_difference(path, old, new)
            if not changes:
                print_info("The files hold all of it already.")
                return True
            if not confirm("Write these changes?"):
                return False
        except Menu:
            return False
        for path, (_, new) in changes.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="utf-8")
            print_success(f"Written: {path}")
        return True

    def _changes(self, paths: Mapping[str, Path]) -> dict[Path, tuple[str, str]]:
        """Old and new text of each file that changes; files may coincide."""
        changed: dict[Path, tuple[str, str]] = {}
        for what, path in paths.items():
            old, text = changed.get(path) or (_read(path),) * 2
            new = self._added(what, text, str(path))
            parse_yaml(new, file=str(path))  # what is written can be read again, or nothing is written
            if new != old and not (not old and not new.partition("\n")[2].strip()):
                changed[path] = (old, new)
        return changed

    def _added(self, what: str, text: str, file: str) -> str:
        if what == STORIES:
            return with_stories(text, self.conversations, with_words=self.with_words, file=file)
        if what == NLU:
            examples = examples_of(self.conversations, self.project.nlu)
            return with_nlu_examples(text, examples, file=file)
        return with_domain_additions(
            text, self.conversations, self.project.domain, self.lesson.domain, file=file
        )


def _path(what: str, default: Path) -> Path:
    return Path(ask(f"File of the {what} [{default}]:") or default)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _show_difference(path: Path, old: str, new: str) -> None:
    """What changes in a file, line by line."""
    colours = {"+": GREEN, "-": RED, "@": CYAN}
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), fromfile=str(path), tofile=str(path), lineterm="", n=2
    )
    for line in lines:
        colour = colours.get(line[:1])
        print(coloured(line, colour, sys.stdout) if colour else line)
