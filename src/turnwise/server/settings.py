"""How a server is set up: the flags of `rasa run` as one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files for HTTPS."""

    certificate: Path
    keyfile: Path | None = None
    ca_file: Path | None = None
    """Authorities whose clients are let in; None: clients need no certificate."""
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """How bearer tokens are checked."""

    secret: str
    """Shared secret, or public key where `method` is asymmetric."""
    method: str = "HS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where a server listens, whom it answers, and what it offers."""

    interface: str = "0.0.0.0"
    port: int = 5005
    enable_api: bool = False
    """Whether the whole HTTP API is offered; without it there are `/` and the channels."""
    auth_token: str | None = None
    """What API requests carry as `?token=`."""
    jwt: Jwt | None = None
    cors: tuple[str, ...] = ()
    """Origins whose pages may call; `*` stands for all."""
    response_timeout: float = 3600
    """Seconds until a request is given up with status 503."""
    keep_alive: float = 120
    """Seconds an idle connection stays open."""
    backlog: int = 100
    """Connections that may wait to be accepted."""
    max_body: int = 100_000_000
    """Bytes of the largest request: training data and models are sent to the API."""
    drain: float = 30
    """Seconds that turns in progress have when the server is told to stop."""
    tls: Tls | None = None
    endpoints: Mapping[str, Any] = field(default_factory=dict)
    """`endpoints.yml`, for what is opened anew while the server runs."""
