"""The model over HTTP: what it understands, predicts and knows, and how it is exchanged."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.server.bot import small_agent
from tests.server.conftest import Open
from tests.server.test_conversations import call


async def test_who_is_there(client: aiohttp.ClientSession) -> None:
    """The root greets, /version and /status tell what runs."""
    async with client.get("/") as response:
        assert (await response.text()) == "Hello from Rasa: 3.6.21"
    _, version = await call(client, "GET", "/version")
    assert version["version"] == "3.6.21"
    _, status = await call(client, "GET", "/status")
    assert status == {"model_file": None, "model_id": "model-1", "num_active_training_jobs": 0}


async def test_slashes_are_escaped(client: aiohttp.ClientSession) -> None:
    """JSON is written as Rasa writes it."""
    async with client.post("/model/parse", json={"text": "/greet"}) as response:
        assert b'"text":"\\/greet"' in await response.read()


@pytest.mark.parametrize("text", ["/greet", ["/greet", "/ask"]])
async def test_a_text_is_understood(client: aiohttp.ClientSession, text: Any) -> None:
    """Of a list the first text counts."""
    status, parse = await call(client, "POST", "/model/parse", json={"text": text})
    assert (status, parse["intent"]["name"], parse["text"]) == (200, "greet", "/greet")


@pytest.mark.parametrize(
    ("query", "body", "status", "reason"),
    [
        ("", {}, 500, "ParsingError"),
        ("", {"text": None}, 500, "ParsingError"),
        ("", {"text": 5}, 400, "BadRequest"),
        ("", {"text": []}, 400, "BadRequest"),
        ("", [], 400, "BadRequest"),
        ("?emulation_mode=siri", {"text": "hi"}, 400, "BadRequest"),
        ("", None, 400, "BadRequest"),
        ("", {"text": "x" * 70_000}, 400, "BadRequest"),
    ],
)
async def test_texts_that_cannot_be_understood(
    client: aiohttp.ClientSession, query: str, body: Any, status: int, reason: str
) -> None:
    """A body without text is Rasa's error 500; a wrong mode names the right ones."""
    kwargs = {"json": body} if body is not None else {}
    got, answer = await call(client, "POST", f"/model/parse{query}", **kwargs)
    assert (got, answer["reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("mode", "path", "value"),
    [
        ("WIT", ["intents", 0, "name"], "greet"),
        ("wit", ["entities", "name:name", 0, "confidence"], 1),
        ("wit", ["entities", "name:name", 0, "value"], "Ada"),
        ("luis", ["prediction", "topIntent"], "greet"),
        ("luis", ["prediction", "entities", "name"], ["Ada"]),
        ("luis", ["prediction", "entities", "$instance", "name", 0, "startIndex"], 6),
        ("dialogflow", ["queryResult", "parameters"], {"name": ["Ada"]}),
        ("dialogflow", ["queryResult", "intent", "displayName"], "greet"),
    ],
)
async def test_other_services_are_emulated(
    client: aiohttp.ClientSession, mode: str, path: list[Any], value: Any
) -> None:
    """The same parse in the form of wit.ai, LUIS and Dialogflow."""
    body = {"text": '/greet{"name": "Ada"}'}
    _, found = await call(client, "POST", f"/model/parse?emulation_mode={mode}", json=body)
    for key in path:
        found = found[key]
    assert found == value


async def test_an_action_is_predicted_for_events(client: aiohttp.ClientSession) -> None:
    """Scores come in the order of the domain; the conversation is called `default` and not kept."""
    user = {"event": "user", "text": "/ask", "parse_data": {"intent": {"name": "ask"}, "text": "/ask"}}
    events = [{"event": "action", "name": "action_listen"}, user]
    status, answer = await call(client, "POST", "/model/predict?include_events=NONE", json=events)
    assert (status, answer["confidence"], answer["tracker"]["sender_id"]) == (200, 1.0, "default")
    assert answer["scores"][0]["action"] == "action_listen"
    assert next(score for score in answer["scores"] if score["score"] == 1.0)["action"] == "utter_ask"


async def test_what_is_set_to_follow_is_predicted(client: aiohttp.ClientSession) -> None:
    """A follow-up action comes before what policies say, and is used up: a new conversation listens."""
    _, answer = await call(client, "POST", "/model/predict", json=[])
    assert (answer["policy"], answer["tracker"]["followup_action"]) == ("followup_action", None)
    assert max(answer["scores"], key=lambda score: score["score"])["action"] == "action_listen"


@pytest.mark.parametrize("body", [{"event": "pause"}, [{"event": "nonsense"}]])
async def test_no_prediction_without_events(client: aiohttp.ClientSession, body: Any) -> None:
    """The body is a list of events."""
    status, answer = await call(client, "POST", "/model/predict", json=body)
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_the_domain_as_json_and_yaml(client: aiohttp.ClientSession) -> None:
    """`Accept` chooses; what is neither is refused."""
    _, domain = await call(client, "GET", "/domain", headers={"Accept": "application/json"})
    assert sorted(domain["intents"]) == ["ask", "external", "greet"]
    async with client.get("/domain", headers={"Accept": "application/x-yaml"}) as response:
        assert response.content_type == "application/x-yaml"
        assert "utter_greet" in await response.text()
    status, answer = await call(client, "GET", "/domain", headers={"Accept": "text/html"})
    assert (status, answer["reason"]) == (406, "NotAcceptable")


async def test_a_model_comes_and_goes(client: aiohttp.ClientSession) -> None:
    """Without one the routes that need it say so; a bad one leaves the good one in place."""
    async with client.delete("/model") as response:
        assert response.status == 204
    for method, path in [("GET", "/status"), ("GET", "/domain"), ("GET", "/conversations/ada/tracker")]:
        status, answer = await call(client, method, path)
        assert (status, answer["reason"]) == (409, "Conflict")

    async with client.put("/model", json={"model_file": "models/good.tar.gz"}) as response:
        assert response.status == 204
    status, answer = await call(client, "PUT", "/model", json={"model_file": "models/bad.tar.gz"})
    assert (status, answer["reason"]) == (400, "BadRequest")
    status, _ = await call(client, "GET", "/status")
    assert status == 200


async def test_models_side_by_side(client: aiohttp.ClientSession) -> None:
    """A version is added with a share, exchanged, given another share, dropped; /status and /metrics tell."""
    good = {"model_file": "models/good.tar.gz"}
    for body in ({**good, "version": "new", "share": 1}, {"version": "new", "share": 3}):
        async with client.put("/model", json=body) as response:
            assert response.status == 204
    _, status = await call(client, "GET", "/status")
    assert status["model_id"] == "model-1"
    assert status["versions"] == {
        "main": {"model_file": None, "model_id": "model-1", "share": 0.25},
        "new": {"model_file": None, "model_id": "model-2", "share": 0.75},
    }
    for number in range(20):
        await call(
            client, "POST", "/webhooks/rest/webhook", json={"sender": f"{number}", "message": "/greet"}
        )
    async with client.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    assert 'turnwise_model_share{model_id="model-2",version="new"} 0.75' in lines
    messages = [line for line in lines if line.startswith('turnwise_messages_total{model_id="model-')]
    assert sum(float(line.split()[1]) for line in messages) == 20
    assert len(messages) == 2

    async with client.delete("/model?version=new") as response:
        assert response.status == 204
    _, status = await call(client, "GET", "/status")
    assert "versions" not in status
    async with client.get("/metrics") as response:
        assert 'turnwise_model_share{model_id="model-2",version="new"} 0.0' in await response.text()


@pytest.mark.parametrize(
    "body",
    [
        {"model_file": "models/good.tar.gz", "version": "new"},
        {"model_file": "models/good.tar.gz", "version": "new", "share": "much"},
        {"version": "main", "share": 0},
        {"version": "nobody", "share": 1},
    ],
)
async def test_shares_that_make_no_sense(client: aiohttp.ClientSession, body: Any) -> None:
    """The model that is there stays as it is."""
    status, answer = await call(client, "PUT", "/model", json=body)
    assert (status, answer["reason"]) == (400, "BadRequest")
    assert (await call(client, "DELETE", "/model?version=nobody"))[0] == 400
    _, status = await call(client, "GET", "/status")
    assert status == {"model_file": None, "model_id": "model-1", "num_active_training_jobs": 0}


@pytest.mark.parametrize("body", [None, {}, {"model_server": {"no": "url"}}])
async def test_models_from_nowhere(client: aiohttp.ClientSession, body: Any) -> None:
    """A body that names no model is refused."""
    kwargs = {"json": body} if body is not None else {}
    status, answer = await call(client, "PUT", "/model", **kwargs)
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_without_the_api_there_is_only_the_root(open_server: Open) -> None:
    """A server that was started without `--enable-api` keeps its model and conversations to itself."""
    client = await open_server(enable_api=False)
    for path in ("/version", "/status", "/domain", "/conversations/ada/tracker"):
        async with client.get(path) as response:
            assert response.status == 404
    async with client.get("/") as response:
        assert response.status == 200


async def test_version_without_a_model(open_server: Open) -> None:
    """Which server it is can always be asked."""
    client = await open_server(agent=small_agent(None))
    status, _ = await call(client, "GET", "/version")
    assert status == 200


@pytest.mark.parametrize("query", ["", "?explain=true"])
async def test_blanks_around_a_text_do_not_count(client: aiohttp.ClientSession, query: str) -> None:
    """Channels cut them off too, so that a message is understood the same everywhere."""
    async with client.post(f"/model/parse{query}", json={"text": "\n hi "}) as answer:
        assert (await answer.json())["text"] == "hi"


async def test_an_answer_explains_itself_on_request(client: aiohttp.ClientSession) -> None:
    async with client.post("/model/parse?explain=true", json={"text": "hi"}) as answer:
        assert "explanation" in await answer.json()
    async with client.post("/model/parse", json={"text": "hi"}) as answer:
        assert "explanation" not in await answer.json()
