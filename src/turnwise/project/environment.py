"""`${NAME}` in project files: replaced by the process environment, as Rasa does."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


class UnsetVariables(ValueError):
    """Environment variables that a file needs do not exist."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def expand(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """`text` with every `$NAME` and `${NAME}` replaced; call it for texts that contain `${` only.

    A variable that does not exist is an error where its word begins with it; inside a word
    (`pre${NAME}`) it is left as it stands, which Rasa projects may rely on.

    Raises:
        UnsetVariables: named are those that begin a word.
    """
    expanded = _VARIABLE.sub(lambda match: environment.get(match[1].strip("{}"), match[0]), text)
    before = set(text.split())
    unset = tuple(word for word in expanded.split() if word.startswith("$") and word in before)
    if unset:
        raise UnsetVariables(unset)
    return expanded
