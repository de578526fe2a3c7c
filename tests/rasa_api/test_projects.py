"""Policies and importers written for Rasa 3 run unchanged, and which names there are."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rasa_api import parts
from tests.rasa_api.conftest import Parts
from turnwise import rasa_names
from turnwise.errors import ProjectError
from turnwise.project.project import Project
from turnwise.testing import Bot
from turnwise.training.policies import policy_classes

DOMAIN = """
intents: [greet, order]
entities: [vip]
slots:
  quiet: {type: bool, mappings: [{type: custom}]}
responses:
  utter_hi: [{text: hi}]
  utter_ordered: [{text: ordered}]
"""
STORIES = """
stories:
- story: one
  steps:
  - intent: greet
  - action: utter_hi
  - intent: order
  - action: utter_ordered
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - hello
- intent: order
  examples: |
    - one please
"""
HEAD = "recipe: default.v1\nassistant_id: a\nlanguage: en\n"


async def test_a_policy_learns_from_stories_and_decides(part: Parts) -> None:
    """It sees the latest message and slots, and its own priority counts; what it stored is in the model."""
    pipeline = "pipeline:\n- name: KeywordIntentClassifier\n"
    policies = f"policies:\n- name: {part(parts.POLICY)}.FirstActionPolicy\n- name: MemoizationPolicy\n"
    bot = Bot.train(domain=DOMAIN, stories=STORIES, nlu=NLU, config=HEAD + pipeline + policies)

    assert (await bot.hears("one please")).replies == ("ordered",)  # no story begins so
    turn = await bot.hears("hello")
    assert turn.replies == ("hi",)
    acted = next(event for event in turn.events if getattr(event, "name", None) == "utter_hi")
    assert getattr(acted, "policy", None) == "FirstActionPolicy"
    assert (await bot.hears('/greet{"vip": true}')).replies == ()


def test_an_unregistered_policy_is_told_how(part: Parts) -> None:
    name = part(parts.POLICY.replace("@DefaultV1Recipe.register(", "Said = dict(kind="))
    with pytest.raises(ProjectError, match=r"'FirstActionPolicy' is not registered\n  fix: put @Default"):
        policy_classes([{"name": f"{name}.FirstActionPolicy"}])


def project(root: Path, importers: str) -> Project:
    (root / "data").mkdir(exist_ok=True)
    for name, text in {"config": HEAD + importers, "domain": DOMAIN, "data/nlu": NLU + STORIES}.items():
        (root / f"{name}.yml").write_text(text, encoding="utf-8")
    return Project(root)


def test_an_importer_supplies_examples_and_intents(tmp_path: Path, part: Parts) -> None:
    """What stands beside its name is given to it; other importers' data are there too."""
    table = "{opening: [when are you open, opening hours], faq/pets: [may I bring my dog]}"
    name = part(parts.IMPORTER)
    own = project(
        tmp_path,
        f"importers:\n- name: RasaFileImporter\n- name: {name}.TableImporter\n  table: {table}\n",
    )
    assert own.mistakes() == []

    assert {example.text for example in own.nlu.examples} >= {"hello", "when are you open"}
    assert {"greet", "opening"} <= set(own.domain.intents)
    (pets,) = [example for example in own.nlu.examples if example.response_key]
    assert (pets.intent, pets.response_key) == ("faq", "faq/pets")


def test_the_importer_of_files_can_be_derived_from(tmp_path: Path, part: Parts) -> None:
    own = project(tmp_path, f"importers:\n- name: {part(parts.IMPORTER)}.ShoutedFiles\n")

    assert [example.text for example in own.nlu.examples][:4] == [
        "hello",
        "one please",
        "HELLO",
        "ONE PLEASE",
    ]
    assert own.stories.steps[0].name == "one"
    assert "utter_hi" in own.domain.responses


def test_mistakes_in_files_are_listed_whoever_reads_them(tmp_path: Path, part: Parts) -> None:
    own = project(tmp_path, f"importers:\n- name: {part(parts.IMPORTER)}.ShoutedFiles\n")
    (tmp_path / "data" / "nlu.yml").write_text("nlu:\n- intnt: greet\n  examples: |\n    - hello\n")

    assert any("data/nlu.yml:2" in str(mistake) for mistake in (*own.mistakes(), *own.notices()))


@pytest.mark.parametrize("module", rasa_names.NAMES)
def test_every_name_of_the_table_is_there(module: str, part: Parts) -> None:
    """And stands where the table says."""
    rasa_names.install()
    found = importlib.import_module(module)
    for name, home in rasa_names.NAMES[module].items():
        if name != "*":
            assert getattr(found, name) is getattr(importlib.import_module(f"{rasa_names.HOME}.{home}"), name)


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("from rasa.core.channels import UserMessage", None, ""),
        ("from rasa.shared.nlu import constants", None, ""),
        ("from rasa.shared.nlu.constants import NO_SUCH", "UnsupportedName", "has no 'NO_SUCH' here"),
        (
            "from rasa.engine.graph import GraphNode",
            "UnsupportedName",
            "known are: ExecutionContext, GraphCom",
        ),
        ("import rasa.core.agent", "ModuleNotFoundError", "rasa.core.agent"),
        ("import rasa_sdk; assert 'rasa_api' not in rasa_sdk.__file__", None, ""),
    ],
)
def test_what_can_be_imported_and_what_cannot(statement: str, error: str | None, words: str) -> None:
    """In a process of its own, in which nothing of `rasa` was imported before."""
    program = f"from turnwise import rasa_names\nrasa_names.install()\n{statement}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (run.returncode == 0) is (error is None), run.stderr
    assert error is None or (error in run.stderr and words in run.stderr)


def test_a_rasa_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """An installed one, or a package of the project's own, is found first."""
    (tmp_path / "rasa").mkdir()
    (tmp_path / "rasa" / "__init__.py").write_text("mine = True\n")
    program = "from turnwise import rasa_names\nrasa_names.install()\nimport rasa\nassert rasa.mine"

    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_the_page_lists_every_module_and_name() -> None:
    """Of the constants it says what they are about."""
    page = (Path(__file__).parents[2] / "docs" / "rasa-parts.md").read_text(encoding="utf-8")
    wanted = {name for names in rasa_names.NAMES.values() for name in names if name != "*"}

    assert [name for name in (*rasa_names.NAMES, *sorted(wanted)) if f"`{name}`" not in page] == []
