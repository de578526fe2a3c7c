"""Which files of a project hold what: found by their content, as Rasa does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

YAML_EXTENSIONS = (".yml", ".yaml")
MARKDOWN_EXTENSION = ".md"
DATA_EXTENSIONS = (*YAML_EXTENSIONS, ".json", MARKDOWN_EXTENSION)
"""Of files that may hold NLU data; stories are always YAML."""
TEST_PREFIX = "test_"

_SECTIONS = "slots|forms|actions|entities|intents|responses|e2e_actions|session_config"
_DOMAIN = re.compile(rf"^(['\"]?)({_SECTIONS})\1\s*:", re.MULTILINE)
_FLOW_DOMAIN = re.compile(rf"\A\s*\{{.*?(['\"]?)\b({_SECTIONS})\1\s*:", re.DOTALL)
_NLU = re.compile(r"^[ \t]*(nlu|responses):", re.MULTILINE)
_STORIES = re.compile(r"^[ \t]*(stories|rules):", re.MULTILINE)
_OLD_NLU = re.compile(r"^##\s*(intent|synonym|regex|lookup):", re.MULTILINE)


def files_below(paths: str | Path | Iterable[str | Path], extensions: tuple[str, ...]) -> list[str]:
    """All files with one of the extensions: `paths` themselves, and below those that are folders; sorted.

    Folders are walked following links; a link back to a folder above is not followed twice.
    """
    roots = [paths] if isinstance(paths, str | Path) else list(paths)
    files = (os.fspath(file) for root in roots for file in _walk(Path(root)))
    found = {
        os.path.normpath(Path(file).absolute()): file for file in files if file.lower().endswith(extensions)
    }
    return [found[path] for path in sorted(found)]


def _walk(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    seen: set[str] = set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        yield from (Path(folder, file) for file in files)


def is_yaml(file: str) -> bool:
    return file.lower().endswith(YAML_EXTENSIONS)


def holds_domain(text: str) -> bool:
    """Whether a YAML text has one of a domain's sections at its top."""
    return bool(_DOMAIN.search(text) or _FLOW_DOMAIN.search(text))


def holds_nlu(text: str) -> bool:
    """Whether some line of a YAML text begins with `nlu:` or `responses:`, however far it is indented."""
    return _NLU.search(text) is not None


def holds_stories(text: str) -> bool:
    """Whether some line of a YAML text begins with `stories:` or `rules:`, however far it is indented."""
    return _STORIES.search(text) is not None


def holds_old_nlu(text: str) -> bool:
    """Whether a Markdown text is NLU data of Rasa 1."""
    return _OLD_NLU.search(text) is not None


def is_test_file(file: str) -> bool:
    """Whether the stories in it are test conversations by name."""
    return Path(file).name.startswith(TEST_PREFIX)
