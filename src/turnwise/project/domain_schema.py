"""What may stand in a domain file; every mistake is reported with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from turnwise.project.cursor import Cursor, described
from turnwise.project.domain_responses import check_responses
from turnwise.project.domain_slots import check_slots
from turnwise.project.findings import nearest

DOMAIN_KEYS = (
    "intents",
    "entities",
    "slots",
    "responses",
    "forms",
    "actions",
    "e2e_actions",
    "session_config",
    "config",
)
"""Sections of a domain, in the order they are documented in."""

INTENT_KEYS = ("use_entities", "ignore_entities", "is_retrieval_intent", "used_entities", "triggers")
ENTITY_KEYS = ("roles", "groups", "influence_conversation")


def check_domain(top: Cursor) -> None:
    """Reports everything in a domain file that cannot be acted on."""
    if not top.is_mapping("the sections of a domain, such as 'intents:' and 'responses:'"):
        return
    for key, section in top.entries():
        check = _SECTIONS.get(key)
        if check is not None:
            check(section)


def named_items(section: Cursor) -> Iterator[tuple[str, Cursor]]:
    """Name and cursor of each item of a list whose items are names, or mappings with one key."""
    for item in section.items():
        value = item.value
        if isinstance(value, dict) and len(value) == 1:
            name = str(next(iter(value)))
            yield name, item.child(next(iter(value))).named(*section.keys, name)
        elif isinstance(value, str):
            yield value, item.named(*section.keys, value)


def _check_named_list(section: Cursor, kind: str, known: tuple[str, ...]) -> None:
    """Intents or entities: names, or `name: {properties}`."""
    if not section.is_list(f"- {kind} name"):
        return
    for item in section.items():
        if isinstance(item.value, dict) and len(item.value) != 1:
            item.wrong(f"one {kind} is expected, found {len(item.value)} keys", fix="begin each with '- '")
        elif not isinstance(item.value, str | dict):
            item.wrong(
                f"expected the name of an {kind}, found {described(item.value)}", fix="put it in quotes"
            )
    for name, cursor in named_items(section):
        if isinstance(cursor.value, dict):
            _note_unknown(cursor, known)
        elif cursor.value is None:
            cursor.wrong(f"the {kind} '{name}' has a ':' but no properties", fix="remove the ':'")
        elif cursor.value != name:
            cursor.wrong(
                f"the properties of the {kind} '{name}' must be a mapping, found {described(cursor.value)}",
                fix=f"write one of {', '.join(known)}, or only the name",
            )
    _check_unique(section, kind)


def _note_unknown(cursor: Cursor, known: tuple[str, ...]) -> None:
    for key, child in cursor.entries():
        if key not in known:
            child.note(f"unknown property '{key}' has no effect", fix=nearest(key, known))


def _check_unique(section: Cursor, kind: str) -> None:
    first: dict[str, int] = {}
    for name, cursor in named_items(section):
        if name in first:
            cursor.wrong(
                f"the {kind} '{name}' stands on line {first[name]} and again on line {cursor.line}",
                fix="remove one of them",
            )
        first.setdefault(name, cursor.line)


def _check_intents(section: Cursor) -> None:
    _check_named_list(section, "intent", INTENT_KEYS)
    if not isinstance(section.value, list):
        return
    for _, cursor in named_items(section):
        for key in ("use_entities", "ignore_entities"):
            value = cursor.value.get(key) if isinstance(cursor.value, dict) else None
            if isinstance(value, str):
                cursor.child(key).note(
                    f"{key} is read letter by letter: no entity is meant", fix=f"write [{value}]"
                )
        if isinstance(cursor.value, dict) and "ignore_entities" in cursor.value:
            child = cursor.child("ignore_entities")
            if not isinstance(child.value, str):
                child.is_list_of_texts("a list of entities, or []")


def _check_entities(section: Cursor) -> None:
    _check_named_list(section, "entity", ENTITY_KEYS)
    if not isinstance(section.value, list):
        return
    for _, cursor in named_items(section):
        for key in ("roles", "groups"):
            if not isinstance(cursor.value, dict) or key not in cursor.value:
                continue
            child = cursor.child(key)
            if isinstance(child.value, str):
                child.note(f"{key} is read letter by letter", fix=f"write [{child.value}]")
            elif not isinstance(child.value, list):
                child.is_list(f"[{key[:-1]}]")


def _check_actions(section: Cursor) -> None:
    if not section.is_list("- action_name"):
        return
    for item in section.items():
        if isinstance(item.value, dict):
            _check_action_properties(item)
        else:
            item.is_text("the name of an action")
    _check_unique(section, "action")


def _check_action_properties(item: Cursor) -> None:
    if len(item.value) != 1:
        item.wrong(f"one action is expected, found {len(item.value)} keys", fix="begin each with '- '")
    for name, cursor in item.entries():
        cursor.has_name(name, "action")
        if cursor.is_mapping("{send_domain: true}") and cursor.has_only(("send_domain",)):
            child = cursor.get("send_domain")
            if child is not None:
                child.is_bool()


def _check_forms(section: Cursor) -> None:
    if not section.is_mapping("form_name: {required_slots: [slot]}"):
        return
    for name, form in section.entries():
        form.has_name(name, "form")
        if not form.is_mapping("{required_slots: [slot]}") or not form.has_only(
            ("required_slots", "ignored_intents")
        ):
            continue
        _check_form(str(name), form)


def _check_form(name: str, form: Cursor) -> None:
    slots = form.get("required_slots")
    if slots is None:
        if "ignored_intents" in form.value:
            form.wrong(
                f"the form '{name}' ignores intents but asks for nothing", fix="add required_slots: []"
            )
    elif isinstance(slots.value, dict) and slots.value:
        slots.wrong(
            "required_slots must be a list; mappings stand under slots since Rasa 3",
            fix="run 'rasa data migrate', which moves them there",
        )
    elif slots.value != {}:
        slots.is_list_of_texts("- slot_name")


def _check_texts(section: Cursor) -> None:
    section.is_list("- a sentence the assistant says")


def _check_session(section: Cursor) -> None:
    if not section.is_mapping("session_expiration_time: 60"):
        return
    minutes = section.get("session_expiration_time")
    if minutes is not None and minutes.is_number() and minutes.value < 0:
        minutes.wrong(f"{minutes.value} minutes is less than none", fix="write 0 to never expire, or minutes")
    carry_over = section.get("carry_over_slots_to_new_session")
    if carry_over is not None:
        carry_over.is_bool()
    _note_unknown(section, ("session_expiration_time", "carry_over_slots_to_new_session"))


def _check_config(section: Cursor) -> None:
    if section.is_mapping("store_entities_as_slots: true"):
        switch = section.get("store_entities_as_slots")
        if switch is not None:
            switch.is_bool()


_SECTIONS: Mapping[object, Callable[[Cursor], None]] = {
    "intents": _check_intents,
    "entities": _check_entities,
    "slots": check_slots,
    "responses": check_responses,
    "forms": _check_forms,
    "actions": _check_actions,
    "e2e_actions": _check_texts,
    "session_config": _check_session,
    "config": _check_config,
}
