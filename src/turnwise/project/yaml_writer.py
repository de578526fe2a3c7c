"""Writing project files: plain YAML that Rasa and Turnwise read alike."""

from __future__ import annotations

from typing import Any

import yaml

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 4096


class Block(str):
    """A text that is written as a block (`|`), line by line."""

    __slots__ = ()


class Quoted(str):
    """A text that is written in double quotes."""

    __slots__ = ()


class _Dumper(_DUMPER):  # type: ignore[misc]  # which of the two classes it is shows only at run time
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: Any, text: Block) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


def _quoted(dumper: Any, text: Quoted) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def _text(dumper: Any, text: str) -> Any:
    """Words that YAML 1.1 and 1.2 understand differently are quoted, whoever reads the file."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _nothing(dumper: Any, value: None) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:null", "null")


_Dumper.add_representer(Block, _block)
_Dumper.add_representer(Quoted, _quoted)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(type(None), _nothing)


def to_yaml(data: Any) -> str:
    """`data` as YAML: keys in their order, lines not broken, UTF-8 characters as they are."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text
