"""A project as one object: read lazily, once, with all its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import ProjectErrors
from turnwise.project import Importer, Project
from turnwise.project.nlu_data import EntitySpan, Example, NLUData

FILES = {
    "config.yml": "recipe: default.v1\nassistant_id: x\nlanguage: en\npipeline: []\npolicies: []\n",
    "domain.yml": (
        "intents: [greet, faq]\nslots: {city: {type: text, mappings: []}}\n"
        "responses: {utter_greet: [{text: domain}], utter_faq/b: [{text: domain}]}\n"
    ),
    "data/nlu.yml": (
        "nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n"
        "- intent: faq/a\n  examples: |\n    - a?\n- intent: faq/b\n  examples: |\n    - b?\n"
        "responses:\n  utter_faq/a: [{text: nlu}]\n  utter_faq/b: [{text: nlu}]\n"
        "  utter_greet: [{text: nlu}]\n"
    ),
    "data/stories.yml": (
        "stories:\n- story: s\n  steps:\n  - intent: greet\n"
        "  - slot_was_set:\n    - city\n  - bot: Welcome!\n"
    ),
    "endpoints.yml": "nlg: {url: http://localhost}\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    write(tmp_path, FILES)
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


class TestReading:
    def test_everything_is_there(self, root: Path) -> None:
        project = Project.read(root)

        assert project.config.language == "en"
        assert len(project.nlu.examples) == 4
        assert [step.name for step in project.stories.steps] == ["s"]
        assert project.endpoints.nlg is not None
        assert project.notices() == []

    def test_the_domain_holds_what_data_and_stories_imply(self, root: Path) -> None:
        domain = Project.read(root).domain

        assert domain.retrieval_intents == {"faq"}
        assert "utter_faq" in domain.user_actions
        assert domain.action_texts == ("Welcome!",)

    def test_nlu_files_win_at_run_time_and_the_domain_when_selectors_learn(self, root: Path) -> None:
        """An oddity of Rasa: what is said comes from the NLU file, what is learnt from the domain."""
        project = Project.read(root)

        assert project.domain.responses["utter_faq/b"] == ({"text": "nlu"},)
        assert project.domain.responses["utter_greet"] == ({"text": "nlu"},)
        assert project.nlu.responses["utter_faq/b"] == ({"text": "domain"},)
        assert project.nlu.responses["utter_faq/a"] == ({"text": "nlu"},)

    def test_what_users_say_in_stories_teaches_nlu_too(self, root: Path) -> None:
        """Where a turn gives both its words and its intent; each sentence once, and none that is known."""
        turns = ("hi", "hey [Rome](city)", "hey [Rome](city)", "good day")
        steps = "".join(f"  - user: {turn}\n    intent: greet\n" for turn in turns)
        write(root, {"data/test_x.yml": f"stories:\n- story: t\n  steps:\n{steps}  - user: bye\n"})
        added = Project.read(root).nlu.examples[4:]

        assert [(e.text, e.intent, e.place.line) for e in added] == [
            ("hey Rome", "greet", 6),
            ("good day", "greet", 10),
        ]
        assert added[0].entities == (EntitySpan(entity="city", start=4, end=8, value="Rome"),)

    def test_every_file_is_read_once_and_only_when_needed(self, root: Path) -> None:
        project = Project(root)
        config = project.config
        (root / "config.yml").unlink()
        (root / "domain.yml").write_text("{", encoding="utf-8")

        assert project.config is config
        assert project.nlu.examples

    def test_paths_are_named_as_they_were_given(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(root)
        project = Project.read(domain="domain.yml", data="data")

        assert project.domain.slots["city"].place.file == "domain.yml"
        assert project.nlu.examples[0].place.file == "data/nlu.yml"

    def test_without_a_domain_it_is_empty(self, root: Path) -> None:
        (root / "domain.yml").unlink()
        write(root, {"data/stories.yml": "stories: []\n"})
        project = Project(root, data="data/stories.yml")

        assert project.domain.is_empty
        assert project.mistakes() == []
        assert "no domain" in project.notices()[0].text

    def test_mistakes_of_all_files_are_listed_at_once(self, root: Path) -> None:
        write(root, {"domain.yml": "intents: 1\n", "data/nlu.yml": "nlu: 1\n", "data/x.yml": "rules: [\n"})
        (root / "config.yml").write_text("language: 1\n", encoding="utf-8")

        with pytest.raises(ProjectErrors) as caught:
            Project.read(root)

        assert [Path(error.place.file).name for error in caught.value.errors] == [
            "config.yml",
            "nlu.yml",
            "x.yml",
            "domain.yml",
            ]  # fmt: skip

    def test_a_file_with_two_parts_is_complained_about_once(self, root: Path) -> None:
        write(root, {"data/mixed.yml": "nlu: []\nstories: []\nversion: 3.1\n"})

        assert [str(mistake).count("version") > 0 for mistake in Project(root).mistakes()] == [True]


class OwnImporter(Importer):
    """Supplies one example; takes a setting from config.yml."""

    def get_nlu_data(self, language: str = "en") -> NLUData:
        return NLUData(examples=(Example(text=f"{self.settings['greeting']} ({language})", intent="own"),))


class TestImporters:
    def config(self, root: Path, importers: str, more: str = "") -> None:
        write(root, {"config.yml": f"{FILES['config.yml']}importers:\n{importers}{more}"})

    def test_a_class_of_the_project_is_named_by_its_path(self, root: Path) -> None:
        self.config(root, f"- name: RasaFileImporter\n- name: {__name__}.OwnImporter\n  greeting: servus\n")
        project = Project.read(root)

        assert project.nlu.examples[-1].text == "servus (en)"
        assert len(project.nlu.examples) == 5

    def test_one_that_does_not_exist_is_skipped_with_a_notice(self, root: Path) -> None:
        """If none is left the project's files are read."""
        self.config(root, "- name: nowhere.Importer\n")
        project = Project.read(root)

        assert len(project.nlu.examples) == 4
        assert "nowhere.Importer" in project.notices()[0].text

    def test_other_classes_are_refused(self, root: Path) -> None:
        self.config(root, "- name: collections.OrderedDict\n")

        assert "is no importer" in str(Project(root).mistakes()[0])

    def test_other_projects_are_imported_with_those_that_they_import(self, root: Path) -> None:
        self.config(root, "- name: MultiProjectImporter\n", "imports: [other]\n")
        write(
            root,
            {
                "other/config.yml": "imports: [../third, ../other]\n",
                "other/domain.yml": "intents: [other]\n",
                "other/data/nlu.yml": "nlu:\n- intent: other\n  examples: |\n    - other\n",
                "third/test_x.yml": "stories:\n- story: theirs\n  steps:\n  - intent: greet\n",
                "third/rules.yml": "rules:\n- rule: third\n  steps:\n  - action: utter_greet\n",
            },
        )
        project = Project.read(root)

        assert {"greet", "other"} <= set(project.domain.intents)
        assert "other" in project.nlu.intents
        assert [step.name for step in project.stories.steps] == ["s", "third"]

    def test_importers_may_be_named_by_rasas_paths(self, root: Path) -> None:
        self.config(root, "- name: rasa.shared.importers.rasa.RasaFileImporter\n")

        assert len(Project.read(root).nlu.examples) == 4
