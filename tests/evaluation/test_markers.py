"""Markers: where they apply, how they are read, and the tables about them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from turnwise.dialogue.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from turnwise.errors import ProjectError, UsageError
from turnwise.evaluation.marker_file import load_markers
from turnwise.evaluation.marker_tables import (
    Conversations,
    write_occurrences,
    write_overall_statistics,
    write_session_statistics,
)
from turnwise.evaluation.markers import Marker, Occurrence, evaluate_markers
from turnwise.project.domain_file import domain_from_text

DOMAIN = domain_from_text(
    "intents: [greet, bye]\nactions: [act]\nslots: {name: {type: text, mappings: []}}\n"
)


def said(intent: str, full: str | None = None) -> UserUttered:
    parsed = {"name": intent, "full_retrieval_intent_name": full}
    return UserUttered(text=intent, parse_data={"intent": parsed})


def did(name: str) -> ActionExecuted:
    return ActionExecuted(name=name)


SESSION: list[Event] = [
    did("action_session_start"),  # 0
    SessionStarted(),  # 1
    said("greet"),  # 2
    did("act"),  # 3
    SlotSet(name="name", value="Ada"),  # 4
    said("bye"),  # 5
    SlotSet(name="name", value=None),  # 6
    did("act"),  # 7
]


def markers(tmp_path: Path, text: str) -> list[Marker]:
    file = tmp_path / "markers.yml"
    file.write_text(text, encoding="utf-8")
    return load_markers(file, DOMAIN)


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ("intent: greet", [2]),
        ("action: act", [3, 7]),
        ("slot_was_set: name", [4, 5]),
        ("and: [{intent: bye}, {slot_was_set: name}]", [5]),
        ("or: [{intent: bye}, {action: act}]", [3, 5, 7]),
        ("not: [{or: [{intent: bye}, {slot_was_set: name}]}]", [0, 1, 2, 3, 6, 7]),
        ("seq: [{intent: greet}, {action: act}]", [3]),
        ("seq: [{action: act}, {intent: bye}, {action: act}]", [7]),
        ("at_least_once: [{action: act}]", [3]),
        # Stock Rasa 3.6 reads the following as their positive forms.
        ("not_intent: greet", [0, 1, 3, 4, 5, 6, 7]),
        ("not_action: act", [0, 1, 2, 4, 5, 6]),
        ("slot_was_not_set: name", [0, 1, 2, 3, 6, 7]),
        ("at_least_one_not: [{slot_was_set: name}, {intent: bye}]", [0, 1, 2, 3, 4, 6, 7]),
        ("never: [{intent: bye}]", [0]),
    ],
)
def test_where_a_marker_applies(tmp_path: Path, rule: str, where: list[int]) -> None:
    """At which events of a session."""
    found = evaluate_markers(markers(tmp_path, f"it: {{{rule}}}\n"), SESSION)
    assert [occurrence.event for occurrence in found[0]["it"]] == where


def test_a_sequence_begins_anew(tmp_path: Path) -> None:
    """After it has been found, and in each session."""
    rule = markers(tmp_path, "it: {seq: [{intent: greet}, {action: act}]}\n")
    events = [*SESSION[:4], *SESSION[2:4], *SESSION[:3], *SESSION[:2], SESSION[3]]
    assert [[o.event for o in session["it"]] for session in evaluate_markers(rule, events)] == [
        [3, 5],
        [],
        [],
    ]


def test_user_turns_before(tmp_path: Path) -> None:
    """Counted in the session; events by their place in the whole conversation."""
    rule = markers(tmp_path, "it: {intent: bye}\n")
    found = evaluate_markers(rule, [*SESSION, *SESSION])
    assert [list(session["it"]) for session in found] == [
        [Occurrence(event=5, user_turns=1)],
        [Occurrence(event=13, user_turns=1)],
    ]


def test_retrieval_intents(tmp_path: Path) -> None:
    """Both names of the intent will do."""
    found = evaluate_markers(markers(tmp_path, "it: {intent: greet}\n"), [said("greet", "greet/loud")])
    assert len(found[0]["it"]) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("it: {intent: gret}", "did you mean 'greet'"),
        ("it: {action: nothing_known}", "no action"),
        ("it: {slot_was_set: age}", "no slot"),
        ("it: {andd: []}", "did you mean 'and'"),
        ("it: {not: [{intent: greet}, {intent: bye}]}", "exactly one item, found 2"),
        ("it: {and: []}", "at least one item"),
        ("it: {intent: greet, action: act}", "found intent, action"),
        ("it: greet", "expected a mapping"),
        ("intent: {intent: greet}", "cannot be the name of a marker"),
        ("{}", "holds no markers"),
    ],
)
def test_markers_that_make_no_sense(tmp_path: Path, text: str, problem: str) -> None:
    """The error says what is wrong."""
    with pytest.raises(ProjectError, match=problem):
        markers(tmp_path, text)


def test_folders_of_markers(tmp_path: Path) -> None:
    """All files below; a name may be used once."""
    (tmp_path / "a.yml").write_text("one: {description: says hello, intent: greet}")
    (tmp_path / "b.yml").write_text("two: {intent: bye}")
    found = load_markers(tmp_path)
    assert [(marker.name, marker.description) for marker in found] == [("one", "says hello"), ("two", "")]
    (tmp_path / "c.yml").write_text("one: {intent: bye}")
    with pytest.raises(ProjectError, match="a second marker 'one'"):
        load_markers(tmp_path)


def test_no_file_of_markers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no YAML file"):
        load_markers(tmp_path / "markers.yml")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_tables(tmp_path: Path) -> None:
    """Where markers applied, and statistics on the user turns before, for each session and over all."""
    found: Conversations = {
        "ada": [{"m": [Occurrence(event=5, user_turns=1), Occurrence(event=9, user_turns=2)]}, {"m": []}]
    }
    write_occurrences(tmp_path / "m.csv", found)
    assert rows(tmp_path / "m.csv")[1:] == [["ada", "0", "m", "5", "1"], ["ada", "0", "m", "9", "2"]]
    write_overall_statistics(tmp_path / "o.csv", found)
    suffix = "of_sessions_where_marker_applied_at_least_once"
    assert [row[2:] for row in rows(tmp_path / "o.csv")[1:]] == [
        ["-", "total_number_of_sessions", "2"],
        ["m", f"number_{suffix}", "1"],
        ["m", f"percentage_{suffix}", "50.0"],
        ["m", "count(number of preceding user turns)", "2"],
        ["m", "mean(number of preceding user turns)", "1.5"],
        ["m", "median(number of preceding user turns)", "1.5"],
        ["m", "min(number of preceding user turns)", "1"],
        ["m", "max(number of preceding user turns)", "2"],
    ]
    write_session_statistics(tmp_path / "s.csv", found)
    table = rows(tmp_path / "s.csv")
    assert ["ada", "0", "m", "mean(number of preceding user turns)", "1.5"] in table
    assert ["ada", "1", "m", "mean(number of preceding user turns)", "nan"] in table
