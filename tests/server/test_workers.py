"""Several processes: all of them serve, and one that dies is replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from turnwise.errors import UsageError
from turnwise.server.workers import number_of_workers

SCRIPT = """
import os, signal, sys
from turnwise.server.workers import Workers

def work():
    os.write(1, b"%d\\n" % os.getpid())
    signal.pause()

sys.exit(Workers(2, {work}).run())
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that starts two workers, each of which prints its id."""
    started: list[subprocess.Popen[str]] = []

    def start_one(work: str) -> subprocess.Popen[str]:
        script = SCRIPT.format(work=work)
        started.append(subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_a_dead_worker_is_replaced_and_all_stop_together(start: Start) -> None:
    """After SIGKILL of one worker there are two again; SIGTERM of the parent ends them all."""
    parent = start("work")
    assert parent.stdout is not None
    first, second = int(parent.stdout.readline()), int(parent.stdout.readline())
    os.kill(first, signal.SIGKILL)
    third = int(parent.stdout.readline())
    assert len({first, second, third}) == 3

    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=10) == 0
    deadline = time.monotonic() + 5
    while is_alive(second) or is_alive(third):
        assert time.monotonic() < deadline


def test_workers_that_cannot_work_end_the_parent(start: Start) -> None:
    """When every worker dies at once, the parent gives up with exit code 1."""
    assert start("lambda: 1 / 0").wait(timeout=20) == 1


@pytest.mark.parametrize(("word", "shared", "count"), [("", True, 1), ("3", True, 3), ("3", False, 1)])
def test_their_number(monkeypatch: pytest.MonkeyPatch, word: str, shared: bool, count: int) -> None:
    """SANIC_WORKERS says how many, if they share their locks."""
    monkeypatch.setenv("SANIC_WORKERS", word)
    assert number_of_workers(locks_are_shared=shared) == count


@pytest.mark.parametrize("word", ["0", "many", "-1"])
def test_a_wrong_number(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """The message names the variable."""
    monkeypatch.setenv("SANIC_WORKERS", word)
    with pytest.raises(UsageError, match="SANIC_WORKERS"):
        number_of_workers(locks_are_shared=True)
