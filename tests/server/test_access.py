"""Who may use the API, and which pages may call it."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from tests.server.conftest import Open
from tests.server.test_conversations import call
from turnwise.server.settings import Jwt

SECRET = "a secret that is long enough for HS256"


def bearer(role: str, username: str = "ada", *, secret: str = SECRET, **claims: Any) -> dict[str, str]:
    token = jwt.encode({"user": {"username": username, "role": role}, **claims}, secret, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("query", "status"), [("", 401), ("?token=wrong", 401), ("?token=", 401), ("?token=right", 200)]
)
async def test_a_token_in_the_query(open_server: Open, query: str, status: int) -> None:
    """With `--auth-token` API requests need it."""
    client = await open_server(auth_token="right")
    got, answer = await call(client, "GET", f"/status{query}")
    assert got == status
    if status == 401:
        assert answer["reason"] == "NotAuthenticated"


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/status", 401),
        (bearer("admin"), "/status", 200),
        (bearer("admin"), "/conversations/bob/tracker", 200),
        (bearer("user"), "/conversations/ada/tracker", 200),
        (bearer("user"), "/conversations/bob/tracker", 403),
        (bearer("user"), "/status", 403),
        (bearer("guest"), "/conversations/ada/tracker", 403),
        (bearer("admin", secret="another secret, also long enough!"), "/status", 401),
        (bearer("admin", exp=time.time() - 60), "/status", 401),
        ({"Authorization": "Basic YWRhOmFkYQ=="}, "/status", 401),
        ({"Authorization": "Bearer nonsense"}, "/status", 401),
    ],
)
async def test_a_web_token_in_the_header(
    open_server: Open, headers: dict[str, str], path: str, status: int
) -> None:
    """Administrators may do everything, users see their own conversation, others nothing."""
    client = await open_server(jwt=Jwt(secret=SECRET))
    got, _ = await call(client, "GET", path, headers=headers)
    assert got == status


async def test_either_is_enough(open_server: Open) -> None:
    """With both in use, one of them opens."""
    client = await open_server(jwt=Jwt(secret=SECRET), auth_token="right")
    assert (await call(client, "GET", "/status?token=right"))[0] == 200
    assert (await call(client, "GET", "/status", headers=bearer("admin")))[0] == 200
    assert (await call(client, "GET", "/status"))[0] == 401


async def test_what_is_open_to_all(open_server: Open) -> None:
    """The root, the version and the channels need no credentials."""
    client = await open_server(auth_token="right")
    async with client.get("/") as response:
        assert response.status == 200
    assert (await call(client, "GET", "/version"))[0] == 200
    status, answer = await call(client, "POST", "/webhooks/rest/webhook", json={"message": "/ask"})
    assert (status, len(answer)) == (200, 1)


async def test_whose_token_it_is(open_server: Open) -> None:
    """With web tokens in use, /auth tells about them; none are issued."""
    client = await open_server(jwt=Jwt(secret=SECRET))
    assert await call(client, "GET", "/auth/verify", headers=bearer("user")) == (200, {"valid": True})
    status, refusal = await call(client, "GET", "/auth/verify")
    assert (status, refusal["valid"], refusal["exception"]) == (401, False, "InvalidToken")
    _, me = await call(client, "GET", "/auth/me", headers=bearer("user"))
    assert me == {"me": {"username": "ada", "role": "user"}}
    assert (await call(client, "POST", "/auth"))[0] == 401


@pytest.mark.parametrize(
    ("cors", "allowed"),
    [
        ((), None),
        (("*",), "https://a.org"),
        (("https://a.org",), "https://a.org"),
        (("https://b.org",), None),
    ],
)
async def test_pages_of_other_origins(open_server: Open, cors: tuple[str, ...], allowed: str | None) -> None:
    """An origin that is allowed is echoed; the other headers are always there."""
    client = await open_server(cors=cors)
    async with client.get("/version", headers={"Origin": "https://a.org"}) as response:
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert response.headers["Access-Control-Expose-Headers"] == "filename"


async def test_what_browsers_ask_beforehand(open_server: Open) -> None:
    """OPTIONS is answered for every route, and grants the headers that are wanted."""
    client = await open_server(cors=("*",))
    headers = {
        "Origin": "https://a.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("/webhooks/rest/webhook", "/conversations/ada/tracker", "/model/parse"):
        async with client.options(path, headers=headers) as response:
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == "https://a.org"
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
            assert response.headers["Access-Control-Allow-Headers"] == "content-type"
