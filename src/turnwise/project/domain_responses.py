"""Responses in domain and NLU files: what may stand there."""

from __future__ import annotations

from turnwise.project.cursor import Cursor

_TEXTS = ("text", "image", "channel", "id", "button_type")
_LISTS = ("buttons", "quick_replies", "elements")
_MAPPINGS = ("attachment", "custom")
VARIATION_KEYS = (*_TEXTS, *_LISTS, *_MAPPINGS, "condition", "metadata")


def check_responses(section: Cursor) -> None:
    """Reports everything under `responses` that cannot be acted on."""
    if not section.is_mapping("utter_name: and, below it, - text: what is said"):
        return
    for _, response in section.entries():
        if response.is_list("- text: what is said"):
            for variation in response.items():
                if variation.is_mapping("- text: what is said"):
                    _check_variation(variation)


def _check_variation(variation: Cursor) -> None:
    variation.has_only(VARIATION_KEYS)
    for key, child in variation.entries():
        if child.value is None and key not in _MAPPINGS:
            continue
        if key in _TEXTS:
            child.is_text("the text in quotes")
        elif key in _LISTS:
            if child.is_list("- a mapping"):
                for item in child.items():
                    item.is_mapping("title: …")
        elif key in _MAPPINGS:
            child.is_mapping()
        elif key == "condition":
            _check_condition(child)
    if variation.value.get("text") is None and not variation.value.get("custom"):
        variation.wrong("there is nothing to say", fix="add text: (or custom: with a payload)")


def _check_condition(condition: Cursor) -> None:
    if condition.is_list("- {type: slot, name: vip, value: true}"):
        for constraint in condition.items():
            if constraint.is_mapping("type: slot"):
                constraint.has_only(("type", "name", "value"))
                if "value" not in constraint.value:
                    constraint.note("a condition without 'value' cannot be checked", fix="add value:")
