"""Entities annotated in a sentence: every form, and what only looks like one."""

from __future__ import annotations

import pytest

from turnwise.project.entity_annotations import BadAnnotation, parse_annotated
from turnwise.project.nlu_data import EntitySpan


def span(entity: str, start: int, end: int, value: object, **labels: str) -> EntitySpan:
    return EntitySpan(entity=entity, start=start, end=end, value=value, **labels)


@pytest.mark.parametrize(
    ("text", "plain", "spans"),
    [
        ("[Rome](city)", "Rome", [span("city", 0, 4, "Rome")]),
        ("to [Rome](city:roma)!", "to Rome!", [span("city", 3, 7, "roma")]),
        ("[a](e: v)", "a", [span("e", 0, 1, " v")]),
        ("[a](e:v:w)", "a", [span("e", 0, 1, "v:w")]),
        ('[a](e:"q")', "a", [span("e", 0, 1, '"q"')]),
        ("[a b](e f)", "a b", [span("e f", 0, 3, "a b")]),
        ("[a](e)[b](f)", "ab", [span("e", 0, 1, "a"), span("f", 1, 2, "b")]),
        ("é [ö](e) ü", "é ö ü", [span("e", 2, 3, "ö")]),
        ("[a\nb](e)", "a\nb", [span("e", 0, 3, "a\nb")]),
        ('[a]{"entity": "e", "role": "r", "group": "g", "value": "v"}', "a",
         [span("e", 0, 1, "v", role="r", group="g")]),
        ('[a]{"entity": "e", "value": 3}', "a", [span("e", 0, 1, 3)]),
        ('[a]{"entity": "e", "value": ""}', "a", [span("e", 0, 1, "")]),
        ('[a]{"entity": "e", "other": 1}', "a", [span("e", 0, 1, "a")]),
        ('[a][{"entity": "e"}, {"entity": "f", "value": "v"}]', "a",
         [span("e", 0, 1, "a"), span("f", 0, 1, "v")]),
        ("[a](e))", "a)", [span("e", 0, 1, "a")]),
        ("[a](e(f))", "a)", [span("e(f", 0, 1, "a")]),
        ("[a][b]", "a", []),
        ("[a][b](c)", "a(c)", []),
        ("[a][]", "a", []),
    ],
)  # fmt: skip
def test_annotations(text: str, plain: str, spans: list[EntitySpan]) -> None:
    """Offsets are those in the plain text; the value is the text itself unless one is given."""
    assert parse_annotated(text) == (plain, tuple(spans))


@pytest.mark.parametrize(
    "text", ["[a]", "[a] (e)", "[a]()", "[a](e:)", "[[a]](e)", "[](e)", "[a]{}", '[a] {"entity": "e"}']
)
def test_what_is_no_annotation_stays_text(text: str) -> None:
    assert parse_annotated(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]{b}", "no JSON object"),
        ("[a]{'entity': 'x'}", "no JSON object"),
        ('[a]{"entity": "e", "value": "}"}', "no JSON object"),
        ('[a]{"role": "r"}', "lacks the key 'entity'"),
        ('[a][{"role": "r"}]', "lacks the key 'entity'"),
        ('[a]{"entity": 1}', "the entity in"),
        ('[a]{"entity": "e", "role": null}', "the role in"),
        ('[a]{"entity": "e", "value": null}', "the value in"),
        ('[a]{"entity": "e", "value": true}', "the value in"),
        ('[a]{"entity": "e", "value": ["x"]}', "the value in"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadAnnotation, match=words):
        parse_annotated(text)
