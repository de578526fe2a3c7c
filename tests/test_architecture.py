"""The rooms of `src/turnwise/` import one way, as docs/architecture.md draws it."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import turnwise

SOURCE = Path(turnwise.__file__).parent

EVERYWHERE = {"errors", "tracing", "rasa_names"}
"""What any room may import."""

CORE = {"dialogue", "project", "nlu", "policies", "responses", "actions"}
SHARED = {"registry", "http_endpoint"}
"""Single files at the top that several rooms use."""

BELOW_TURN = {*CORE, *SHARED, "assistant", "training", "storage", "channel"}

TURN = "turn"
"""The other files at the top, such as `agent.py`: they take a message through the rooms."""

CONTRACTS = {"turnwise.channels.channel": "channel"}
"""Modules that say what a room's members promise, and nothing else: they stand before their room."""

MAY_IMPORT: dict[str, set[str]] = {
    # In the order a message meets them.
    "errors": set(),
    "tracing": set(),
    "rasa_names": set(),
    "registry": set(),
    "http_endpoint": set(),
    "dialogue": set(),
    "project": {"dialogue"},
    "nlu": {"project", "registry"},
    "policies": {"dialogue", "project", "registry"},
    "responses": {"dialogue", "project", *SHARED},
    "actions": {"dialogue", "responses", *SHARED},
    "assistant": {*CORE, "registry"},
    "training": {*CORE, "registry", "assistant"},
    "storage": {"dialogue", *SHARED},
    "channel": {"dialogue", "responses"},
    TURN: {*BELOW_TURN},
    "channels": {*BELOW_TURN, TURN},
    "rasa_api": {*BELOW_TURN, TURN, "channels"},
    "evaluation": {*BELOW_TURN, TURN},
    "server": {*BELOW_TURN, TURN, "channels", "evaluation"},
    "cli": {*BELOW_TURN, TURN, "channels", "evaluation", "server"},
    "__main__": {"cli"},
}

OUTSIDE = {
    "aiohttp",
    "sanic",
    "sqlalchemy",
    "sqlite3",
    "redis",
    "rasa_sdk",
    "requests",
    "prompt_toolkit",
}
"""Packages of HTTP, SQL and the terminal, of which the core knows nothing."""


def modules() -> Iterator[Path]:
    """Every module of the framework, without the files of the starter bot, which are somebody's project."""
    return (path for path in sorted(SOURCE.rglob("*.py")) if "starter" not in path.parts)


def room(name: str) -> str:
    """The room of a module, by its full name; a file at the top that is no room belongs to the turn."""
    if name in CONTRACTS:
        return CONTRACTS[name]
    first = name.split(".")[1]
    return first if first in MAY_IMPORT or (SOURCE / first).is_dir() else TURN


def full_name(path: Path) -> str:
    """The name a file is imported by."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(("turnwise", *parts)).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules a file imports, at its top or inside its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_stands_above_it_in_the_table(name: str) -> None:
    """A room that is new gets its place in MAY_IMPORT."""
    allowed = MAY_IMPORT[name] | EVERYWHERE | {name}
    wrong = [
        f"{full_name(path)} imports {target}"
        for path in modules()
        if full_name(path) != "turnwise" and room(full_name(path)) == name
        for target in imported(path)
        if target.startswith("turnwise.") and room(target) not in allowed
    ]
    assert wrong == []


def test_every_room_has_its_place_in_the_table() -> None:
    """No folder of the framework is left out of the directions."""
    assert {path.parent.name for path in SOURCE.glob("*/*.py")} <= MAY_IMPORT.keys()


def test_the_table_has_no_circle() -> None:
    """Each room imports only rooms that stand before it."""
    seen: set[str] = set()
    for name, below in MAY_IMPORT.items():
        assert below <= seen
        seen.add(name)


def test_the_core_knows_nothing_of_http_sql_or_the_terminal() -> None:
    """Loading the whole of `dialogue`, `project`, `nlu` and `policies` loads no such package."""
    rooms = {"dialogue", "project", "nlu", "policies"}
    core = [full_name(path) for path in modules() if path.relative_to(SOURCE).parts[0] in rooms]
    code = f"import importlib, sys\nfor name in {core!r}: importlib.import_module(name)\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert not {name.partition(".")[0] for name in run.stdout.split()} & OUTSIDE


@pytest.mark.parametrize(
    "package", [path.parent for path in modules() if path.name == "__init__.py"], ids=lambda path: path.name
)
def test_what_is_promised_exists(package: Path) -> None:
    """Every name in a package's `__all__` is there, and stands there once."""
    module = importlib.import_module(full_name(package / "__init__.py"))
    promised: list[str] = getattr(module, "__all__", [])
    assert [word for word in promised if not hasattr(module, word)] == []
    assert len(promised) == len(set(promised))


@pytest.mark.parametrize("word", ["helper", "manager", "util"])
def test_there_is_no_room_for_leftovers(word: str) -> None:
    """A helper lives beside its one user, or is a concept with a name of its own."""
    assert [path.name for path in modules() if word in path.name] == []
