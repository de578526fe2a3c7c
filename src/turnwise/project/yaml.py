"""Fast reading of YAML 1.2 into plain values that remember their lines.

`read_yaml` gives a `Document`: dicts, lists and scalars in `data`, and a side table with the line of
every key and item. libyaml does the scanning where PyYAML was built with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from turnwise.errors import Place, ProjectError
from turnwise.project.findings import Findings
from turnwise.project.yaml_builder import Builder
from turnwise.project.yaml_reasons import explained

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})+)")
_ONE_ESCAPE = re.compile(r"\\[uU]([0-9a-fA-F]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parsed file. Containers are told apart by identity, so `data` must not be copied before asking."""

    file: str
    data: Any
    lines: Mapping[int, Mapping[Any, int] | Sequence[int]] = field(repr=False)
    """By `id` of a container: the 1-based line of each key or item."""

    def line(self, container: Any, key: Any) -> int:
        """The line on which `key` (or the item with that index) of `container` begins; 0 if unknown."""
        known = self.lines.get(id(container))
        if isinstance(known, Mapping):
            return known.get(key, 0)
        if known is not None and isinstance(key, int) and -len(known) <= key < len(known):
            return known[key]
        return 0

    def place(self, *path: Any) -> Place:
        """Where the value at `path` (keys and indices from the top) begins; as deep as the path leads."""
        line, value, keys = 1, self.data, []
        for key in path:
            line = self.line(value, key) or line
            keys.append(str(key + 1) if isinstance(key, int) else str(key))
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                break
        return Place(self.file, line, tuple(keys))


def read_yaml(path: str | Path) -> Document:
    """Parses a file; an empty one gives `{}`.

    Raises:
        ProjectError: there is no such file, it is not UTF-8, or it is no YAML; file and line are named.
    """
    return parse_yaml(read_text(path), file=str(path))


def read_text(path: str | Path) -> str:
    """The text of a project file, without a byte order mark.

    Raises:
        ProjectError: it does not exist, may not be read, or is not UTF-8.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(Place(str(path)), f"cannot be read: {reason}", fix="check the path") from error
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"is not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise ProjectError(Place(str(path), line), problem, fix="save the file as UTF-8") from error


def parse_yaml(text: str, *, file: str = "") -> Document:
    """Parses `text`; `file` is what errors call it.

    Raises:
        ProjectError: the text is no YAML, repeats a key or names an environment variable that does not
            exist; ProjectErrors lists several of the latter two.
    """
    text = decode_escapes(text)
    builder = Builder(file, expands="${" in text)
    loader = None
    try:
        loader = _LOADER(text)
        data = builder.document(iter(loader.get_event, None))
    except yaml.MarkedYAMLError as error:
        raise explained(error, file) from error
    except yaml.YAMLError as error:
        problem = f"is no YAML: {error}"
        raise ProjectError(Place(file), problem, fix="remove the control characters") from error
    finally:
        if loader is not None:
            loader.dispose()
    Findings(mistakes=builder.mistakes).stop_on_mistakes()
    return Document(file=file, data={} if data is None else data, lines=builder.lines)


def decode_escapes(text: str) -> str:
    r"""Rasa's oddity: in a file of nothing but ASCII, `\u00e9` means é wherever it stands."""
    if "\\" not in text or not text.isascii():
        return text
    return _ESCAPE.sub(lambda match: match[1] + _decoded(match[2]), text)


def _decoded(escapes: str) -> str:
    characters = "".join(chr(int(code, 16)) for code in _ONE_ESCAPE.findall(escapes))
    return characters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
