"""What stands in deploy/ can be read by those who have to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from turnwise.project.endpoints_file import load_endpoints
from turnwise.storage.factory import locks_are_shared

DEPLOY = Path(__file__).parents[2] / "deploy"
VARIABLES = (
    "ACTION_SERVER_URL",
    "POSTGRES_HOST",
    "POSTGRES_DB",
    "POSTGRES_USER",
    "POSTGRES_PASSWORD",
    "REDIS_HOST",
)


def environment(service: str) -> dict[str, Any]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    variables: dict[str, Any] = compose["services"][service]["environment"]
    return variables


def test_endpoints_are_filled_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variables of compose.yaml, conversations are in PostgreSQL and locks in Redis."""
    for name in VARIABLES:
        monkeypatch.setenv(name, f"value-of-{name.lower()}")
    endpoints = load_endpoints(DEPLOY / "endpoints.yml")
    assert endpoints.raw["tracker_store"]["url"] == "value-of-postgres_host"
    assert endpoints.raw["tracker_store"]["password"] == "value-of-postgres_password"
    assert locks_are_shared(endpoints.raw["lock_store"])


@pytest.mark.parametrize("name", VARIABLES)
def test_whoever_starts_the_server_sets_every_variable(name: str) -> None:
    """Compose and chart name each variable that the endpoints use."""
    assert f"${{{name}}}" in (DEPLOY / "endpoints.yml").read_text()
    assert name in environment("server")
    assert f"name: {name}" in (DEPLOY / "helm/turnwise/templates/server.yaml").read_text()


def test_the_chart_uses_only_values_that_exist() -> None:
    """Every `.Values` path of the templates stands in values.yaml."""
    values = yaml.safe_load((DEPLOY / "helm/turnwise/values.yaml").read_text())
    for template in (DEPLOY / "helm/turnwise/templates").glob("*.yaml"):
        for path in re.findall(r"\.Values\.([A-Za-z.]+)", template.read_text()):
            found = values
            for key in path.split("."):
                assert key in found, f"{template.name}: {path}"
                found = found[key]
