"""The collector leaves what was loaded alone, and still finds cycles."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from turnwise.server.garbage import OLD, spare_what_is_loaded


class Loaded:
    """Something that a process keeps."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_visited_no_more() -> None:
    """Frozen objects are in no generation; what is made later is."""
    before = Loaded()
    spare_what_is_loaded()
    after = Loaded()
    visited = {id(thing) for thing in gc.get_objects()}
    assert id(before) not in visited
    assert id(after) in visited
    assert gc.get_threshold()[2] == OLD


def test_young_cycles_are_found_without_being_asked_for() -> None:
    """A request that ended as a cycle is gone soon."""
    spare_what_is_loaded()
    cycle = Loaded()
    cycle.itself = cycle  # type: ignore[attr-defined]
    gone = weakref.ref(cycle)
    del cycle
    kept = [[number] for number in range(20_000)]
    assert gone() is None, len(kept)
