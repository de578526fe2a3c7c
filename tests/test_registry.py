"""Finding classes by name: what cannot be found is answered with what could."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import Place, ProjectError
from turnwise.registry import POLICIES, find_class

PLACE = Place("config.yml", 3)


@pytest.mark.parametrize("name", POLICIES)
def test_every_public_name_leads_to_a_class(name: str) -> None:
    assert isinstance(find_class(name, POLICIES, what="policy"), type)


@pytest.mark.parametrize(
    "path", ["rasa.core.policies.memoization.MemoizationPolicy", "rasa.core.policies.ted_policy.TEDPolicy"]
)
def test_policies_of_rasa_are_known_by_their_paths_too(path: str) -> None:
    named = find_class(path.rpartition(".")[2], POLICIES, what="policy")
    assert find_class(path, POLICIES, what="policy") is named


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("RulePolcy", "did you mean 'RulePolicy'"),
        ("FormPolicy", "did you mean 'RulePolicy'"),
        ("Nonsense", "known are"),
        ("no_such_module.Policy", "there is no module 'no_such_module'"),
        ("parts.plain.Missing", "has no class 'Missing'"),
        ("parts.against_rasa.Policy", "from the inside of Rasa"),
        ("parts.needy.Policy", "needs the package 'package_nobody_has'"),
    ],
)
def test_what_cannot_be_found_is_answered_with_a_remedy(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "plain.py").write_text("")
    (parts / "against_rasa.py").write_text("import rasa.core.agent")
    (parts / "needy.py").write_text("import package_nobody_has")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ProjectError, match=words) as caught:
        find_class(name, POLICIES, what="policy", place=PLACE)
    assert str(caught.value).startswith("config.yml:3")
