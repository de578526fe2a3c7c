"""NLU data in the Markdown of Rasa 1: sections such as `## intent:greet` with a list below."""

from __future__ import annotations

import re

from turnwise.errors import Place
from turnwise.project.entity_annotations import BadAnnotation, parse_annotated
from turnwise.project.nlu_collector import NLUCollector
from turnwise.project.nlu_data import Regex

_SECTION = re.compile(r"##\s*(?P<kind>intent|synonym|regex|lookup):(?P<name>.+)")
_ITEM = re.compile(r"\s*[-*+]\s?(?P<text>.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_nlu_markdown(text: str, file: str, collector: NLUCollector) -> None:
    """Adds what a Markdown file holds; lines outside of its sections are left aside."""
    collector.findings.note(
        Place(file, 1),
        "this is NLU data of an old Rasa version",
        fix="'rasa data convert nlu' writes it as YAML",
    )
    kind = name = ""
    for number, line in enumerate(_without_comments(text).splitlines(), start=1):
        section = _SECTION.match(line)
        if section:
            kind, name = section["kind"], section["name"].strip()
        elif line.startswith("#"):
            kind = ""
        elif kind and line.strip():
            item = _ITEM.match(line)
            value = (item["text"] if item else line).strip()
            _add(kind, name, value, Place(file, number, (f"{kind}:{name}",)), collector)


def _without_comments(text: str) -> str:
    """The text with as many lines as before."""
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)


def _add(kind: str, name: str, text: str, place: Place, collector: NLUCollector) -> None:
    if kind == "synonym":
        collector.add_synonym(text, name, place)
    elif kind == "regex":
        collector.regexes.append(Regex(name=name, pattern=text, place=place))
    elif kind == "lookup":
        collector.add_lookup(name, (text,), place)
    else:
        try:
            plain, spans = parse_annotated(text)
        except BadAnnotation as error:
            collector.findings.wrong(place, str(error), fix="write [words](entity)")
            return
        collector.add_example(plain, name, spans, place, {})
