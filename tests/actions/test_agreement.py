"""The action server, the domain and the training data speak of the same things."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action

import actions
from actions.db import reading
from actions.services import facts
from tests.actions.conversation import PROJECT, domain


def action_names() -> set[str]:
    """Names of all concrete actions, found as the action server finds them."""
    modules = [
        importlib.import_module(info.name) for info in pkgutil.walk_packages(actions.__path__, "actions.")
    ]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Action) and value.__module__.startswith("actions.")
    }
    return {cls().name() for cls in classes if not inspect.isabstract(cls)}


def source_files() -> list[Path]:
    """The modules of the action server."""
    return sorted((PROJECT / "actions").rglob("*.py"))


def training_data(folder: str) -> list[dict[str, Any]]:
    """Every YAML file of a data folder."""
    files = sorted((PROJECT / "data" / folder).glob("*.yml"))
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


def test_the_domain_lists_exactly_the_actions_there_are() -> None:
    """None is missing on either side."""
    assert set(domain()["actions"]) == action_names()


def test_every_form_is_validated_and_every_slot_asked_for() -> None:
    """By a validator, and by a response or an action that asks."""
    known = set(domain()["actions"]) | set(domain()["responses"])
    for form, settings in domain()["forms"].items():
        assert f"validate_{form}" in domain()["actions"]
        for slot in settings["required_slots"]:
            asked_by = {
                f"{kind}_ask_{name}" for kind in ("action", "utter") for name in (f"{form}_{slot}", slot)
            }
            assert asked_by & known, f"nothing asks for {slot} in {form}"


@pytest.mark.parametrize("file", source_files(), ids=lambda file: file.name)
def test_every_response_spoken_of_exists(file: Path) -> None:
    """Names of responses in the code are names in the domain."""
    spoken = set(re.findall(r'"(utter_\w+)"', file.read_text(encoding="utf-8")))
    assert spoken <= set(domain()["responses"])


def test_every_response_is_spoken_somewhere() -> None:
    """In the code, in rules and stories, by a policy, or by the engine under a name it knows."""
    code = "".join(file.read_text(encoding="utf-8") for file in source_files())
    rules = "".join(file.read_text(encoding="utf-8") for file in (PROJECT / "data").rglob("*.yml"))
    policies = (PROJECT / "config.yml").read_text(encoding="utf-8")
    by_engine = re.compile(r"utter_(?:ask_\w+|default|restart|order_\w+|faq/\w+|chitchat/\w+)")
    unused = [
        name
        for name in domain()["responses"]
        if name not in code + rules + policies and not by_engine.fullmatch(name)
    ]
    assert unused == []


def test_guesses_can_be_titled() -> None:
    """The titles in the database are of intents in the domain."""
    with reading() as session:
        assert set(facts.topic_titles(session)) <= set(domain()["intents"])


def test_places_and_lookups_agree() -> None:
    """Each city of the timetable is in the lookup table that the extractor learns from."""
    lookups = {
        item["lookup"]: set(re.findall(r"^- (.+)$", item["examples"], re.MULTILINE))
        for data in training_data("nlu")
        for item in data["nlu"]
        if "lookup" in item
    }
    with reading() as session:
        assert set(facts.city_names(session).values()) <= lookups["city"]


def test_there_are_enough_honest_sentences() -> None:
    """At least 25 intents, each with ten sentences or more, and no sentence under two intents."""
    sentences: dict[str, str] = {}
    counts: dict[str, int] = {}
    for data in training_data("nlu"):
        for item in data["nlu"]:
            for example in (
                re.findall(r"^- (.+)$", item["examples"], re.MULTILINE) if "intent" in item else ()
            ):
                intent = item["intent"].split("/")[0]
                plain = re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})", r"\1", example).strip().lower()
                assert sentences.setdefault(plain, intent) == intent, plain
                counts[intent] = counts.get(intent, 0) + 1
    assert len(counts) >= 25
    assert min(counts.values()) >= 10
