"""The examples of docs/extending.md, all in one bot: what the page shows, works."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
EXAMPLE = re.compile(r"```python\n# (?P<file>\S+\.py)\n(?P<code>.*?)```", re.DOTALL)

FILES = {
    "config.yml": """recipe: default.v1
assistant_id: parts
language: en
importers:
- name: RasaFileImporter
- name: parts.importer.Greetings
pipeline:
- name: KeywordIntentClassifier
- name: parts.shouting.ShoutingDetector
  least_share: 0.9
policies:
- name: RulePolicy
- name: parts.patience.PatiencePolicy
  action: utter_patience
""",
    "domain.yml": """version: "3.1"
intents: [greet, count]
entities: [shouting]
slots:
  visits:
    type: parts.slots.VisitsSlot
    many: 2
    mappings: [{type: custom}]
  shouted:
    type: bool
    influence_conversation: false
    mappings: [{type: from_entity, entity: shouting}]
actions: [action_count_visits]
responses:
  utter_hi: [{text: hello}]
  utter_visits: [{text: "visit {visits}"}]
  utter_patience: [{text: "a colleague will help"}]
  utter_default: [{text: "pardon"}]
""",
    "data/nlu.yml": """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
- intent: count
  examples: |
    - count
""",
    "data/rules.yml": """version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_hi
- rule: count
  steps:
  - intent: count
  - action: action_count_visits
""",
    "endpoints.yml": """action_endpoint:
  actions_module: parts.actions
tracker_store:
  type: parts.store.LoggingStore
  path: events.log
nlg:
  type: parts.nlg.LoudNlg
""",
    "credentials.yml": "parts.channel.PlainText:\nrest:\n",
}
RASA = [sys.executable, "-m", "turnwise"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's folder, with a trained model."""
    root = tmp_path_factory.mktemp("bot")
    examples = {found["file"]: found["code"] for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))}
    for name, content in {**FILES, **examples, "parts/__init__.py": ""}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    trained = subprocess.run(
        [*RASA, "train"], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    assert trained.returncode == 0, trained.stderr
    return root


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """Where the bot is served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*RASA, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    with (project / "log.txt").open("w") as log:
        server = subprocess.Popen(command, cwd=project, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/status", server, project / "log.txt")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            continue
        return
    pytest.fail(f"the server does not answer:\n{log.read_text()}")


def say(address: str, text: str, *, sender: str) -> str:
    """Talks over the example's own channel."""
    request = urllib.request.Request(f"{address}/webhooks/plain/{sender}", data=text.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        said: str = answer.read().decode()
    return said


def slots(address: str, sender: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{address}/conversations/{sender}/tracker", timeout=30) as answer:
        found: dict[str, object] = json.load(answer)["slots"]
    return found


def test_every_kind_of_part_has_an_example() -> None:
    files = {found["file"] for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))}
    kinds = ("shouting", "patience", "actions", "slots", "store", "nlg", "importer", "channel")
    assert files == {f"parts/{kind}.py" for kind in kinds}


def test_channel_and_responses_are_the_project_s_own(address: str) -> None:
    assert say(address, "hello", sender="a") == "HELLO"


def test_the_importer_s_sentences_are_understood(address: str) -> None:
    assert say(address, "ahoy", sender="b") == "HELLO"


def test_action_and_slot_type_work_together(address: str) -> None:
    assert say(address, "count", sender="c") == "VISIT 1"
    assert say(address, "count", sender="c") == "VISIT 2"
    assert slots(address, "c")["visits"] == 2


def test_the_component_s_entity_fills_a_slot(address: str) -> None:
    say(address, "HELLO THERE", sender="d")
    assert slots(address, "d")["shouted"] is None  # nobody knew what it meant, so the turn was taken back
    say(address, "hello", sender="d")
    assert say(address, "/greet", sender="d") == "HELLO"


def test_the_policy_loses_patience_after_the_third_time(address: str) -> None:
    answers = [say(address, "hello", sender="e") for _ in range(3)]
    assert answers[:2] == ["HELLO", "HELLO"]
    assert answers[2].startswith("A COLLEAGUE WILL HELP")


def test_the_store_notes_each_turn(address: str, project: Path) -> None:
    say(address, "hello", sender="f")
    lines = [line for line in (project / "events.log").read_text().splitlines() if line.startswith("f ")]
    assert len(lines) == 1
