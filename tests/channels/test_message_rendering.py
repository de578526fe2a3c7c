"""What a channel gets of a message that it has no form of its own for: text, as stock Rasa writes it."""

from __future__ import annotations

from typing import Any

import pytest

from turnwise.channels.collector import Collector
from turnwise.channels.message_rendering import RenderedOutput


class TextOnly(RenderedOutput):
    """A channel that knows nothing but text."""

    name = "text"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        self.sent.append(text)


BUTTON = {"title": "Yes", "payload": "/yes"}


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ({"text": "Hi."}, ["Hi."]),
        ({"text": ""}, []),
        ({"text": "Sure?", "buttons": [BUTTON, {"title": "No"}]}, ["Sure?", "1: Yes (/yes)", "2: No"]),
        (
            {"text": "Sure?", "buttons": [{**BUTTON, "foo": 1}]},
            ["Sure?", '1: Yes (/yes) - {"foo": 1}'],
        ),
        ({"text": "Sure?", "quick_replies": [BUTTON]}, ["Sure?", "1: Yes (/yes)"]),
        ({"text": None, "buttons": [BUTTON]}, ["1: Yes (/yes)"]),
        ({"text": "Look.", "image": "i.png", "attachment": "a"}, ["Look.", "Image: i.png", "Attachment: a"]),
        ({"text": None, "custom": {"a": "é"}}, ['{"a": "\\u00e9"}']),
        (
            {"elements": [{"title": "A", "subtitle": "B", "buttons": [BUTTON]}, {"title": "C"}]},
            ["A : B", "1: Yes (/yes)", "C : "],
        ),
        ({"text": "T", "custom": {}, "image": "", "attachment": None, "elements": []}, ["T"]),
    ],
)
async def test_what_cannot_be_shown_becomes_text(message: dict[str, Any], sent: list[str]) -> None:
    """Buttons, pictures, cards and payloads are written out."""
    channel = TextOnly()
    await channel.send("ada", message)
    assert channel.sent == sent


async def test_parts_come_in_order() -> None:
    """Text with its choices, then payload, image, attachment, cards; suggestions win over buttons."""
    output = Collector()
    await output.send(
        "ada",
        {
            "elements": [{"title": "T", "subtitle": "S"}],
            "attachment": {"link": "a"},
            "image": "i.png",
            "custom": {"c": 1},
            "buttons": [BUTTON],
            "quick_replies": [{"title": "Q", "payload": "/q"}],
            "text": "All",
        },
    )
    assert output.messages == [
        {"recipient_id": "ada", "text": "All", "buttons": [{"title": "Q", "payload": "/q"}]},
        {"recipient_id": "ada", "custom": {"c": 1}},
        {"recipient_id": "ada", "image": "i.png"},
        {"recipient_id": "ada", "attachment": {"link": "a"}},
        {"recipient_id": "ada", "text": "T : S", "buttons": []},
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one\ntwo\n\nthree\n", ["one\ntwo", "three"]),
        ("  a  \n\n b ", ["a  ", " b"]),
        ("a\n\n\n\nb", ["a", "", "b"]),
    ],
)
async def test_blank_lines_divide_messages(text: str, parts: list[str]) -> None:
    """Each paragraph is a message of its own; only the whole text is stripped."""
    output = Collector()
    await output.send("ada", {"text": text})
    assert output.messages == [{"recipient_id": "ada", "text": part} for part in parts]


async def test_text_with_buttons_is_not_divided() -> None:
    """Buttons belong to the whole text."""
    output = Collector()
    await output.send("ada", {"text": "x\n\ny", "buttons": [BUTTON]})
    assert output.messages == [{"recipient_id": "ada", "text": "x\n\ny", "buttons": [BUTTON]}]


async def test_what_metadata_holds_is_handed_to_each_part() -> None:
    """A channel may read keys beside the parts, such as `button_type`."""
    seen: dict[str, Any] = {}

    class Curious(TextOnly):
        async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
            seen.update(extra)

    await Curious().send("ada", {"text": None, "image": "i.png", "size": "small"})
    assert seen == {"size": "small"}
