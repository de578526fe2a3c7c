"""Reading NLU training data: Rasa's YAML here, other formats through their own readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from turnwise.errors import Place, ProjectError
from turnwise.project.cursor import Cursor
from turnwise.project.domain_responses import check_responses
from turnwise.project.entity_annotations import BadAnnotation, parse_annotated
from turnwise.project.files import (
    DATA_EXTENSIONS,
    files_below,
    holds_nlu,
    holds_old_nlu,
    is_yaml,
)
from turnwise.project.findings import Findings
from turnwise.project.nlu_collector import RESPONSE_SEPARATOR, NLUCollector
from turnwise.project.nlu_data import NLUData, Regex
from turnwise.project.versions import is_readable
from turnwise.project.yaml import Document, parse_yaml, read_text

ITEM_KINDS = ("intent", "synonym", "regex", "lookup")
_STRIPPED = "\n\r "


def load_nlu(paths: str | Path | Iterable[str | Path]) -> NLUData:
    """All NLU data in files, and in files below folders.

    Raises:
        ProjectError: something in them is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    data = read_nlu(paths, findings)
    findings.stop_on_mistakes()
    return data


def nlu_from_text(text: str, *, file: str = "nlu.yml") -> NLUData:
    """The NLU data that `text` holds in YAML; `file` is what errors call it.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    collector = NLUCollector(findings)
    read_nlu_document(parse_yaml(text, file=file), collector)
    findings.stop_on_mistakes()
    return collector.result()


def read_nlu(paths: str | Path | Iterable[str | Path], findings: Findings) -> NLUData:
    """As `load_nlu`, but mistakes go to `findings` and what is right is returned."""
    collector = NLUCollector(findings)
    for file in files_below(paths, DATA_EXTENSIONS):
        try:
            _read_file(file, collector)
        except ProjectError as error:
            findings.add(error)
    return collector.result()


def _read_file(file: str, collector: NLUCollector) -> None:
    if file.lower().endswith(".json"):
        from turnwise.project.nlu_json import read_nlu_json

        read_nlu_json(file, collector)
        return
    text = read_text(file)
    if is_yaml(file):
        if holds_nlu(text):
            read_nlu_document(parse_yaml(text, file=file), collector)
    elif holds_old_nlu(text):
        from turnwise.project.nlu_markdown import read_nlu_markdown

        read_nlu_markdown(text, file, collector)


def read_nlu_document(document: Document, collector: NLUCollector) -> None:
    """Adds what stands under `nlu` and `responses` of a parsed file."""
    top = Cursor.top(document, collector.findings)
    if not top.is_mapping("'nlu:' and, below it, a list") or not is_readable(top):
        return
    section = top.get("nlu")
    if section is not None and section.value is not None and section.is_list("- intent: name"):
        for item in section.items():
            if item.is_mapping("intent: name"):
                _read_item(item, collector)
    responses = top.get("responses")
    if responses is not None and responses.value is not None:
        check_responses(responses)
        _add_responses(responses, collector)


def _add_responses(section: Cursor, collector: NLUCollector) -> None:
    if not isinstance(section.value, dict):
        return
    for name, response in section.entries():
        if isinstance(response.value, list):
            collector.responses[str(name)] = tuple(response.value)
            collector.response_places[str(name)] = response.place


def _read_item(item: Cursor, collector: NLUCollector) -> None:
    kinds = [kind for kind in ITEM_KINDS if kind in item.value]
    if len(kinds) != 1:
        problem = f"{' and '.join(kinds)} stand in one item" if kinds else "it is not said what this is"
        item.wrong(problem, fix=f"begin each item with one of {', '.join(ITEM_KINDS)}")
        return
    kind = kinds[0]
    name = item.child(kind)
    allowed = (kind, "examples", "metadata") if kind == "intent" else (kind, "examples")
    if not item.has_only(allowed) or (name.value is not None and not name.is_text(f"the {kind}'s name")):
        return
    text = (name.value or "").strip()
    if not text:
        item.note(f"the {kind} has no name and is skipped", fix="write a name after the ':'")
        return
    item = item.named("nlu", text)
    if item.value.get("examples") is None:
        item.note(f"the {kind} '{text}' has no examples", fix="add examples: |")
    elif kind == "intent":
        _read_intent(text, item, collector)
    elif item.child("examples").is_text("examples: | and, below it, '- example'"):
        _read_values(kind, text, item.child("examples"), collector)


def _read_intent(name: str, item: Cursor, collector: NLUCollector) -> None:
    if name.count(RESPONSE_SEPARATOR) > 1:
        item.wrong(f"the intent '{name}' has more than one '/'", fix="write intent/response_key")
        return
    shared = item.value.get("metadata")
    metadata: dict[str, Any] = {} if shared is None else {"intent": shared}
    examples = item.child("examples")
    if isinstance(examples.value, list):
        for example in examples.items():
            _read_list_example(name, example, metadata, collector)
    elif examples.is_text("examples: | and, below it, '- sentence'"):
        for text, place in _lines(examples):
            _add_annotated(name, text, place, metadata, collector)


def _read_list_example(
    intent: str, example: Cursor, shared: Mapping[str, Any], collector: NLUCollector
) -> None:
    if not example.is_mapping("- text: a sentence") or not example.has_only(("text", "metadata")):
        return
    text = example.get("text")
    if text is None:
        example.wrong("'text' is missing", fix="add text: the sentence")
    elif text.is_text("the sentence"):
        own = example.value.get("metadata")
        metadata = dict(shared) if own is None else {**shared, "example": own}
        _add_annotated(intent, text.value.strip(_STRIPPED), example.place, metadata, collector)


def _add_annotated(
    intent: str, text: str, place: Place, metadata: Mapping[str, Any], collector: NLUCollector
) -> None:
    try:
        plain, entities = parse_annotated(text)
    except BadAnnotation as error:
        collector.findings.wrong(place, str(error), fix='write [words]{"entity": "name", "value": "value"}')
        return
    collector.add_example(plain, intent, entities, place, metadata)


def _read_values(kind: str, name: str, examples: Cursor, collector: NLUCollector) -> None:
    """Synonyms, regular expressions or the elements of a lookup table."""
    for text, place in _lines(examples):
        if kind == "synonym":
            collector.add_synonym(text, name, place)
        elif kind == "regex":
            _check_pattern(text, place, collector.findings)
            collector.regexes.append(Regex(name=name, pattern=text, place=place))
        else:
            collector.add_lookup(name, (text,), place)


def _check_pattern(pattern: str, place: Place, findings: Findings) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        findings.note(place, f"'{pattern}' is no regular expression: {error}", fix="escape it with '\\'")


def _lines(examples: Cursor) -> Iterator[tuple[str, Place]]:
    """The examples of a block, one per line; lines without '-' are skipped with a notice.

    The block begins on the line below its key; that is off only for texts in quotes.
    """
    file, keys, line = examples.document.file, examples.keys[:-1], examples.line
    for number, text in enumerate(examples.value.rstrip("\n").split("\n"), start=line + 1):
        place = Place(file, number, keys)
        if text[:1] == "-":
            yield text[1:].strip(_STRIPPED), place
        elif text.strip():
            examples.findings.note(place, f"'{text.strip()}' is skipped", fix="begin the line with '- '")
        else:
            examples.findings.note(place, "the empty line is skipped", fix="remove it")
