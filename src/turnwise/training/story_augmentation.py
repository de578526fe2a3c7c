"""Longer conversations, glued from the stories of a project, for policies that learn."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence

from turnwise.training.story_paths import StoryPath, unique

AUGMENTATION_ROUNDS = 3
AUGMENTATION_SEED = 42
AUGMENTED_PER_FACTOR = 10
"""At most this many augmented conversations are kept for each unit of the augmentation factor."""


def augmented(stories: Sequence[StoryPath], seen: set[Hashable], factor: int) -> list[StoryPath]:
    """Longer conversations, each glued from two to four stories; at most ten times `factor`.

    Three rounds prolong `factor` random conversations each by other stories. Which ones are kept is
    drawn before any is built, with a fixed seed.
    """
    if not stories:
        return []
    chance = random.Random(AUGMENTATION_SEED)
    limit = AUGMENTED_PER_FACTOR * factor
    known: list[tuple[int, ...]] = [(index,) for index in range(len(stories))]
    glued: list[tuple[int, ...]] = []
    for _ in range(AUGMENTATION_ROUNDS):
        firsts = chance.sample(known, min(factor, len(known)))
        pairs = len(firsts) * len(stories)
        drawn = sorted(chance.sample(range(pairs), min(limit, pairs)))
        longer = [(*firsts[number // len(stories)], number % len(stories)) for number in drawn]
        glued += longer
        known += longer
    chosen = chance.sample(glued, min(limit, len(glued)))
    return unique((_glued(stories, indices) for indices in chosen), set(seen))


def _glued(stories: Sequence[StoryPath], indices: Sequence[int]) -> StoryPath:
    """One story after the other; the listen between two of them stands once."""
    path = stories[indices[0]]
    for index in indices[1:]:
        story = stories[index]
        path = path.without_last_event().through(" > ".join(story.names), story.placed_events())
    return path
