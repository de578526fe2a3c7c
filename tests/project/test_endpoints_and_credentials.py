"""Reading endpoints.yml and credentials.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import ProjectError, ProjectErrors
from turnwise.project.credentials_file import credentials_from_text, load_credentials
from turnwise.project.endpoints_file import Endpoints, endpoints_from_text, load_endpoints


class TestEndpoints:
    def test_every_key_arrives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PASSWORD", "secret")
        endpoints = endpoints_from_text("""
action_endpoint:
  url: http://localhost:5055/webhook
  params: {a: 1}
  headers: {X-Key: 5}
  basic_auth:
    username: me
    password: ${PASSWORD}
  token: abc
  cafile: ca.pem
  enable_selective_domain: true
tracker_store:
  type: SQL
  dialect: sqlite
  db: rasa.db
event_broker:
lock_store:
  store_type: redis
  url: localhost
own: {x: 1}
""")
        action, store = endpoints.action_endpoint, endpoints.tracker_store

        assert action is not None
        assert action.basic_auth == ("me", "secret")
        assert (action.headers, action.params) == ({"X-Key": "5"}, {"a": 1})
        assert (action.token, action.token_name, action.cafile) == ("abc", "token", "ca.pem")
        assert action.settings == {"enable_selective_domain": True}
        assert str(action.place) == "endpoints.yml:2: action_endpoint"
        assert store is not None
        assert (store.type, store.url) == ("SQL", None)
        assert store.settings == {"dialect": "sqlite", "db": "rasa.db"}
        assert endpoints.event_broker is None
        assert endpoints.lock_store is not None
        assert endpoints.lock_store.type == "redis"
        assert endpoints.raw["own"] == {"x": 1}

    def test_without_a_file_nothing_is_configured(self, tmp_path: Path) -> None:
        assert load_endpoints(tmp_path / "endpoints.yml") == load_endpoints(None) == Endpoints()

    def test_all_mistakes_are_listed_at_once(self) -> None:
        with pytest.raises(ProjectErrors) as caught:
            endpoints_from_text("nlg: http://x\ntracker_store:\n  params: x\n")

        assert [error.place.line for error in caught.value.errors] == [1, 3]


class TestCredentials:
    def test_channels_may_need_nothing(self) -> None:
        rest, custom = credentials_from_text("rest:\nmy.channels.Own:\n  key: ${PATH}\n")

        assert (rest.name, rest.settings) == ("rest", {})
        assert custom.name == "my.channels.Own"
        assert custom.place.line == 2
        assert "${" not in custom.settings["key"]

    def test_without_a_file_there_are_none(self, tmp_path: Path) -> None:
        assert load_credentials(tmp_path / "credentials.yml") is None
        assert load_credentials(None) is None

    def test_settings_must_be_a_mapping(self) -> None:
        with pytest.raises(ProjectError, match=r"credentials\.yml:1: slack: expected a mapping"):
            credentials_from_text("slack: token\n")
