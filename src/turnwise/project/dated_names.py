"""Names that a person can tell apart and nobody else has: of assistants and of models."""

from __future__ import annotations

import random
from datetime import datetime

_ADJECTIVES = (
    "amber", "bold", "brisk", "calm", "clear", "crisp", "gentle", "golden", "keen", "lively",
    "mellow", "nimble", "plain", "quiet", "rapid", "silver", "steady", "sunny", "tidy", "warm",
)  # fmt: skip
_NOUNS = (
    "anchor", "bridge", "canal", "delta", "ferry", "garden", "harbor", "island", "lantern", "meadow",
    "orchard", "path", "quay", "river", "sail", "signal", "station", "tower", "valley", "willow",
)  # fmt: skip


def dated_name(now: datetime, chance: random.Random) -> str:
    """A name such as `20260102-030405-calm-ferry`."""
    return f"{now:%Y%m%d-%H%M%S}-{chance.choice(_ADJECTIVES)}-{chance.choice(_NOUNS)}"
