"""Choosing a variation: this channel before any, conditions that hold before none."""

from __future__ import annotations

from typing import Any

import pytest

from turnwise.responses.response import bot_event, message_of
from turnwise.responses.templates import fitting, unique_id

VIP = [{"type": "slot", "name": "vip", "value": True}]
PLAIN: dict[str, Any] = {"text": "plain"}
CONDITIONAL: dict[str, Any] = {"text": "vip", "condition": VIP}
SLACK: dict[str, Any] = {"text": "slack", "channel": "slack"}
SLACK_VIP: dict[str, Any] = {"text": "slack vip", "channel": "slack", "condition": VIP}


@pytest.mark.parametrize(
    ("variations", "vip", "channel", "chosen"),
    [
        ([PLAIN, CONDITIONAL, SLACK, SLACK_VIP], True, "slack", [SLACK_VIP]),
        ([PLAIN, CONDITIONAL, SLACK], True, "slack", [SLACK]),
        ([PLAIN, CONDITIONAL], True, "slack", [CONDITIONAL]),
        ([PLAIN, CONDITIONAL, SLACK, SLACK_VIP], False, "rest", [PLAIN]),
        ([CONDITIONAL, SLACK_VIP], False, "slack", []),
        ([SLACK], False, "rest", []),
        ([PLAIN, dict(PLAIN)], False, "rest", [PLAIN, PLAIN]),
        ([{"text": "never", "condition": []}], True, "rest", []),
        ([], True, "rest", []),
    ],
)
def test_the_best_group_is_chosen(
    variations: list[dict[str, Any]], vip: bool, channel: str, chosen: list[dict[str, Any]]
) -> None:
    assert list(fitting(variations, {"vip": vip}, channel)) == chosen


def test_texts_are_compared_whatever_their_case() -> None:
    variation = {"text": "x", "condition": [{"type": "slot", "name": "city", "value": "ROME"}]}
    assert fitting([variation], {"city": "rome"}, "rest")


def test_an_id_is_told_only_if_all_are_different() -> None:
    assert unique_id([{"id": "a"}, {"id": "b"}]) == "a"
    assert unique_id([{"id": "a"}, {"id": "a"}]) is None
    assert unique_id([{}]) is None


def test_an_image_doubles_as_attachment_and_is_sent_once() -> None:
    event = bot_event({"text": "t", "image": "i.png", "utter_action": "utter_x"})
    assert event.data["attachment"] == "i.png"
    assert event.metadata == {"utter_action": "utter_x"}
    assert message_of(event)["attachment"] is None
