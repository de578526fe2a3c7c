"""The garbage collector of a process that keeps conversations at hand, and stops for none of them."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 2_000, 5, 2_000
"""New objects, collections of these, and collections of those, after which the next generation is looked at.

By Python's own numbers (700, 10, 10) all objects of all conversations are visited again and again. With a
thousand conversations at hand that stops every turn for a third of a second, to find nothing: what is no
longer used is freed by counting references. Cycles come from requests and tasks, and are found young.
"""


def spare_what_is_loaded() -> None:
    """Keeps the collector from what the process has loaded, and from what lives long.

    Called before workers are forked, it also lets them share the model's pages: visiting an object writes
    to its page, and so copies it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
