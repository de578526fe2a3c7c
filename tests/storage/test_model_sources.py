"""Models from a path, from a model server and from buckets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from turnwise.errors import ModelError, ProjectError
from turnwise.storage.model_server import ModelServer, ModelServerSettings
from turnwise.storage.model_sources import fetch_from_bucket, fetch_model


class Server:
    """A model server whose model changes when the test says so."""

    def __init__(self) -> None:
        self.url = ""
        self.model = b"one"
        self.status = 200
        self.asked: list[Any] = []
        self.refused = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("If-None-Match"), request.query_string))
        if self.status != 200:
            self.refused.set()
            return web.Response(status=self.status)
        tag = f'"{self.model.decode()}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(body=self.model, headers={"ETag": tag, "filename": "../../evil/model.tar.gz"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    fake = Server()
    application = web.Application()
    application.router.add_get("/model", fake.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/model"
    yield fake
    await runner.cleanup()


async def test_a_model_is_pulled_when_it_has_changed(server: Server) -> None:
    """The server is told which one is there; its name for the file chooses no folder."""
    models = ModelServer(ModelServerSettings(url=server.url, token="T"))
    first = await models.pull()
    assert first is not None
    assert (first.name, first.read_bytes()) == ("model.tar.gz", b"one")
    assert "evil" not in first.parts
    assert await models.pull() is None
    server.model = b"two"
    second = await models.pull()
    assert second is not None
    assert second.read_bytes() == b"two"
    assert server.asked == [(None, "token=T"), ('"one"', "token=T"), ('"one"', "token=T")]


@pytest.mark.parametrize("status", [404, 500])
async def test_a_server_without_a_model(server: Server, status: int) -> None:
    """The status is told."""
    server.status = status
    with pytest.raises(ModelError, match=str(status)):
        await fetch_model({"model_server": {"url": server.url}})


async def test_watching_goes_on_whatever_happens(server: Server) -> None:
    """Each newer model is handed over; failures in between only wait for the next try."""
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(archive: Path) -> None:
        content = await asyncio.to_thread(archive.read_bytes)
        await got.put(content)
        if content == b"one":
            raise ModelError("unreadable")

    settings = ModelServerSettings(url=server.url, wait_time_between_pulls=0.01)
    watching = asyncio.create_task(ModelServer(settings).watch(take))
    async with asyncio.timeout(5):
        assert await got.get() == b"one"
        server.status = 500
        server.refused.clear()
        await server.refused.wait()
        server.status, server.model = 200, b"two"
        assert await got.get() == b"two"
    watching.cancel()


async def test_a_path() -> None:
    """What stands under `model_file` is a path, left to whoever loads it."""
    assert await fetch_model({"model_file": "models"}) == Path("models")
    with pytest.raises(ModelError, match="no model is named"):
        await fetch_model({})


class Drawer:
    """A storage of the project's own."""

    def retrieve(self, model_name: str, target_path: str) -> None:
        if model_name != "good.tar.gz":
            raise FileNotFoundError(model_name)
        Path(target_path).write_bytes(b"from the drawer")


async def test_a_storage_of_the_project() -> None:
    """A class by dotted path; the ending of the name may be left out."""
    source = {"remote_storage": f"{__name__}.Drawer", "model_file": "good"}
    assert (await fetch_model(source)).read_bytes() == b"from the drawer"
    with pytest.raises(ModelError, match=r"bad\.tar\.gz"):
        fetch_from_bucket(f"{__name__}.Drawer", "bad")
    with pytest.raises(ProjectError, match="did you mean 'aws'"):
        fetch_from_bucket("awz", "good")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of S3 in memory."""
    moto = pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "BUCKET_NAME"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        import boto3

        client = boto3.client("s3")
        client.create_bucket(Bucket="testing")
        yield client


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_bucket(bucket: Any) -> None:
    """`aws` downloads the archive; what is not there is named."""
    bucket.put_object(Bucket="testing", Key="bot.tar.gz", Body=b"from S3")
    assert fetch_from_bucket("aws", "bot.tar.gz").read_bytes() == b"from S3"
    with pytest.raises(ModelError, match=r"other\.tar\.gz"):
        fetch_from_bucket("aws", "other")


def test_a_bucket_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that is missing is named."""
    monkeypatch.delenv("BUCKET_NAME", raising=False)
    pytest.importorskip("boto3")
    with pytest.raises(ModelError, match="BUCKET_NAME"):
        fetch_from_bucket("aws", "bot")
