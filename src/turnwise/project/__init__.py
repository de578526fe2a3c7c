"""Reading a project folder: domain, NLU data, stories, rules, config, endpoints; all know file and line."""

from __future__ import annotations

from turnwise.project.importers import Importer
from turnwise.project.project import Project

__all__ = ["Importer", "Project"]
