"""What can be said of a single token: its case, its first and last letters, its part of speech."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from turnwise.nlu.message import Token

TOKEN_FEATURES: Mapping[str, Callable[[Token], object]] = MappingProxyType(
    {
        "low": lambda token: token.text.islower(),
        "title": lambda token: token.text.istitle(),
        "upper": lambda token: token.text.isupper(),
        "digit": lambda token: token.text.isdigit(),
        "prefix2": lambda token: token.text[:2],
        "prefix5": lambda token: token.text[:5],
        "suffix1": lambda token: token.text[-1:],
        "suffix2": lambda token: token.text[-2:],
        "suffix3": lambda token: token.text[-3:],
        "suffix5": lambda token: token.text[-5:],
        "pos": lambda token: token.pos,
        "pos2": lambda token: token.pos[:2] if token.pos else None,
    }
)
"""Name in `features: [...]` to what it says of a token."""
