"""Connections to Redis, as the `tracker_store` and `lock_store` sections set them up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CONNECTIONS = 32
"""Of one process to one Redis; commands take less than a millisecond."""
RETRIES = 3
"""Further tries when a connection was lost; each waits a little longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """What `endpoints.yml` says of a Redis server, under Rasa's names."""

    host: str = "localhost"
    port: int = 6379
    db: int = 0
    username: str | None = None
    password: str | None = None
    use_ssl: bool = False
    ssl_keyfile: str | None = None
    ssl_certfile: str | None = None
    ssl_ca_certs: str | None = None
    key_prefix: str | None = None
    """Stands before every key; letters and digits."""
    record_exp: float | None = None
    """Tracker store: seconds after the last event at which a conversation is forgotten; None: never."""
    socket_timeout: float = 10
    """Seconds a command may take."""

    def prefix(self, kind: str) -> str:
        """What keys of a kind begin with; a prefix of other signs is left out, as in Rasa."""
        own = f"{self.key_prefix}:" if self.key_prefix and self.key_prefix.isalnum() else ""
        return f"{own}{kind}:"


def connect(settings: RedisSettings) -> Any:
    """A client with a pool of connections; nothing is connected yet."""
    from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
    from redis.asyncio.retry import Retry
    from redis.backoff import ExponentialBackoff
    from redis.exceptions import ConnectionError as Lost

    tls: dict[str, Any] = {}
    if settings.use_ssl:
        tls = {
            "ssl_keyfile": settings.ssl_keyfile,
            "ssl_certfile": settings.ssl_certfile,
            "ssl_ca_certs": settings.ssl_ca_certs,
        }
    # The usual pool refuses whoever finds all its connections taken; here they wait for the next free one.
    pool = BlockingConnectionPool(
        max_connections=CONNECTIONS,
        timeout=settings.socket_timeout,
        connection_class=SSLConnection if settings.use_ssl else Connection,
        host=settings.host,
        port=settings.port,
        db=settings.db,
        username=settings.username,
        password=settings.password,
        socket_timeout=settings.socket_timeout,
        socket_connect_timeout=settings.socket_timeout,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), RETRIES),
        retry_on_error=[Lost],
        **tls,
    )
    return Redis.from_pool(pool)


Script = Callable[..., Any]
"""A registered Lua script: called with `keys` and `args`, it runs on the server, alone and whole."""
