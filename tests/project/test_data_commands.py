"""`rasa data validate | split | convert | migrate` as their users meet them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from turnwise.cli.main import main
from turnwise.errors import ProjectError, UsageError
from turnwise.project.domain_file import load_domain
from turnwise.project.migration import migrate_domain
from turnwise.project.nlu_file import load_nlu, nlu_from_text
from turnwise.project.splitting import split_examples
from turnwise.project.yaml import read_yaml

SOUND = {
    "config.yml": "recipe: default.v1\nassistant_id: x\nlanguage: en\n",
    "domain.yml": "intents: [a, b]\nresponses: {utter_a: [{text: a}], utter_b: [{text: b}]}\n",
    "data/nlu.yml": (
        "nlu:\n- intent: a\n  examples: |\n    - a1\n    - a2\n"
        "- intent: b\n  examples: |\n    - b1\n    - b2\n"
    ),
    "data/stories.yml": (
        "stories:\n- story: one\n  steps:\n"
        "  - intent: a\n  - action: utter_a\n  - intent: b\n  - action: utter_b\n"
    ),
}
CONFLICT = SOUND["data/stories.yml"] + "- story: two\n  steps:\n  - intent: a\n  - action: utter_b\n"

UNKNOWN_INTENT = "nlu:\n- intent: c\n  examples: |\n    - c\n    - d\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound project in the working directory."""
    write(tmp_path, SOUND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rasa(*words: str) -> int:
    """The exit code of a command line."""
    return main(list(words))


class TestValidate:
    def test_doubts_are_told_and_do_not_fail(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A training tells ten of them."""
        names = [f"x{number:02}" for number in range(12)]
        write(project, {"domain.yml": SOUND["domain.yml"].replace("[a, b]", f"[a, b, {', '.join(names)}]")})
        own = "".join(f"- intent: {name}\n  examples: |\n    - {name}\n" for name in names)
        write(project, {"data/nlu.yml": SOUND["data/nlu.yml"] + own})
        assert rasa("data", "validate", "--fail-on-warnings") == 0
        assert capsys.readouterr().err.count("has only") == 2 + 12
        assert rasa("train", "--fail-on-validation-warnings", "--quiet") == 0
        error = capsys.readouterr().err
        assert error.count("has only") == 10
        assert "4 more doubts; `rasa data validate` lists all" in error

    def test_a_sound_project(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        more = SOUND["data/nlu.yml"].replace("a2\n", "a2\n    - a3\n") + "    - b3\n"
        write(project, {"data/nlu.yml": more})
        assert rasa("data", "validate") == 0
        assert capsys.readouterr() == ("The project is valid.\n", "")

    @pytest.mark.parametrize(
        ("files", "flags", "code", "words"),
        [
            ({"domain.yml": "intents: 1\n"}, (), 1, "domain.yml:1: intents: expected a list"),
            ({"data/x.yml": "stories:\n- story: x\n  steps:\n  - action: action_q\n"}, (), 1, "'action_q'"),
            ({"data/stories.yml": CONFLICT}, (), 0, "Story structure conflict after intent 'a'"),
            ({"data/stories.yml": CONFLICT}, ("--fail-on-warnings",), 1, "in 'two' (data/stories.yml:11)"),
            ({"data/stories.yml": CONFLICT}, ("--max-history", "1"), 0, "utter_a in 'one'"),
            ({"data/x.yml": UNKNOWN_INTENT}, ("--fail-on-warnings",), 1, "no intent 'c'"),
            ({"data/x.yml": UNKNOWN_INTENT}, (), 0, "no intent 'c'"),
        ],
    )  # fmt: skip
    def test_what_is_wrong(
        self, project: Path, capsys: pytest.CaptureFixture[str],
        files: dict[str, str], flags: tuple[str, ...], code: int, words: str,
    ) -> None:  # fmt: skip
        """Mistakes and errors fail; what is doubtful fails when asked for."""
        write(project, files)

        assert rasa("data", "validate", *flags) == code
        assert words in capsys.readouterr().err

    def test_stories_alone(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Nothing but contradictions is looked for."""
        write(project, {"data/stories.yml": CONFLICT.replace("utter_a", "action_q")})

        assert rasa("data", "validate", "stories") == 0
        printed = capsys.readouterr().err
        assert "Story structure conflict" in printed
        assert "has no action" not in printed

    def test_no_turn_at_all_tells_nothing_apart(self, project: Path) -> None:
        assert rasa("data", "validate", "--max-history", "0") == 1


class TestSplit:
    def test_each_class_is_on_both_sides(self) -> None:
        text = "nlu:\n" + "".join(
            f"- intent: {name}\n  examples: |\n" + "".join(f"    - {name} {n}\n" for n in range(count))
            for name, count in (("a", 10), ("b", 2), ("c", 1), ("faq/x", 5))
        )
        data = nlu_from_text(text)
        train, test = split_examples(data, 0.8, random.Random(3))
        sizes = {
            name: tuple(
                sum((e.response_key or e.intent) == name for e in part.examples) for part in (train, test)
            )
            for name in ("a", "b", "c", "faq/x")
        }

        assert sizes == {"a": (8, 2), "b": (1, 1), "c": (1, 0), "faq/x": (4, 1)}
        assert {e.text for e in (*train.examples, *test.examples)} == {e.text for e in data.examples}
        assert split_examples(data, 0.8, random.Random(3)) == (train, test)

    def test_nlu(self, project: Path) -> None:
        write(
            project,
            {
                "data/faq.yml": "nlu:\n- intent: faq/x\n  examples: |\n    - x1\n    - x2\n"
                "- synonym: s\n  examples: |\n    - t\nresponses: {utter_faq/x: [{text: x}]}\n"
            },
        )

        assert rasa("data", "split", "nlu", "--random-seed", "1", "--training-fraction", "0.5") == 0
        out = Path("train_test_split")
        train, test = load_nlu(out / "training_data.yml"), load_nlu(out / "test_data.yml")
        assert (len(train.examples), len(test.examples)) == (3, 3)
        assert train.synonyms == test.synonyms == {"t": "s"}
        assert load_nlu(out / "nlg_test_data.yml").responses == {"utter_faq/x": ({"text": "x"},)}

    def test_stories(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Rules stay in the training part; files without stories are left out."""
        rule = "rules:\n- rule: r\n  steps:\n  - intent: a\n"
        stories = "".join(f"- story: s{n}\n  steps:\n  - intent: a\n" for n in range(5))
        write(project, {"data/stories.yml": f"stories:\n{stories}{rule}", "data/rules.yml": rule})

        assert rasa("data", "split", "stories", "--random-seed", "1", "--out", "out") == 0
        train, test = (read_yaml(f"out/{part}_stories.yml").data for part in ("train", "test"))
        assert (len(train["stories"]), len(test["stories"])) == (4, 1)
        assert train["rules"]
        assert set(test) == {"version", "stories"}
        assert "data/rules.yml has no stories" in capsys.readouterr().out

    @pytest.mark.parametrize("fraction", ["0", "1", "1.5", "-1"])
    def test_the_fraction_must_leave_something(self, project: Path, fraction: str) -> None:
        assert rasa("data", "split", "nlu", "--training-fraction", fraction) == 1


class TestConvert:
    @pytest.mark.parametrize("kind", ["json", "yaml"])
    def test_all_data_go_into_one_file(self, project: Path, kind: str) -> None:
        out = f"converted.{kind}"

        assert rasa("data", "convert", "nlu", "-f", kind, "--data", "data", "--out", out) == 0
        assert [example.text for example in load_nlu(out).examples] == ["a1", "a2", "b1", "b2"]

    def test_there_must_be_some(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert rasa("data", "convert", "nlu", "--data", "domain.yml") == 1
        assert "no NLU data" in capsys.readouterr().err


OLD = """
version: "2.0"
entities: [city, size]
slots:
  city: {type: text}
  size: {type: categorical, values: [a], auto_fill: false}
  both: {type: text}
  name: {type: bool}
  extra: {type: unfeaturized}
forms:
  order_form:
    ignored_intents: [greet]
    required_slots:
      city: [{type: from_entity, entity: city}]
      both: [{type: from_text, not_intent: greet}]
  other_form:
    required_slots:
      both: [{type: from_text, not_intent: greet}]
      name:
      - {type: from_intent, intent: yes, value: true}
      - {type: from_trigger_intent, intent: ask, value: 3}
  empty_form: {}
"""


class TestMigrate:
    def test_slots_take_over_the_mappings_of_forms(self, tmp_path: Path) -> None:
        """As stock Rasa migrates; equal mappings of several forms become one, with the conditions of all."""
        write(tmp_path, {"domain.yml": OLD})
        migration = migrate_domain(tmp_path / "domain.yml")
        data = read_yaml(tmp_path / "new_domain.yml").data
        mappings = {name: slot["mappings"] for name, slot in data["slots"].items()}

        assert mappings["city"] == [
            {"type": "from_entity", "entity": "city", "conditions": [{"active_loop": "order_form"}]},
            {"type": "from_entity", "entity": "city"},
        ]
        assert mappings["both"] == [
            {
                "type": "from_text",
                "not_intent": "greet",
                "conditions": [
                    {"active_loop": "order_form", "requested_slot": "both"},
                    {"active_loop": "other_form", "requested_slot": "both"},
                ],
            }
        ]
        assert [mapping["conditions"] for mapping in mappings["name"]] == [
            [{"active_loop": "other_form", "requested_slot": "name"}],
            [{"active_loop": "other_form"}],
        ]
        assert mappings["size"] == mappings["extra"] == [{"type": "custom"}]
        assert [notice.place.keys[-1] for notice in migration.notices] == ["size", "extra"]
        assert data["forms"] == {
            "order_form": {"required_slots": ["city", "both"], "ignored_intents": ["greet"]},
            "other_form": {"required_slots": ["both", "name"]},
            "empty_form": {"required_slots": []},
        }

    def test_the_result_is_a_domain_and_the_original_is_kept(self, tmp_path: Path) -> None:
        write(tmp_path, {"domain.yml": OLD})
        migration = migrate_domain(tmp_path / "domain.yml", tmp_path / "to" / "domain.yml")

        assert load_domain(migration.migrated).slots["extra"].type == "any"
        assert migration.backup.read_text(encoding="utf-8") == OLD

    def test_folders_keep_their_files(self, tmp_path: Path) -> None:
        write(tmp_path, {"domain/a.yml": OLD, "domain/sub/b.yml": "version: '2.0'\nintents: [greet]\n"})
        migration = migrate_domain(tmp_path / "domain")

        assert migration.migrated == tmp_path / "new_domain"
        assert read_yaml(tmp_path / "new_domain" / "sub" / "b.yml").data == {
            "version": "3.1",
            "intents": ["greet"],
        }
        assert (tmp_path / "original_domain" / "a.yml").read_text(encoding="utf-8") == OLD

    def test_a_section_in_two_files_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path, {"domain/a.yml": OLD, "domain/b.yml": "slots: {x: {type: text}}\n"})

        with pytest.raises(ProjectError, match=r"stands in .*a\.yml too"):
            migrate_domain(tmp_path / "domain")
        assert not (tmp_path / "original_domain").exists()

    def test_what_is_migrated_already_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path, {"domain.yml": 'version: "3.1"\nintents: [a]\n'})

        with pytest.raises(ProjectError, match=r"domain\.yml:1: version: .* already"):
            migrate_domain(tmp_path / "domain.yml")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("intents: [a]\nforms:\n- table_form\n", r"domain\.yml:2: forms: expected a mapping"),
            ("slots: [size]\n", r"domain\.yml:1: slots: expected a mapping"),
            ("forms:\n  table_form: [size]\n", r"domain\.yml:1: forms > table_form: expected a mapping"),
        ],
    )
    def test_what_is_older_than_rasa_2_is_refused(self, tmp_path: Path, text: str, words: str) -> None:
        """Rasa 1 had plain lists of forms, and their slots in Python."""
        write(tmp_path, {"domain.yml": text})

        with pytest.raises(ProjectError, match=words):
            migrate_domain(tmp_path / "domain.yml")
        assert not (tmp_path / "original_domain.yml").exists()

    @pytest.mark.parametrize("name", ["new_domain.yml", "original_domain.yml"])
    def test_nothing_is_overwritten(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, {"domain.yml": OLD, name: "mine"})

        with pytest.raises(UsageError, match="exists already"):
            migrate_domain(tmp_path / "domain.yml")
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"

    def test_the_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, {"domain.yml": OLD})
        monkeypatch.chdir(tmp_path)

        assert rasa("data", "migrate") == 0
        assert Path("new_domain.yml").exists()
