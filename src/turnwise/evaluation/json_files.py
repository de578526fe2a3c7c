"""Reports as JSON files, laid out as Rasa lays them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any) -> None:
    """Writes `content` indented by two spaces, characters of all languages as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str), encoding="utf-8")


def write_json_if_any(path: Path, content: list[Any]) -> None:
    """As `write_json`; an empty list leaves no file, not even that of an earlier test."""
    if content:
        write_json(path, content)
    else:
        path.unlink(missing_ok=True)
