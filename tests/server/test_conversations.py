"""Conversations over HTTP, answered as Rasa 3.6 answers."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
import yaml

SLOT = {"event": "slot", "name": "name", "value": "Ada"}


async def call(client: aiohttp.ClientSession, method: str, path: str, **more: Any) -> tuple[int, Any]:
    async with client.request(method, path, **more) as response:
        return response.status, await response.json()


async def say(client: aiohttp.ClientSession, text: str, sender: str = "ada") -> None:
    await call(client, "POST", "/webhooks/rest/webhook", json={"sender": sender, "message": text})


def kinds(tracker: dict[str, Any]) -> list[str]:
    return [event.get("name") or event["event"] for event in tracker["events"]]


SESSION = ["action_session_start", "session_started", "action_listen"]


async def test_an_unknown_conversation_is_shown_with_a_session(client: aiohttp.ClientSession) -> None:
    """Whoever looks at a conversation that does not exist sees a session, which is not kept."""
    status, tracker = await call(client, "GET", "/conversations/ada/tracker")
    assert (status, kinds(tracker), tracker["sender_id"]) == (200, SESSION, "ada")
    status, answer = await call(client, "POST", "/conversations/ada/predict")
    assert (status, answer["reason"]) == (404, "Not found")


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("ALL", [*SESSION, "user", "user_featurization", "utter_greet", "bot", "action_listen"]),
        ("applied", ["action_listen", "user", "user_featurization", "utter_greet", "bot", "action_listen"]),
        ("None", None),
    ],
)
async def test_the_query_says_which_events_are_shown(
    client: aiohttp.ClientSession, choice: str, shown: list[str] | None
) -> None:
    """`include_events` is read in any case of letters."""
    await say(client, "/greet")
    status, tracker = await call(client, "GET", f"/conversations/ada/tracker?include_events={choice}")
    assert status == 200
    assert (kinds(tracker) if tracker["events"] is not None else None) == shown


async def test_a_choice_of_events_that_does_not_exist(client: aiohttp.ClientSession) -> None:
    """The error says which parameter is wrong, and where it stands."""
    status, answer = await call(client, "GET", "/conversations/ada/tracker?include_events=SOME")
    assert (status, answer["reason"], answer["code"], answer["status"]) == (400, "BadRequest", 400, "failure")
    assert answer["details"] == {"parameter": "include_events", "in": "query"}


async def test_a_conversation_as_it_was(client: aiohttp.ClientSession) -> None:
    """`until` leaves out what happened later."""
    await say(client, "/greet")
    _, tracker = await call(client, "GET", "/conversations/ada/tracker")
    user = next(event for event in tracker["events"] if event["event"] == "user")
    path = f"/conversations/ada/tracker?until={user['timestamp']}"
    _, earlier = await call(client, "GET", path)
    assert kinds(earlier) == [*SESSION, "user"]


async def test_ids_may_hold_slashes_and_signs(client: aiohttp.ClientSession) -> None:
    """What is percent-encoded in a path is the id that channels use."""
    await say(client, "/greet", sender="tel/+49 30/ä")
    _, tracker = await call(client, "GET", "/conversations/tel/%2B49%2030/%C3%A4/tracker")
    assert tracker["latest_message"]["intent"]["name"] == "greet"


@pytest.mark.parametrize("name", ["x" * 256, "a%00b", "%ff", "..%2f..%00"])
async def test_impossible_ids_are_refused(client: aiohttp.ClientSession, name: str) -> None:
    """An id that no store could keep gets status 400."""
    status, answer = await call(client, "GET", f"/conversations/{name}/tracker")
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_events_are_appended(client: aiohttp.ClientSession) -> None:
    """One event or a list; a new conversation gets a session first; times are kept."""
    status, tracker = await call(
        client, "POST", "/conversations/ada/tracker/events", json={**SLOT, "timestamp": 12.5}
    )
    assert (status, kinds(tracker), tracker["slots"]["name"]) == (200, [*SESSION, "name"], "Ada")
    assert tracker["events"][-1]["timestamp"] == 12.5
    _, tracker = await call(
        client, "POST", "/conversations/ada/tracker/events", json=[SLOT, {"event": "pause"}]
    )
    assert tracker["paused"] is True


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"event": "no_such_event"}, 400, "BadRequest"),
        ({"name": "no type"}, 400, "BadRequest"),
        ([5], 400, "BadRequest"),
        ({**SLOT, "timestamp": "soon"}, 400, "BadRequest"),
        ({**SLOT, "metadata": []}, 400, "BadRequest"),
        ({"event": "user", "text": "hi", "parse_data": [1]}, 400, "BadRequest"),
        ([], 500, "ConversationError"),
    ],
)
async def test_bad_events_change_nothing(
    client: aiohttp.ClientSession, body: Any, status: int, reason: str
) -> None:
    """What is no event is refused; an empty list is Rasa's error 500."""
    got, answer = await call(client, "POST", "/conversations/ada/tracker/events", json=body)
    assert (got, answer["reason"]) == (status, reason)
    _, answer = await call(client, "POST", "/conversations/ada/predict")
    assert answer["code"] == 404


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([{"event": "action", "name": "action_session_start"}, {"event": "session_started"}], SESSION[:2]),
        ([{"event": "action", "name": "action_session_start"}], [*SESSION, SESSION[0]]),
        ([{"event": "session_started"}], [*SESSION, SESSION[1]]),
        ([SLOT, {"event": "session_started"}], [*SESSION, "name", SESSION[1]]),
    ],
)
async def test_a_conversation_begins_with_one_session(
    client: aiohttp.ClientSession, events: list[Any], shown: list[str]
) -> None:
    """Only events that begin as a session does are taken for the conversation's beginning."""
    path = "/conversations/ada/tracker/events?include_events=ALL"
    _, tracker = await call(client, "POST", path, json=events)
    assert kinds(tracker) == shown


async def test_events_are_replaced(client: aiohttp.ClientSession) -> None:
    """After PUT there is nothing but the new events."""
    await say(client, "/greet")
    status, tracker = await call(client, "PUT", "/conversations/ada/tracker/events", json=[SLOT])
    assert (status, kinds(tracker)) == (200, ["name"])
    _, tracker = await call(client, "GET", "/conversations/ada/tracker?include_events=ALL")
    assert kinds(tracker) == ["name"]
    status, answer = await call(client, "PUT", "/conversations/ada/tracker/events", json=SLOT)
    assert (status, answer["reason"]) == (400, "BadRequest"), "one event is no list"


async def test_an_intent_is_triggered(client: aiohttp.ClientSession) -> None:
    """The answer holds the conversation and what was said; entities may be a mapping."""
    body = {"name": "greet", "entities": {"name": "Bea"}}
    status, answer = await call(client, "POST", "/conversations/ada/trigger_intent", json=body)
    assert status == 200
    assert answer["messages"] == [{"recipient_id": "ada", "text": "Hi Bea."}]
    assert answer["tracker"]["latest_message"]["text"] == "EXTERNAL: greet"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({}, 400, "BadRequest"),
        ({"name": "unknown"}, 404, "NotFound"),
        ({"name": 5}, 400, "BadRequest"),
        ({"name": "greet", "entities": 5}, 400, "BadRequest"),
        ({"name": "greet", "entities": [{"value": "Ada"}]}, 400, "BadRequest"),
        ({"name": "greet", "entities": [{"entity": "name"}]}, 400, "BadRequest"),
    ],
)
async def test_intents_that_cannot_be_triggered(
    client: aiohttp.ClientSession, body: dict[str, Any], status: int, reason: str
) -> None:
    """A missing name and an unknown intent are different errors."""
    got, answer = await call(client, "POST", "/conversations/ada/trigger_intent", json=body)
    assert (got, answer["reason"]) == (status, reason)


async def test_a_message_is_kept_without_an_answer(client: aiohttp.ClientSession) -> None:
    """Then the next action can be predicted, and executed; the answer shows the conversation before it."""
    body = {"text": "/greet", "sender": "user"}
    status, tracker = await call(client, "POST", "/conversations/ada/messages", json=body)
    assert (status, kinds(tracker)) == (200, [*SESSION, "user"])

    status, answer = await call(client, "POST", "/conversations/ada/predict")
    assert (status, answer["policy"], answer["confidence"]) == (200, "TablePolicy", 1.0)
    assert answer["scores"][0] == {"action": "utter_greet", "score": 1.0}
    rest = [score["action"] for score in answer["scores"][1:]]
    assert rest == sorted(rest), "equal scores are sorted by name"
    assert "explanation" not in answer
    _, answer = await call(client, "POST", "/conversations/ada/predict?explain=true")
    reason = {"kind": "intent", "text": "greet", "when": "now", "weight": 1.0}
    assert answer["explanation"]["TablePolicy"]["features"] == [reason]

    path = "/conversations/ada/execute?include_events=ALL"
    status, answer = await call(client, "POST", path, json={"name": "utter_greet", "confidence": 0.5})
    assert (status, answer["messages"]) == (200, [{"recipient_id": "ada", "text": "Hi None."}])
    assert kinds(answer["tracker"]) == [*SESSION, "user"]


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("messages", {"text": "hi", "sender": "bot"}, 400, "BadRequest"),
        ("messages", {"text": 5, "sender": "user"}, 400, "BadRequest"),
        ("messages", {"sender": "user"}, 400, "BadRequest"),
        ("messages", {"text": "hi", "sender": "user", "parse_data": [1]}, 400, "BadRequest"),
        ("messages", {"text": "hi", "sender": "user", "parse_data": {"intent": "x"}}, 400, "BadRequest"),
        ("messages", None, 400, "BadRequest"),
        ("execute", {"name": "utter_greet"}, 404, "Not found"),
        ("execute", {}, 404, "Not found"),
    ],
)
async def test_what_cannot_be_done_with_a_new_conversation(
    client: aiohttp.ClientSession, path: str, body: Any, status: int, reason: str
) -> None:
    """To execute something in a conversation, there must be one; what is no message is none anyway."""
    got, answer = await call(client, "POST", f"/conversations/ada/{path}", json=body)
    assert (got, answer["reason"]) == (status, reason)


async def test_what_is_wrong_is_named(client: aiohttp.ClientSession) -> None:
    """The key that is wrong or missing stands in the error, and where it should be."""
    await say(client, "/greet")
    path = "/conversations/ada/execute"
    for body, parameter in (({}, "name"), ({"name": "utter_greet", "confidence": "x"}, "confidence")):
        status, answer = await call(client, "POST", path, json=body)
        assert (status, answer["details"]) == (400, {"parameter": parameter, "in": "body"})


@pytest.mark.parametrize("path", ["execute", "trigger_intent", "messages", "tracker/events"])
async def test_malformed_json_is_an_error_like_others(client: aiohttp.ClientSession, path: str) -> None:
    """In the form of the API's errors, not in that of the web framework."""
    await say(client, "/greet")
    async with client.post(f"/conversations/ada/{path}", data=b'{"name": ') as response:
        answer = await response.json()
    assert (response.status, answer["status"], answer["code"]) == (400, "failure", 400)
    assert answer["reason"] == "BadRequest"


async def test_a_parse_that_says_nothing_is_none(client: aiohttp.ClientSession) -> None:
    """An empty parse is not one in which nothing was understood: the model reads the text."""
    body = {"text": "/greet", "sender": "user", "parse_data": {}}
    _, tracker = await call(client, "POST", "/conversations/ada/messages", json=body)
    assert tracker["latest_message"]["intent"]["name"] == "greet"


async def test_an_action_that_does_not_exist(client: aiohttp.ClientSession) -> None:
    """It is an error of the conversation."""
    await say(client, "/greet")
    status, answer = await call(client, "POST", "/conversations/ada/execute", json={"name": "no_such_action"})
    assert (status, answer["reason"]) == (500, "ConversationError")


async def test_a_conversation_as_a_story(client: aiohttp.ClientSession) -> None:
    """The answer is a test story in YAML, named after the conversation."""
    status, answer = await call(client, "GET", "/conversations/ada/story")
    assert (status, answer["reason"]) == (404, "Not found")
    await say(client, "/greet")
    async with client.get("/conversations/ada/story") as response:
        assert response.content_type == "text/plain"
        written = yaml.safe_load(await response.text())
    assert written["stories"] == [
        {"story": "ada", "steps": [{"intent": "greet", "user": "/greet"}, {"action": "utter_greet"}]}
    ]


async def test_sessions_are_stories_of_their_own(client: aiohttp.ClientSession) -> None:
    """Only the latest is shown, or all of them, numbered."""
    events = [{"event": "action", "name": "action_session_start"}, {"event": "session_started"}]
    listen = {"event": "action", "name": "action_listen"}
    user = {"event": "user", "text": "/ask", "parse_data": {"intent": {"name": "ask"}}}
    session = [*events, listen, user]
    await call(client, "PUT", "/conversations/ada/tracker/events", json=[*session, *session])
    async with client.get("/conversations/ada/story") as response:
        assert [story["story"] for story in yaml.safe_load(await response.text())["stories"]] == ["ada"]
    async with client.get("/conversations/ada/story?all_sessions=true") as response:
        stories = yaml.safe_load(await response.text())["stories"]
    assert [story["story"] for story in stories] == ["ada, story 1", "ada, story 2"]


async def test_a_conversation_is_erased_for_good(client: aiohttp.ClientSession) -> None:
    await client.post("/webhooks/rest/webhook", json={"sender": "gone", "message": "hi"})
    async with client.delete("/conversations/gone/tracker") as answer:
        assert answer.status == 204
    async with client.delete("/conversations/gone/tracker") as answer:
        assert answer.status == 404
    async with client.get("/conversations/gone/story") as answer:
        assert answer.status == 404


async def test_a_message_delivered_twice_is_handled_once(client: aiohttp.ClientSession) -> None:
    message = {"sender": "twice", "message": "/greet", "message_id": "m-1"}
    async with client.post("/webhooks/rest/webhook", json=message) as answer:
        assert await answer.json() != []
    async with client.post("/webhooks/rest/webhook", json=message) as answer:
        assert await answer.json() == []
    async with client.get("/conversations/twice/tracker") as answer:
        events = (await answer.json())["events"]
    assert [event["event"] for event in events].count("user") == 1
