"""Servers that the test run starts for itself, on a free port, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, seconds: float = 30) -> None:
    """Returns when a server answers on `port`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise RuntimeError(f"no server on port {port}")


def wait_for_silence(port: int, seconds: float = 30) -> None:
    """Returns when nobody listens on `port` any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.01)
    raise RuntimeError(f"there is still a server on port {port}")


@contextlib.contextmanager
def running(words: Sequence[str], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on `port` meanwhile; what it says goes to the file `log` in `folder`."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield process
    finally:
        process.kill()
        process.wait()


QUICKLY = ("--innodb-flush-log-at-trx-commit=0", "--innodb-file-per-table=0", "--skip-innodb-doublewrite")
"""What is kept here is thrown away: it need not reach the disk."""


def maria_db() -> str:
    """The server program of MariaDB; without it, the test is skipped."""
    program = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")
    if program is None or shutil.which("mariadb-install-db") is None:
        pytest.skip("install mariadb-server to test with MariaDB")
    pytest.importorskip("pymysql", reason="pip install turnwise[mysql] to test with MariaDB")
    return program


@contextlib.contextmanager
def maria(folder: Path) -> Iterator[int]:
    """Port of a MariaDB server, whose user `root` needs no password."""
    program, data, port = maria_db(), folder / "data", free_port()
    me = ["--user=root"]  # it refuses to run as root unless it is told to; others are ignored by it
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db", *me]
    install.append("--auth-root-authentication-method=normal")
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    words = [program, "--no-defaults", f"--datadir={data}", f"--socket={folder / 's'}", f"--port={port}", *me]
    words += ["--bind-address=127.0.0.1", "--skip-name-resolve", *QUICKLY]
    with running(words, port, folder):
        yield port


class Rabbit:
    """A RabbitMQ node of one's own, which can be stopped and started again with all that it has kept."""

    def __init__(self, folder: Path) -> None:
        programs = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
        epmd = shutil.which("epmd")
        if not programs or epmd is None:
            pytest.skip("install rabbitmq-server to test with RabbitMQ")
        self.port, self._folder, self._program = free_port(), folder, programs[-1]
        (folder / "plugins").write_text("[].")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_NODENAME": "turnwise@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }
        # Else the node would start a daemon of the machine's, which outlives it.
        self._epmd = subprocess.Popen([epmd], env=self._environment)
        self._node: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the node answers."""
        with (self._folder / "log").open("ab") as log:
            self._node = subprocess.Popen(
                [self._program], env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.port, 60)

    def kill(self) -> None:
        """Ends the node as a power cut does."""
        if self._node is not None:
            os.killpg(self._node.pid, signal.SIGKILL)
            self._node.wait()
            self._node = None
            wait_for_silence(self.port)

    def close(self) -> None:
        """Ends everything."""
        self.kill()
        self._epmd.kill()
        self._epmd.wait()
