"""A project of four files, small enough to train in an instant."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {
    "domain.yml": """version: "3.1"
intents: [greet, bye]
responses:
  utter_hi: [{text: Hi.}]
""",
    "data/nlu.yml": """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good day
- intent: bye
  examples: |
    - so long
    - goodbye
""",
    "data/rules.yml": """version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_hi
""",
    "config.yml": """recipe: default.v1
assistant_id: a
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: LogisticRegressionClassifier
policies:
- name: RulePolicy
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's folder."""
    (tmp_path / "data").mkdir()
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    return tmp_path
