"""The bots that are measured, and the messages their users send."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.engines import REPOSITORY, Engine, ours

CHEAPEST = """\
recipe: default.v1
assistant_id: bench
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
"""
"""What stock Rasa runs fastest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A project, and one conversation with it, which is held over and over."""

    name: str
    messages: Sequence[str]
    has_actions: bool = False


STARTER = Bot(
    name="starter bot",
    messages=("hi", "I am sad", "yes", "are you a bot?", "I'm feeling great", "bye"),
)
WAYFARE = Bot(
    name="Wayfare",
    messages=(
        "Hi",
        "Where is my order ORD-12345?",
        "How much to ship 3kg to LA?",
        "I want to fly from Berlin to Lisbon on 3 June, two people",
        "stop",
        "I was charged $89.99 twice",
        "thanks",
        "bye",
    ),
    has_actions=True,
)
BOTS = (STARTER, WAYFARE)


def put_down(bot: Bot, folder: Path) -> Path:
    """A copy of the bot's project in `folder`."""
    project = folder / bot.name.replace(" ", "-")
    if bot is STARTER:
        project.mkdir()
        ours().run("init", "--no-prompt", cwd=project)
        shutil.rmtree(project / "models")
    else:
        for name in ("data", "domain", "actions", "policies"):
            shutil.copytree(
                REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "*.db*")
            )
        shutil.copy(REPOSITORY / "config.yml", project)
    return project


def default_config(bot: Bot, engine: Engine, project: Path) -> Path:
    """The configuration the bot is made for; stock Rasa cannot read all of Wayfare's."""
    if bot is WAYFARE and engine.is_stock:
        return REPOSITORY / "compat" / "rasa" / "config.yml"
    return project / "config.yml"


def trained(engine: Engine, project: Path, config: Path, name: str) -> Path:
    """The model that `engine` makes of `project` under `config`."""
    models = project / name
    copy = project / f"{name}.yml"
    shutil.copy(config, copy)  # training may write into it
    domain = project / "domain" if (project / "domain").is_dir() else project / "domain.yml"
    engine.run("train", "--config", str(copy), "--domain", str(domain), "--out", str(models), cwd=project)
    return next(models.glob("*.tar.gz"))


def cheapest_config(project: Path) -> Path:
    """A file with `CHEAPEST`."""
    path = project / "cheapest-config.yml"
    path.write_text(CHEAPEST, encoding="utf-8")
    return path
