"""`rasa test`, `evaluate markers`, `visualize` and `x` from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.evaluation.bot import write_project
from turnwise.cli.main import main
from turnwise.dialogue.events import ActionExecuted, SessionStarted, UserUttered
from turnwise.evaluation import plots
from turnwise.project.project import Project
from turnwise.storage.factory import open_tracker_store
from turnwise.training.train import Training

GOOD = "- story: good\n  steps:\n  - user: hello\n    intent: greet\n  - action: utter_greet\n"
BAD = "- story: bad\n  steps:\n  - user: hello\n    intent: bye\n  - action: utter_bye\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its model and test stories."""
    folder = write_project(tmp_path_factory.mktemp("trained"))
    Training(project=Project(folder)).run(folder / "models", name="model")
    (folder / "tests").mkdir()
    (folder / "tests/test_stories.yml").write_text(f"stories:\n{GOOD}{BAD}")
    (folder / "tests/test_good.yml").write_text(f"stories:\n{GOOD}")
    return folder


@pytest.fixture(autouse=True)
def here(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in the project's folder."""
    monkeypatch.chdir(trained)


def test_everything_is_tested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stories end to end, then the NLU data; mistakes are no failure of the command."""
    assert main(["test", "--out", str(tmp_path), "--no-plot"]) == 0
    said = capsys.readouterr()
    assert "1 of 2 stories are right." in said.err
    assert "Intents: accuracy 1.000" in said.out
    names = {path.name for path in tmp_path.iterdir()}
    assert {"story_report.json", "failed_test_stories.yml", "intent_report.json"} <= names
    assert "bye  # predicted: greet: hello" in (tmp_path / "failed_test_stories.yml").read_text()


def test_pictures_are_drawn(tmp_path: Path) -> None:
    """Of stories, intents and entities."""
    assert main(["test", "-s", "tests", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "story_confusion_matrix.png",
        "intent_confusion_matrix.png",
        "intent_histogram.png",
        "RegexEntityExtractor_confusion_matrix.png",
    }


def test_without_matplotlib_the_reports_are_still_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it is said why there are no pictures."""
    monkeypatch.setattr(plots, "open_plots", lambda: None)
    assert main(["test", "core", "-s", "tests", "--out", str(tmp_path)]) == 0
    assert "matplotlib is not installed" in capsys.readouterr().err
    assert (tmp_path / "story_report.json").exists()


def test_stopping_at_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code tells; the story so far is shown."""
    flags = ["test", "core", "--e2e", "--fail-on-prediction-errors", "--out", str(tmp_path), "--no-plot"]
    assert main([*flags, "-s", "tests/test_good.yml"]) == 0
    assert main([*flags, "-s", "tests/test_stories.yml"]) == 1
    assert "# predicted: greet: hello" in capsys.readouterr().err


def test_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error is said, and the exit code is 0, as it always was."""
    (tmp_path / "empty").mkdir()
    flags = ["-m", str(tmp_path / "empty"), "--out", str(tmp_path / "out"), "--no-plot"]
    assert main(["test", "core", *flags]) == 0
    assert "no model found" in capsys.readouterr().err
    assert main(["test", "nlu", *flags]) == 0


def test_no_data(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that does not exist, without a default one: exit code 1."""
    monkeypatch.chdir(tmp_path)
    assert main(["test", "core", "-s", "nowhere"]) == 1
    assert "--stories: there is no 'nowhere'" in capsys.readouterr().err


def test_several_models(tmp_path: Path) -> None:
    """They are compared by their right stories."""
    model = "models/model.tar.gz"
    flags = ["-s", "data", "--out", str(tmp_path)]
    assert main(["test", "core", "-m", model, model, *flags]) == 0
    assert json.loads((tmp_path / "results.json").read_text()) == {"model.tar.gz": [2, 2]}


def test_cross_validation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the intents that have enough examples; here there is one only, so nothing can be measured."""
    assert main(["test", "nlu", "--cross-validation", "-f", "2", "--out", str(tmp_path), "--no-plot"]) == 0
    assert "at least two intents" in capsys.readouterr().err


def test_several_configurations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Intents with too few examples take no part, and here none has enough."""
    flags = ["-c", "config.yml", "config.yml", "--out", str(tmp_path), "--no-plot"]
    assert main(["test", "nlu", *flags]) == 1
    assert "same name" in capsys.readouterr().err


# -- markers, graph, x ---------------------------------------------------------------------------------


@pytest.fixture
def conversations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database of three conversations and a file of markers."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "markers.yml").write_text("greeted: {intent: greet}\nsaid_bye: {action: utter_bye}\n")
    (tmp_path / "endpoints.yml").write_text("tracker_store: {type: SQL, dialect: sqlite, db: t.db}\n")

    async def fill() -> None:
        store = await open_tracker_store({"type": "SQL", "dialect": "sqlite", "db": "t.db"})
        for number, sender in enumerate(("ada", "bob", "eve")):
            greeting = UserUttered(
                text="hello", parse_data={"intent": {"name": "greet"}}, timestamp=number + 1.0
            )
            start = [ActionExecuted(name="action_session_start"), SessionStarted()]
            await store.append(sender, [*start, greeting], after=0)
        await store.close()

    asyncio.run(fill())
    return tmp_path


@pytest.mark.parametrize(
    ("which", "found"),
    [(["all"], 3), (["first_n", "2"], 2), (["sample_n", "2", "--seed", "5"], 2), (["first_n", "9"], 3)],
)
def test_markers(conversations: Path, which: list[str], found: int) -> None:
    """One row for each event at which a marker applies, and two files of statistics."""
    assert main(["evaluate", "markers", *which, "out.csv"]) == 0
    assert len((conversations / "out.csv").read_text().splitlines()) == found + 1
    assert (conversations / "stats-overall.csv").exists()
    assert (conversations / "stats-per-session.csv").exists()


def test_a_sample_is_repeatable(conversations: Path) -> None:
    """By its seed."""
    for name in ("a.csv", "b.csv"):
        assert main(["evaluate", "markers", "sample_n", "2", "--seed", "5", name, "--no-stats"]) == 0
    assert (conversations / "a.csv").read_text() == (conversations / "b.csv").read_text()
    assert not (conversations / "stats-overall.csv").exists()


def test_nothing_is_overwritten(conversations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the table nor statistics."""
    (conversations / "stats-overall.csv").write_text("precious")
    assert main(["evaluate", "markers", "all", "out.csv"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert not (conversations / "out.csv").exists()


def test_markers_of_what_the_domain_does_not_know(
    conversations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (conversations / "markers.yml").write_text("it: {intent: gret}\n")
    assert main(["evaluate", "markers", "all", "out.csv"]) == 1
    assert "markers.yml:1: it > intent: the domain has no intent 'gret'" in capsys.readouterr().err


def test_the_graph(tmp_path: Path) -> None:
    """It is one HTML file, wherever it is wanted."""
    out = tmp_path / "deep" / "graph.html"
    assert main(["visualize", "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "dish_form" in text
    assert "“hello”" in text


def test_x(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what to use instead."""
    assert main(["x"]) == 0
    assert "rasa interactive" in capsys.readouterr().err


def test_help_needs_none_of_it() -> None:
    """Neither matplotlib nor anything of evaluation is imported before it is used."""
    import subprocess

    program = (
        "import sys, turnwise.cli.main, turnwise.cli.test, turnwise.cli.markers, turnwise.cli.visualize, "
        "turnwise.cli.interactive; print([name for name in sys.modules if name.startswith("
        "('matplotlib', 'numpy', 'sklearn', 'turnwise.evaluation'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_mistakes_in_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They end the test, with file and line."""
    file = tmp_path / "nlu.yml"
    file.write_text("nlu:\n- intent: greet\n  exampels: |\n    - hello\n")
    assert main(["test", "nlu", "-u", str(file), "--out", str(tmp_path / "out"), "--no-plot"]) == 1
    assert "nlu.yml:3" in capsys.readouterr().err
