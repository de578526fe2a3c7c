"""Twilio: messages in and out, and phone calls."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from tests.channels.conftest import FakeService
from tests.server.conftest import Open
from turnwise.channels.delivery import NotDelivered, Service
from turnwise.channels.twilio import TwilioChannel, TwilioOutput
from turnwise.channels.twilio_voice import TwilioVoiceChannel, VoiceSettings
from turnwise.errors import UsageError

PHONE = "whatsapp:+4930123"
VOICE = "/webhooks/twilio_voice/webhook"


@pytest.fixture
def output(service: FakeService) -> TwilioOutput:
    return TwilioOutput(Service("Twilio"), "AC1", "secret", "whatsapp:+1555", api=service.url)


@pytest.fixture
def channel(output: TwilioOutput) -> TwilioChannel:
    channel = TwilioChannel("AC1", "secret", "whatsapp:+1555")
    channel._output = output
    channel._service = output._service
    return channel


async def test_a_message_is_answered_over_the_api(
    open_server: Open, service: FakeService, channel: TwilioChannel
) -> None:
    """The webhook answers 204; each message goes to the sender, with the account's credentials."""
    client = await open_server(channels=[channel])
    form = {"From": PHONE, "Body": " /external ", "MessageSid": "SM1"}
    async with client.post("/webhooks/twilio/webhook", data=form) as response:
        assert response.status == 204
    path = "/2010-04-01/Accounts/AC1/Messages.json"
    common = {"To": PHONE, "From": "whatsapp:+1555"}
    assert service.got == [
        (path, {**common, "Body": "Something happened."}),
        (path, {**common, "Body": "It did."}),
    ]
    assert all(header is not None and header.startswith("Basic ") for header in service.authorized)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"From": PHONE, "Body": "", "Latitude": "1.5", "Longitude": "2"}, None),
        ({"From": PHONE, "Body": "hi"}, "hi"),
    ],
)
async def test_locations_are_an_intent(
    open_server: Open, channel: TwilioChannel, form: dict[str, str], text: str | None
) -> None:
    """A place that is sent becomes `/locationData{...}`."""
    client = await open_server(channels=[channel])
    async with client.post("/webhooks/twilio/webhook", data=form) as response:
        assert response.status == 204
    async with client.get(f"/conversations/{PHONE}/tracker") as response:
        said = (await response.json())["latest_message"]["text"]
    assert said == (text or "/locationData{'Latitude': 1.5, 'Longitude': 2}")


@pytest.mark.parametrize("form", [{}, {"From": PHONE}, {"Body": "hi"}])
async def test_what_is_no_message(open_server: Open, channel: TwilioChannel, form: dict[str, str]) -> None:
    """Status reports and the like are answered, and nothing happens."""
    client = await open_server(channels=[channel])
    async with client.post("/webhooks/twilio/webhook", data=form) as response:
        assert response.status == 204


async def test_sending_is_tried_again(service: FakeService, output: TwilioOutput) -> None:
    """A message that Twilio does not take is sent up to five times."""
    service.answers = [500] * 4
    await output.send(PHONE, {"text": "patience"})
    assert len(service.got) == 5
    service.answers = [500] * 5
    with pytest.raises(NotDelivered, match="500"):
        await output.send(PHONE, {"text": "in vain"})
    await _close(output)


async def test_pictures_and_payloads(service: FakeService, output: TwilioOutput) -> None:
    """Images are media; payloads are parameters of the API, spelt as in Twilio's library or as in its API."""
    await output.send(PHONE, {"text": None, "image": "https://example.org/i.png"})
    await output.send(PHONE, {"text": None, "custom": {"media_url": "m", "from_": "other", "To": "x"}})
    assert [body for _, body in service.got] == [
        {"To": PHONE, "From": "whatsapp:+1555", "MediaUrl": "https://example.org/i.png"},
        {"MediaUrl": "m", "From": "other", "To": "x"},
    ]
    await _close(output)


async def _close(output: TwilioOutput) -> None:
    session = output._service._session
    if session is not None:
        await session.close()


def test_credentials_are_needed() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="auth_token, twilio_number"):
        TwilioChannel.from_credentials({"account_sid": "AC1"})


async def test_a_call(open_server: Open) -> None:
    """The answer is said, the last part of it while listening for what the caller says next."""
    client = await open_server(channels=[TwilioVoiceChannel(VoiceSettings(initial_prompt="/external"))])
    async with client.post(VOICE, data={"From": "+49", "CallStatus": "ringing"}) as response:
        assert response.content_type == "text/xml"
        assert await response.text() == (
            '<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="woman">Something happened.</Say>'
            '<Pause length="1" /><Gather action="/webhooks/twilio_voice/webhook" actionOnEmptyResult="true"'
            ' enhanced="false" input="speech" speechModel="default" speechTimeout="5">'
            '<Say voice="woman">It did.</Say></Gather></Response>'
        )
    async with client.post(VOICE, data={"From": "+49", "SpeechResult": "/ask"}) as response:
        said = await response.text()
    assert said.index("Sure?") < said.index("Yes"), "buttons are read after the text"


async def test_silence_on_the_line(open_server: Open) -> None:
    """What was said last is said again; at the beginning the caller is asked to speak."""
    client = await open_server(channels=[TwilioVoiceChannel(VoiceSettings())])
    async with client.post(VOICE, data={"From": "+49", "CallStatus": "in-progress"}) as response:
        assert "rephrase" in await response.text()
    async with client.post(VOICE, data={"From": "+49", "SpeechResult": "/ask"}):
        pass
    async with client.post(VOICE, data={"From": "+49", "CallStatus": "in-progress"}) as response:
        assert "Sure?" in await response.text()


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        ({"assistant_voice": "robot"}, "assistant_voice"),
        ({"speech_timeout": "soon"}, "speech_timeout"),
        ({"speech_timeout": "auto"}, "numbers_and_commands"),
        ({"speech_model": "opera"}, "speech_model"),
        ({"enhanced": "maybe"}, "enhanced"),
        ({"enhanced": True}, "phone_call"),
    ],
)
def test_voices_that_cannot_be(credentials: dict[str, Any], problem: str) -> None:
    """Settings that Twilio would refuse are refused when the server starts."""
    with pytest.raises(UsageError, match=problem):
        TwilioVoiceChannel.from_credentials(credentials)


def test_voices_that_can_be() -> None:
    """Numbers and booleans may be written as such."""
    credentials = {"assistant_voice": "Polly.Joanna", "speech_timeout": 3, "enhanced": True}
    channel = TwilioVoiceChannel.from_credentials({**credentials, "speech_model": "phone_call"})
    assert channel.settings.speech_timeout == "3"


ADDRESS = "https://bot.example.org/webhooks/twilio/webhook"


@pytest.mark.parametrize(
    ("kind", "path"), [(TwilioChannel, "/webhooks/twilio/webhook"), (TwilioVoiceChannel, VOICE)]
)
async def test_only_twilio_may_post_where_the_address_is_known(
    open_server: Open, kind: type[TwilioChannel] | type[TwilioVoiceChannel], path: str
) -> None:
    """It signs address, query and form with the account's token; without the signature nothing happens."""
    account = {"account_sid": "AC1", "auth_token": "secret", "twilio_number": "+1555", "webhook_url": ADDRESS}
    client = await open_server(channels=[kind.from_credentials(account)])
    form = {"From": PHONE, "CallStatus": "completed", "Latitude": "1"}
    signed = RequestValidator("secret").compute_signature(f"{ADDRESS}?from=console", form)
    for signature, changed, accepted in (
        (signed, {}, True),
        (signed, {"From": "whatsapp:+666"}, False),
        ("forged", {}, False),
        ("", {}, False),
    ):
        headers = {"X-Twilio-Signature": signature}
        async with client.post(f"{path}?from=console", data=form | changed, headers=headers) as response:
            assert (response.status < 300) is accepted
            assert accepted or response.status == 403


def test_a_signature_needs_the_token() -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match="auth_token"):
        TwilioVoiceChannel.from_credentials({"webhook_url": ADDRESS})
