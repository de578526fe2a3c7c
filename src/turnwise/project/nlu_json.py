"""NLU data in JSON: Rasa's own old format, and exports of LUIS, Wit.ai and Dialogflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from turnwise.errors import Place, ProjectError
from turnwise.project.cursor import Cursor
from turnwise.project.nlu_collector import NLUCollector
from turnwise.project.nlu_data import EntitySpan, Regex
from turnwise.project.yaml import Document, parse_yaml, read_text

_SIBLINGS = ("_usersays_", "_entries_")
"""In names of Dialogflow files that belong to another one."""
WIT_DEFAULT_INTENT = "out_of_scope"


def read_nlu_json(file: str, collector: NLUCollector) -> None:
    """Adds what a JSON file holds; files that are no NLU data add nothing.

    Raises:
        ProjectError: the file cannot be read.
    """
    if any(sign in Path(file).name for sign in _SIBLINGS):
        return
    document = _parsed(file)
    if document is None or not isinstance(document.data, dict):
        return
    for sign, (name, read) in _FORMATS.items():
        if sign in document.data:
            top = Cursor.top(document, collector.findings)
            top.note(f"this is NLU data of {name}", fix="'rasa data convert nlu' writes it as YAML")
            read(top, collector)
            return


def _parsed(file: str) -> Document | None:
    """The file's values; lines too where the YAML parser reads the same from it."""
    text = read_text(file)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        if "rasa_nlu_data" not in text:
            return None  # some other file that happens to lie here
        problem = f"is no JSON: {error.msg}"
        raise ProjectError(Place(file, error.lineno), problem, fix="check commas and quotes") from error
    try:
        document = parse_yaml(text, file=file)
    except ProjectError:
        document = None
    if document is not None and document.data == data:
        return document
    return Document(file=file, data=data, lines={})


def _mappings(parent: Cursor, key: str) -> Iterator[Cursor]:
    """The mappings in the list under `key`; none if there is no such list."""
    listed = parent.get(key)
    if listed is not None and listed.value is not None and listed.is_list("[…]"):
        yield from (item for item in listed.items() if item.is_mapping("{…}"))


def _span(entity: Mapping[str, Any], text: str, *, start: int, end: int, name: str) -> EntitySpan:
    value = entity.get("value")
    return EntitySpan(
        entity=name,
        start=start,
        end=end,
        value=text[start:end] if value is None else value,
        role=entity.get("role") or None,
        group=entity.get("group") or None,
    )


def _spans(example: Cursor, text: str, keys: tuple[str, str], *, last: int = 0) -> tuple[EntitySpan, ...]:
    """Entities whose offsets stand under `keys`; `last` is added to the end."""
    spans = []
    for entity in _mappings(example, "entities"):
        start, end = (entity.value.get(key) for key in keys)
        if isinstance(start, int) and isinstance(end, int) and isinstance(entity.value.get("entity"), str):
            name = entity.value["entity"]
            spans.append(_span(entity.value, text, start=start, end=end + last, name=name))
        else:
            entity.wrong(f"an entity needs 'entity', '{keys[0]}' and '{keys[1]}'", fix="add what is missing")
    return tuple(spans)


def _read_rasa(top: Cursor, collector: NLUCollector) -> None:
    data = top.child("rasa_nlu_data")
    if not data.is_mapping("common_examples: […]"):
        return
    for key in ("common_examples", "intent_examples", "entity_examples"):
        for example in _mappings(data, key):
            text = example.value.get("text") or ""
            intent = example.value.get("intent_response_key") or example.value.get("intent")
            spans = _spans(example, text, ("start", "end"))
            collector.add_example(text, intent, spans, example.place, example.value.get("metadata") or {})
    for regex in _mappings(data, "regex_features"):
        collector.regexes.append(
            Regex(name=regex.value.get("name", ""), pattern=regex.value.get("pattern", ""), place=regex.place)
        )
    for table in _mappings(data, "lookup_tables"):
        elements = table.value.get("elements") or ()
        listed = _elements_of_file(elements, table) if isinstance(elements, str) else elements
        collector.add_lookup(table.value.get("name", ""), map(str, listed), table.place)
    for synonym in _mappings(data, "entity_synonyms"):
        for words in synonym.value.get("synonyms") or ():
            collector.add_synonym(str(words), str(synonym.value.get("value")), synonym.place)


def _elements_of_file(path: str, table: Cursor) -> list[str]:
    """One element per line of a file named in the table."""
    try:
        return [line.strip() for line in read_text(path).splitlines() if line.strip()]
    except ProjectError as error:
        table.note(f"the table's file is missing ({error.problem})", fix=f"check the path {path}")
        return []


def _read_luis(top: Cursor, collector: NLUCollector) -> None:
    for example in _mappings(top, "utterances"):
        text = example.value.get("text") or ""
        intent = (example.value.get("intent") or "").strip() or None
        spans = _spans(example, text, ("startPos", "endPos"), last=1)
        collector.add_example(text, intent, spans, example.place, {})
    for regex in _mappings(top, "regex_features"):
        if regex.value.get("activated"):
            pattern = Regex(name=regex.value["name"], pattern=regex.value["pattern"], place=regex.place)
            collector.regexes.append(pattern)
    for regex in _mappings(top, "regex_entities"):
        pattern = Regex(name=regex.value["name"], pattern=regex.value["regexPattern"], place=regex.place)
        collector.regexes.append(pattern)


def _read_wit(top: Cursor, collector: NLUCollector) -> None:
    for example in _mappings(top, "utterances"):
        text = example.value.get("text") or ""
        spans = []
        for span in _spans(example, text, ("start", "end")):
            name, colon, role = span.entity.partition(":")
            spans.append(
                EntitySpan(
                    entity=name,
                    start=span.start,
                    end=span.end,
                    value=text[span.start : span.end],
                    role=role if colon else None,
                )
            )
        intent = example.value.get("intent") or WIT_DEFAULT_INTENT
        collector.add_example(text, intent, tuple(spans), example.place, {})


def _sibling(top: Cursor, kind: str) -> Cursor | None:
    """The file beside this one with its sentences or entries, English first."""
    file = Path(top.document.file)
    found = sorted(
        file.parent.glob(f"{file.stem}_{kind}_*.json"), key=lambda path: ("_en." not in path.name, path)
    )
    document = _parsed(str(found[0])) if found else None
    return Cursor.top(document, top.findings) if document else None


def _read_dialogflow_intent(top: Cursor, collector: NLUCollector) -> None:
    sentences = _sibling(top, "usersays")
    if sentences is None or not sentences.is_list("[…]"):
        return
    for sentence in sentences.items():
        text, spans = "", []
        for chunk in sentence.value.get("data") or ():
            start, text = len(text), text + chunk["text"]
            if chunk.get("alias"):
                spans.append(_span({}, text, start=start, end=len(text), name=chunk["alias"]))
        collector.add_example(text, top.value.get("name"), tuple(spans), sentence.place, {})


def _read_dialogflow_entity(top: Cursor, collector: NLUCollector) -> None:
    entries = _sibling(top, "entries")
    name = top.value.get("name", "")
    if entries is None or not entries.is_list("[…]"):
        return
    for entry in entries.items():
        words = [str(word) for word in entry.value.get("synonyms") or ()]
        if top.value.get("isRegexp"):
            collector.regexes.extend(Regex(name=name, pattern=word, place=entry.place) for word in words)
            continue
        if not top.value.get("isEnum"):
            for word in words:
                collector.add_synonym(word, str(entry.value.get("value")), entry.place)
        collector.add_lookup(name, (word for word in words if "@" not in word), entry.place)


_FORMATS: Mapping[str, tuple[str, Callable[[Cursor, NLUCollector], None]]] = {
    "rasa_nlu_data": ("an old Rasa version", _read_rasa),
    "luis_schema_version": ("LUIS", _read_luis),
    "utterances": ("Wit.ai", _read_wit),
    "responses": ("Dialogflow", _read_dialogflow_intent),
    "isEnum": ("Dialogflow", _read_dialogflow_entity),
}
"""By the key that tells a format, in the order they are looked for."""
