"""Several server processes on one socket: started together, replaced when they die, stopped together."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from turnwise.errors import UsageError

log = logging.getLogger(__name__)

VARIABLE = "SANIC_WORKERS"
SHORT_LIFE = 2.0
"""Seconds; a worker that ends sooner has not served anybody."""
SHORT_LIVES = 5
"""After so many of them in a row, starting more is of no use."""


def number_of_workers(wanted: int | None = None, *, locks_are_shared: bool) -> int:
    """How many processes serve: one where they could not take each other's locks.

    Args:
        wanted: None takes SANIC_WORKERS, or 1.

    Raises:
        UsageError: that is no number above 0.
    """
    word = os.environ.get(VARIABLE) or "1" if wanted is None else str(wanted)
    if not word.isdigit() or int(word) < 1:
        source = VARIABLE if wanted is None else "--workers"
        raise UsageError(f"{source}: '{word}' is no number of processes\n  fix: write 1 or more")
    if int(word) > 1 and not locks_are_shared:
        log.warning("workers.only_one reason=the lock store is in memory; use redis or sql for %s", word)
        return 1
    return int(word)


class Workers:
    """Processes that are copies of this one; what it has loaded before, they share with it."""

    def __init__(self, count: int, work: Callable[[], None]) -> None:
        """
        Args:
            work: What each process does until it gets SIGTERM. No thread may run here, and no event loop.
        """
        self._count = count
        self._work = work
        self._born: dict[int, float] = {}
        self._stopping = False
        self._short_lives = 0

    def run(self) -> int:
        """Keeps the workers running until SIGTERM or SIGINT; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._start()
        while self._born:
            self._wait_for_one()
        return 1 if self._short_lives >= SHORT_LIVES else 0

    def _start(self) -> None:
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic()
            log.info("worker.started pid=%s", pid)
            return
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            self._work()
            code = 0
        except Exception:
            log.exception("worker.failed")
        finally:
            logging.shutdown()
            os._exit(code)

    def _wait_for_one(self) -> None:
        pid, status = os.wait()
        lived = time.monotonic() - self._born.pop(pid, 0.0)
        if self._stopping:
            return
        log.error("worker.died pid=%s status=%s", pid, os.waitstatus_to_exitcode(status))
        self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE else 0
        if self._short_lives < SHORT_LIVES:
            self._start()
        else:
            self._stop(signal.SIGTERM, None)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._born:
            os.kill(pid, signal.SIGTERM)
