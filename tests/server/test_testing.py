"""Testing over HTTP: stories and NLU data in, an evaluation out."""

from __future__ import annotations

import aiohttp
import pytest

STORIES = """version: "3.1"
stories:
- story: greeting
  steps:
  - user: hi
    intent: greet
  - action: utter_greet
"""
NLU = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hi
    - hello
- intent: bye
  examples: |
    - bye
    - so long
"""
YAML = {"Content-Type": "application/x-yaml"}


async def test_stories_are_tested(client: aiohttp.ClientSession) -> None:
    async with client.post("/model/test/stories", data=STORIES) as answer:
        found = await answer.json()
    assert answer.status == 200
    assert {"report", "precision", "f1", "accuracy", "actions", "is_end_to_end_evaluation"} <= found.keys()


async def test_a_configuration_is_cross_validated(client: aiohttp.ClientSession) -> None:
    body = "language: en\npipeline:\n- name: KeywordIntentClassifier\n" + NLU
    path = "/model/test/intents?cross_validation_folds=2"
    async with client.post(path, data=body, headers=YAML) as answer:
        found = await answer.json()
    assert answer.status == 200, found
    assert {"intent_evaluation", "response_selection_evaluation", "entity_evaluation"} <= found.keys()


async def test_a_model_without_nlu_is_not_tested_on_texts(client: aiohttp.ClientSession) -> None:
    async with client.post("/model/test/intents", data=NLU, headers=YAML) as answer:
        found = await answer.json()
    assert (answer.status, found["reason"]) == (500, "TestingError")


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/model/test/stories", "", {}, 400),
        ("/model/test/stories", "stories: [", {}, 400),
        ("/model/test/intents", "", YAML, 400),
        ("/model/test/intents", "nlu: [", YAML, 400),
        ("/model/test/intents", "nlu: []", {"Content-Type": "application/json"}, 400),
        ("/model/test/intents?cross_validation_folds=2", "{}", {"Content-Type": "application/json"}, 400),
        ("/model/test/intents?cross_validation_folds=two", NLU, YAML, 400),
    ],
)
async def test_what_cannot_be_tested_is_refused(
    client: aiohttp.ClientSession, path: str, body: str, headers: dict[str, str], status: int
) -> None:
    async with client.post(path, data=body, headers=headers) as answer:
        assert answer.status == status
        assert (await answer.json())["status"] == "failure"
