"""Whether training would train anything, without training it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from turnwise.nlu.fingerprint import Cache
from turnwise.project.project import Project


class _SomethingIsNew(Exception):
    """The cache lacks something."""


@dataclass(frozen=True, slots=True)
class _Probe:
    """A cache that stops the training at the first thing it does not know."""

    cache: Cache

    def get(self, key: str) -> Mapping[str, bytes] | None:
        files = self.cache.get(key)
        if files is None:
            raise _SomethingIsNew
        return files

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Nothing comes here: whatever is not known stops the training before."""


def needs_training(project: Project, cache: Cache, *, augmentation: int) -> bool:
    """Whether anything that policies or components learn from has changed since `cache` was filled.

    Raises:
        ProjectError: something in the project is wrong.
    """
    from turnwise.training.train import Training

    training = Training(project=project, augmentation=augmentation, cache=_Probe(cache))
    try:
        training.learn()
    except _SomethingIsNew:
        return True
    return False
