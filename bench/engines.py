"""The two engines under measurement: their commands, their servers, what their processes take."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 300.0
"""Seconds that a server may take until it answers."""
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class MeasurementFailed(Exception):
    """A command of an engine failed, so there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An installed engine with Rasa's command line."""

    name: str
    command: Path
    """Its `rasa` program."""

    @property
    def python(self) -> Path:
        """The interpreter of the environment it is installed in."""
        return self.command.parent / "python"

    @property
    def is_stock(self) -> bool:
        return self.name != "Turnwise"

    def run(self, *words: str, cwd: Path) -> float:
        """Runs a command to its end; returns the seconds it took.

        Raises:
            MeasurementFailed: it did not exit with 0.
        """
        started = time.perf_counter()
        done = subprocess.run(
            [self.command, *words],
            cwd=cwd,
            env=os.environ | QUIET,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise MeasurementFailed(f"{self.name}: rasa {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return seconds

    @contextmanager
    def serving(
        self, project: Path, *words: str, environment: Mapping[str, str] | None = None
    ) -> Iterator[Served]:
        """`rasa run` on a free port, from the moment its conversations can begin; ended afterwards."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command: list[str | Path] = [
            self.command,
            "run",
            "--enable-api",
            "--port",
            str(port),
            "--interface",
            "127.0.0.1",
            *words,
        ]
        with started(command, cwd=project, environment=environment) as process:
            seconds = seconds_until_answer(f"{url}/status", process)
            yield Served(url=url, pid=process.pid, ready_after=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that answers."""

    url: str
    pid: int
    ready_after: float
    """Seconds from the start of the process to the first answer."""

    def resident_mb(self) -> float:
        """Megabytes of memory that the process and its children hold."""
        top = psutil.Process(self.pid)
        held: int = sum(process.memory_info().rss for process in (top, *top.children(recursive=True)))
        return held / 2**20


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def started(
    command: list[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives as long as the block; what it prints is thrown away."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **QUIET, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def seconds_until_answer(url: str, process: subprocess.Popen[bytes]) -> float:
    """Asks until the server answers with 200.

    Raises:
        MeasurementFailed: the process ended, or its patience did.
    """
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        if process.poll() is not None:
            raise MeasurementFailed(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return time.perf_counter() - begun
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise MeasurementFailed(f"{url} did not answer within {PATIENCE:g} s")


@contextmanager
def action_server() -> Iterator[str]:
    """Wayfare's action server, with records of its own; the URL that endpoints.yml takes."""
    port = free_port()
    command: list[str | Path] = [ours().command, "run", "actions", "--port", str(port)]
    with started(command, cwd=REPOSITORY) as process:
        seconds_until_answer(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/webhook"


def ours() -> Engine:
    """Turnwise as it is installed beside the running interpreter."""
    return Engine(name="Turnwise", command=Path(sys.executable).with_name("rasa"))


def engines(args: argparse.Namespace) -> list[Engine]:
    """Turnwise, and stock Rasa where `--stock` names it."""
    if args.stock is None:
        return [ours()]
    return [ours(), Engine(name="stock Rasa", command=args.stock)]


def parser(description: str | None) -> argparse.ArgumentParser:
    """The flags that all measurements share."""
    made = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    made.add_argument(
        "--stock", type=_program, metavar="RASA", help="measure this stock `rasa` program beside"
    )
    return made


def _program(word: str) -> Path:
    found = shutil.which(word)
    if found is None:
        raise argparse.ArgumentTypeError(f"there is no program '{word}'")
    return Path(found).absolute()
