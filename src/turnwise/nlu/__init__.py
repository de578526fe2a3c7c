"""From a user's text to what it means: intent, entities, chosen response.

`Pipeline` trains and runs the components of `config.yml`; `Component` is the base of each of them,
and of those an assistant brings along by dotted path.
"""

from __future__ import annotations

from turnwise.nlu.component import Component, SettingError, TrainingSet
from turnwise.nlu.message import Entity, Intent, Message, Token
from turnwise.nlu.pipeline import DEFAULT_PIPELINE, Cache, Pipeline, check_pipeline

__all__ = [
    "DEFAULT_PIPELINE",
    "Cache",
    "Component",
    "Entity",
    "Intent",
    "Message",
    "Pipeline",
    "SettingError",
    "Token",
    "TrainingSet",
    "check_pipeline",
]
