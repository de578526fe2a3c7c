"""From a domain of Rasa 2 to one of Rasa 3: slots are filled by mappings of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnwise.errors import Place, ProjectError, UsageError
from turnwise.project.domain_merge import name_of
from turnwise.project.files import YAML_EXTENSIONS, files_below
from turnwise.project.findings import Notice
from turnwise.project.versions import LATEST_VERSION
from turnwise.project.yaml import read_yaml
from turnwise.project.yaml_writer import Quoted, to_yaml

_UNIQUE_SECTIONS = ("slots", "forms")
_ASKED_FOR = ("from_text", "from_intent")
"""Mappings that took a value only while their slot was asked for."""
_OLD_TYPE = "unfeaturized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What was written."""

    migrated: Path
    backup: Path
    notices: tuple[Notice, ...] = ()


def migrate_domain(domain: Path, out: Path | None = None) -> Migration:
    """Writes the domain, a file or a folder, for Rasa 3 and puts a copy of the original beside it.

    Args:
        out: Where to; `new_domain` or `new_domain.yml` beside the original unless given.

    Raises:
        UsageError: a target exists already.
        ProjectError: a file cannot be read, is migrated already, or a section stands in two files.
    """
    suffix = "" if domain.is_dir() else ".yml"
    target = out or domain.parent / f"new_domain{suffix}"
    backup = domain.parent / f"original_domain{suffix}"
    for path in (target, backup):
        if path.exists() and not (path == target and path.is_dir() and not any(path.iterdir())):
            raise UsageError(f"'{path}' exists already\n  fix: move it away, or choose another --out")
    files = files_below(domain, YAML_EXTENSIONS) if domain.is_dir() else [str(domain)]
    contents = {file: _read_old(file) for file in files}
    notices = tuple(_migrate(contents))
    if domain.is_dir():
        shutil.copytree(domain, backup)
    else:
        shutil.copy2(domain, backup)
    for file, content in contents.items():
        written = target / Path(file).relative_to(domain) if domain.is_dir() else target
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(to_yaml(content), encoding="utf-8")
    return Migration(migrated=target, backup=backup, notices=notices)


def _read_old(file: str) -> dict[str, Any]:
    document = read_yaml(file)
    content = document.data
    if not isinstance(content, dict):
        raise ProjectError(Place(file, 1), "this is no domain", fix="write sections such as 'intents:'")
    if str(content.get("version", "")).startswith("3"):
        place = document.place("version")
        raise ProjectError(place, "the domain is one of Rasa 3 already", fix="there is nothing to do")
    for section in _UNIQUE_SECTIONS:
        _check_section(content.get(section) or {}, document.place(section))
    return content


def _check_section(section: Any, place: Place) -> None:
    """Stops on what not even Rasa 2 wrote, such as the plain list of forms that Rasa 1 had."""
    if not isinstance(section, dict):
        raise ProjectError(
            place, "expected a mapping, found a list or text", fix="write 'name:' and what it has"
        )
    for name, item in section.items():
        if not isinstance(item, dict) and item is not None:
            raise ProjectError(
                place.at(str(name)), "expected a mapping", fix="write what it has below its name"
            )


def _migrate(contents: dict[str, dict[str, Any]]) -> Iterator[Notice]:
    """Changes the files' contents; yields what should be looked at."""
    owners = {section: _owner(section, contents) for section in _UNIQUE_SECTIONS}
    slots = contents[owners["slots"]]["slots"] if owners["slots"] else {}
    forms = contents[owners["forms"]]["forms"] if owners["forms"] else {}
    entities = {name_of(item) for content in contents.values() for item in content.get("entities") or ()}
    filled = _mappings_of_forms(forms)
    for name, slot in slots.items():
        slots[name] = _migrated_slot(name, slot or {}, filled.get(name, []), entities)
        if slots[name]["mappings"] == [{"type": "custom"}]:
            place = Place(owners["slots"] or "", 0, ("slots", str(name)))
            yield Notice(
                place, "nothing fills the slot, so it got a custom mapping", "check that it is meant"
            )
    for name, form in forms.items():
        forms[name] = _migrated_form(form or {})
    for file, content in contents.items():
        contents[file] = {
            "version": Quoted(LATEST_VERSION),
            **{k: v for k, v in content.items() if k != "version"},
        }


def _owner(section: str, contents: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The file with a section that may stand in one only."""
    files = [file for file, content in contents.items() if content.get(section)]
    if len(files) > 1:
        place = Place(files[1], 0, (section,))
        raise ProjectError(place, f"'{section}' stands in {files[0]} too", fix="put them together first")
    return files[0] if files else None


def _mappings_of_forms(forms: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """For each slot the mappings that forms had for it; equal ones once, with the conditions of all."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for form_name, form in forms.items():
        for slot, mappings in _slots_of(form or {}).items():
            for mapping in mappings or ():
                condition = {"active_loop": form_name}
                if mapping.get("type") in _ASKED_FOR:
                    condition["requested_slot"] = slot
                key = json.dumps(mapping, sort_keys=True, default=str)
                known = found.setdefault(slot, {}).setdefault(key, {**mapping, "conditions": []})
                known["conditions"].append(condition)
    return {slot: list(mappings.values()) for slot, mappings in found.items()}


def _slots_of(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Slots of an old form, each with its mappings; before Rasa 2.6 they stood directly below the name."""
    slots = form.get("required_slots", {key: v for key, v in form.items() if key != "ignored_intents"})
    return dict.fromkeys(slots, ()) if isinstance(slots, list) else slots or {}


def _migrated_slot(
    name: str, slot: Mapping[str, Any], mappings: list[dict[str, Any]], entities: set[str]
) -> dict[str, Any]:
    fills_itself = slot.get("auto_fill", True) is not False
    migrated = {key: value for key, value in slot.items() if key not in ("auto_fill", "mappings")}
    if migrated.get("type") == _OLD_TYPE:
        migrated["type"] = "any"
        migrated.pop("influence_conversation", None)
    mappings = [*(slot.get("mappings") or ()), *mappings]
    if fills_itself and name in entities:
        mappings.append({"type": "from_entity", "entity": name})
    migrated["mappings"] = mappings or [{"type": "custom"}]
    return migrated


def _migrated_form(form: Mapping[str, Any]) -> dict[str, Any]:
    migrated: dict[str, Any] = {"required_slots": list(_slots_of(form))}
    if "ignored_intents" in form:
        migrated["ignored_intents"] = form["ignored_intents"]
    return migrated
