"""Changes that training makes to config.yml; comments and layout stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from turnwise.project.component_config import Components
from turnwise.project.config_file import DEFAULT_PIPELINE, DEFAULT_POLICIES
from turnwise.project.yaml_writer import to_yaml

_HEAD = "# Nothing was chosen for the"
_GENERATED = rf"(?:{_HEAD}|# # No configuration for)[^\n]*(?:\n|$)"
"""How comments begin that a training wrote, ours or Rasa's."""

_DEFAULTS: dict[str, tuple[str, Components]] = {
    "pipeline": ("pipeline", DEFAULT_PIPELINE),
    "policies": ("policies", DEFAULT_POLICIES),
}


def with_assistant_id(text: str, assistant_id: str) -> str:
    """The file's text with this id: in place of the old one, else below the recipe, else on top."""
    line = f"assistant_id: {assistant_id}"
    replaced, count = re.subn(
        r"(?m)^assistant_id[ \t]*:[^\n#]*?(?=[ \t]*(?:#|$))", lambda _: line, text, count=1
    )
    if count:
        return replaced
    recipe = re.search(r"(?m)^recipe[ \t]*:.*\n?", text)
    position = recipe.end() if recipe else _after_head(text)
    before = text[:position]
    if before and not before.endswith("\n"):
        before += "\n"
    return f"{before}{line}\n{text[position:]}"


def _after_head(text: str) -> int:
    """Behind the comments a file begins with."""
    head = re.match(r"(?:[ \t]*(?:#.*)?\n|---[ \t]*\n)*", text)
    return head.end() if head else 0


def with_automatic_parts(text: str, keys: Iterable[str]) -> str:
    """The file's text with the defaults used for `keys` (`pipeline`, `policies`) as comments below each.

    Such comments of an earlier training, Rasa's included, are replaced; a missing key is added at the end.
    """
    for key in keys:
        comment = _as_comment(*_DEFAULTS[key])
        pattern = re.compile(rf"(?m)^({key}[ \t]*:[^\n]*\n?)({_GENERATED}(?:[ \t]*#[^\n]*(?:\n|$))*)?")
        found = pattern.search(text)
        if found is None:
            text = f"{text.rstrip()}\n\n{key}:\n{comment}".lstrip("\n")
        else:
            head = found[1] if found[1].endswith("\n") else found[1] + "\n"
            text = f"{text[: found.start()]}{head}{comment}{text[found.end() :]}"
    return text


def _as_comment(what: str, components: Components) -> str:
    listed: list[dict[str, Any]] = [{"name": item.name, **item.settings} for item in components]
    head = (
        f"{_HEAD} {what}, so these defaults were used for training.",
        "# Remove the first '#' of each line below to change them.",
    )
    body = (f"#   {line}" for line in to_yaml(listed).splitlines())
    return "\n".join((*head, *body)) + "\n"
