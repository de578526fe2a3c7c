"""Training over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.server.test_conversations import call
from turnwise.training.model import load_assistant

PROJECT = """
version: "3.1"
language: en
assistant_id: trained-over-http
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
intents: [greet]
responses:
  utter_greet: [{text: Hello from a new model.}]
nlu:
- intent: greet
  examples: |
    - hello
    - hi
rules:
- rule: greeting
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_a_project_is_trained(client: aiohttp.ClientSession, tmp_path: Path) -> None:
    """The answer is the archive, named in a header; it is kept in the folder of models too."""
    async with client.post("/model/train", data=PROJECT) as response:
        archive = await response.read()
        assert response.status == 200, archive
        name = response.headers["filename"]
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.content_type == "application/x-tar"
    assert (tmp_path / "models" / name).read_bytes() == archive
    assert load_assistant(tmp_path / "models" / name).understand("hello")["intent"]["name"] == "greet"


@pytest.mark.parametrize(
    ("query", "body", "status", "reason"),
    [
        ("", "", 400, "BadRequest"),
        ("", "intents: [", 400, "BadRequest"),
        ("?augmentation=much", PROJECT, 400, "BadRequest"),
        ("", PROJECT.replace("intents: [greet]", "slots: {city: {type: txt}}"), 400, "InvalidDomainError"),
        ("", PROJECT.replace("RulePolicy", "NoSuchPolicy"), 500, "TrainingError"),
    ],
)
async def test_projects_that_cannot_be_trained(
    client: aiohttp.ClientSession, query: str, body: str, status: int, reason: str
) -> None:
    """What is wrong with the request, with the domain and with the rest are different errors."""
    got, answer = await call(client, "POST", f"/model/train{query}", data=body)
    assert (got, answer["reason"]) == (status, reason)


async def test_the_model_is_sent_when_it_is_ready(client: aiohttp.ClientSession, tmp_path: Path) -> None:
    """With `callback_url` the client does not wait; the archive is posted there."""
    got: asyncio.Future[tuple[Any, bytes]] = asyncio.get_running_loop().create_future()

    async def receive(request: web.Request) -> web.Response:
        got.set_result((request.headers.get("filename"), await request.read()))
        return web.Response()

    application = web.Application(client_max_size=2**24)
    application.router.add_post("/done", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/done"
    async with client.post(f"/model/train?callback_url={url}", data=PROJECT) as response:
        assert response.status == 204
    name, archive = await asyncio.wait_for(got, 60)
    assert (tmp_path / "models" / name).read_bytes() == archive
    await runner.cleanup()
