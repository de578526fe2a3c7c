"""Filling placeholders: what stock Rasa fills, and what it leaves alone."""

from __future__ import annotations

import pytest

from turnwise.responses.interpolation import BadTemplate, interpolate

VALUES = {"name": "Bob", "count": 2, "nothing": None, "two words": "x"}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("Hi {name}!", "Hi Bob!"),
        ("{count} for {name}", "2 for Bob"),
        ("{nothing}", "None"),
        ("{two words}", "x"),
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{Bob}"),
        ('{{"x":"{name}"}}', '{"x":"Bob"}'),
        ("lone }} brace", "lone } brace"),
        ("no braces", "no braces"),
    ],
)
def test_placeholders_are_filled(template: str, filled: str) -> None:
    assert interpolate(template, VALUES) == filled


@pytest.mark.parametrize(
    "template",
    ["Hi {stranger}, {name}", '{"x":"{name}"}', "{name!r}", "{name:>5}", "{count[0]}", "{{name}} and {name}"],
)
def test_text_with_something_unknown_stays_as_it_is(template: str) -> None:
    assert interpolate(template, VALUES) == template


def test_empty_braces_print_every_value() -> None:
    assert interpolate("{}", {"a": 1}) == "{'a': 1}"


@pytest.mark.parametrize("template", ["{", "a { b", "} c", "{} {name}", "{} {}"])
def test_braces_without_partners_are_an_error(template: str) -> None:
    with pytest.raises(BadTemplate):
        interpolate(template, VALUES)


def test_the_first_problem_decides() -> None:
    """Read from left to right, an unknown name comes before a lone brace; the text stays as it is."""
    assert interpolate("{stranger} {", VALUES) == "{stranger} {"


def test_mappings_and_lists_are_walked_and_keys_left_alone() -> None:
    template = {"{name}": ["{name}", {"title": "{count}"}, 3, None]}
    assert interpolate(template, VALUES) == {"{name}": ["Bob", {"title": "2"}, 3, None]}
