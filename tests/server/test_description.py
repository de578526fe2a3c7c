"""`/openapi.json` describes every route, every parameter and every answer; the other tests hold it true."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from sanic import Sanic

import turnwise
from tests.server.bot import small_agent, small_assistant
from tests.server.conftest import Open, load_nothing
from tests.server.descriptions import document_of
from turnwise.channels.catalogue import CHANNELS
from turnwise.channels.channel import InputChannel
from turnwise.openapi import operation_of
from turnwise.registry import find_class
from turnwise.server.app import create_app
from turnwise.server.settings import Jwt, ServerSettings

CREDENTIALS: dict[str, dict[str, Any]] = {
    "callback": {"url": "http://127.0.0.1:1/"},
    "rasa": {"url": "http://127.0.0.1:1/"},
    "facebook": {"verify": "v", "secret": "s", "page-access-token": "t"},
    "mattermost": {"url": "http://127.0.0.1:1", "token": "t", "webhook_url": "u"},
    "rocketchat": {"user": "u", "password": "p", "server_url": "http://127.0.0.1:1"},
    "webexteams": {"access_token": "t"},
    "botframework": {"app_id": "a", "app_password": "p"},
    "slack": {"slack_token": "t", "slack_signing_secret": "s"},
    "telegram": {"access_token": "1:t", "verify": "bot", "webhook_url": "https://bot.example.org/"},
    "twilio": {"account_sid": "AC1", "auth_token": "t", "twilio_number": "+1"},
}
SECRET = "a secret that is long enough for HS256"


def every_channel() -> list[InputChannel]:
    """One channel of each kind; the command line's has the routes of REST."""
    kinds: dict[str, Any] = {
        name: find_class(name, CHANNELS, what="channel") for name in CHANNELS if name != "cmdline"
    }
    return [kind.from_credentials(CREDENTIALS.get(name, {})) for name, kind in kinds.items()]


def application() -> Sanic[Any, Any]:
    """Everything that a server can offer."""
    settings = ServerSettings(enable_api=True, auth_token="t", jwt=Jwt(secret=SECRET))
    return create_app(small_agent(small_assistant()), settings, every_channel(), load_model=load_nothing)


async def test_every_route_is_described() -> None:
    """Each route of the framework and its channels says what it does, and what it answers."""
    routes = [
        route for route in application().router.routes if route.handler.__module__.startswith("turnwise")
    ]
    assert len(routes) > 30
    for route in routes:
        operation = operation_of(route.handler)
        assert operation is not None, f"{route.path} lacks @describe"
        assert operation.answers, f"{route.path} describes no answer"
        assert route.handler.__doc__, f"{route.path} does not say what it does"


def test_queries_are_read_by_what_describes_them() -> None:
    """No handler looks at a query itself: then nobody could know what it looks for."""
    root = Path(turnwise.__file__).parent
    allowed = {root / "openapi.py", root / "server" / "access.py"}  # the token is a security scheme
    for path in {*root.glob("server/**/*.py"), *root.glob("channels/*.py"), root / "openapi.py"} - allowed:
        tree = ast.parse(path.read_text())
        looks = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "args"]
        assert not [node for node in looks if ast.unparse(node).startswith("request")], path


async def test_the_document_is_one_of_openapi() -> None:
    """Each reference in it leads somewhere, and each schema is one."""
    document = document_of(ServerSettings(enable_api=True, jwt=Jwt(secret=SECRET)), every_channel())
    assert document["openapi"].startswith("3.1")
    text = str(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text
    for references in find(document, "$ref"):
        assert references.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    for schema in find(document, "schema"):
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    names = list(find(document, "operationId"))
    assert len(names) == len(set(names))


async def test_who_may_do_what(open_server: Open) -> None:
    """The document is public, and tells how to pass the gate, and where there is none."""
    client = await open_server(auth_token="t", jwt=Jwt(secret=SECRET))
    document = await fetch(client)
    assert set(document["components"]["securitySchemes"]) == {"token", "jwt"}
    guarded = document["paths"]["/conversations/{conversation_id}/tracker"]["get"]
    assert guarded["security"] == [{"token": []}, {"jwt": []}]
    assert {"401", "403"} < set(guarded["responses"])
    for path in ("/", "/version", "/openapi.json", "/health/live", "/webhooks/rest"):
        assert document["paths"][path]["get"]["security"] == []

    async with (await open_server()).get("/openapi.json") as response:
        document = await response.json()
    guarded = document["paths"]["/conversations/{conversation_id}/tracker"]["get"]
    assert guarded["security"] == []
    assert "401" not in guarded["responses"]


@pytest.mark.parametrize(("enabled", "is_there"), [(True, True), (False, False)])
async def test_only_what_is_offered_is_described(open_server: Open, enabled: bool, is_there: bool) -> None:
    """Without the API there are no routes of it in the document."""
    document = await fetch(await open_server(enable_api=enabled))
    assert ("/model/parse" in document["paths"]) is is_there
    assert "/webhooks/rest/webhook" in document["paths"]


async def fetch(client: aiohttp.ClientSession) -> dict[str, Any]:
    async with client.get("/openapi.json") as response:
        assert response.status == 200
        document: dict[str, Any] = await response.json()
    return document


def find(value: Any, key: str) -> Any:
    """Every value under `key`, however deep."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from find(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, key)
