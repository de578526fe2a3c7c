"""Reading endpoints.yml and credentials.yml."""

from __future__ import annotations

import re
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

    def test_models_side_by_side_and_how_long_conversations_are_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHARE", "9")
        endpoints = endpoints_from_text("""
model_versions:
  current:
    model: models/current.tar.gz
    share: ${SHARE}
  candidate: {url: "http://models/x", wait_time_between_pulls: 5, share: 0.5}
  stored: {remote_storage: aws, model: bot, share: 0}
retention: {days: 90}
""")
        assert [(each.name, each.share, each.source) for each in endpoints.model_versions] == [
            ("current", 9.0, {"model_file": "models/current.tar.gz"}),
            ("candidate", 0.5, {"model_server": {"url": "http://models/x", "wait_time_between_pulls": 5}}),
            ("stored", 0.0, {"model_file": "bot", "remote_storage": "aws"}),
        ]
        assert endpoints.retention is not None
        assert endpoints.retention.days == 90

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (
                "model_versions:\n  a: {model: x, share: 1, shrae: 2}",
                ":2: model_versions > a > shrae: unknown",
            ),
            ("model_versions:\n  a:\n    share: 1", ":2: model_versions > a: neither 'model' nor 'url'"),
            ("model_versions:\n  a: {model: x, url: y, share: 1}", "both 'model' and 'url'"),
            ("model_versions:\n  a: {model: x}", "'share' is missing"),
            ("model_versions:\n  a: {model: x, share: -1}", "model_versions > a > share: '-1' is no number"),
            ("model_versions:\n  a: {model: x, share: 0}", ":1: model_versions: no version has a share"),
            ("models: {url: x}\nmodel_versions:\n  a: {model: x, share: 1}", "'models' names a model server"),
            ("model_versions: [a]", "model_versions: expected a mapping"),
            ("retention:\n  days: soon", ":2: retention > days: 'soon' is no number"),
            ("retention: {days: 0}", "retention > days: 0 days would erase"),
            ("retention: {day: 1}", "unknown key 'day'"),
            ("retention: {}", "'days' is missing"),
        ],
    )
    def test_mistakes_in_them_are_named(self, text: str, problem: str) -> None:
        with pytest.raises(ProjectError, match=re.escape(problem)):
            endpoints_from_text(text)

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
