"""Phone calls through Twilio: its speech recognition in, its voices out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import msgspec

from turnwise.channels.channel import Credentials, InputChannel, OnMessage
from turnwise.channels.message_rendering import Button, RenderedOutput, paragraphs
from turnwise.channels.rest import turn_succeeds
from turnwise.channels.twilio_signature import NOT_SIGNED, TwilioSignature
from turnwise.channels.webhook import BAD_MESSAGE, FORM, NOT_KEPT, channel_routes, user_message
from turnwise.dialogue.events import BotUttered
from turnwise.errors import UsageError
from turnwise.interventions import full_tracker
from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/twilio_voice/webhook"
SPEECH_MODELS = ("default", "numbers_and_commands", "phone_call")
VOICES = ("man", "woman", "alice")
"""Besides all that begin with `Polly.`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """What may stand under `twilio_voice` in credentials.yml."""

    initial_prompt: str = "hello"
    """Taken as the caller's first message."""
    reprompt_fallback_phrase: str = "I'm sorry I didn't get that could you rephrase."
    """Said when nothing was heard and nothing has been said before."""
    assistant_voice: str = "woman"
    speech_timeout: str = "5"
    """Seconds of silence that end what the caller says, or `auto`."""
    speech_model: str = "default"
    enhanced: str = "false"
    """`true` for the better recognition, with the model `phone_call` only."""

    def mistakes(self) -> list[str]:
        """What is wrong with the settings, a sentence each."""
        found = []
        if self.assistant_voice not in VOICES and not self.assistant_voice.startswith("Polly."):
            found.append(f"assistant_voice '{self.assistant_voice}' is none of {', '.join(VOICES)}, Polly.*")
        if self.speech_timeout != "auto" and not self.speech_timeout.isdigit():
            found.append(f"speech_timeout '{self.speech_timeout}' is neither a number of seconds nor 'auto'")
        if self.speech_model not in SPEECH_MODELS:
            found.append(f"speech_model '{self.speech_model}' is none of {', '.join(SPEECH_MODELS)}")
        if self.enhanced.lower() not in ("true", "false"):
            found.append(f"enhanced '{self.enhanced}' is neither 'true' nor 'false'")
        if self.enhanced.lower() == "true" and self.speech_model != "phone_call":
            found.append("enhanced 'true' needs speech_model 'phone_call'")
        if self.speech_timeout == "auto" and self.speech_model != "numbers_and_commands":
            found.append("speech_timeout 'auto' needs speech_model 'numbers_and_commands'")
        return found


class VoiceOutput(RenderedOutput):
    """Collects what is to be said."""

    name: str = "twilio_voice"
    collects: bool = True

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send_text_message(self, recipient_id: str, text: str, **extra: Any) -> None:
        if any(ord(sign) >= 0x1F000 for sign in text):
            log.warning("twilio_voice.emoji reason=they are not spoken well")
        self.texts += paragraphs(text)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str | None, buttons: Sequence[Button], **extra: Any
    ) -> None:
        """Says the text, then the title of each button."""
        if text:
            await self.send_text_message(recipient_id, text)
        for button in buttons:
            await self.send_text_message(recipient_id, str(button.get("title") or ""))

    async def send_image_url(self, recipient_id: str, image: str, **extra: Any) -> None:
        log.warning("twilio_voice.image_left_out")


class TwilioVoiceChannel(InputChannel):
    """Twilio posts what the caller said to /webhooks/twilio_voice/webhook, and reads the answer aloud."""

    def __init__(self, settings: VoiceSettings, *, signature: TwilioSignature | None = None) -> None:
        """
        Raises:
            UsageError: the settings contradict each other or Twilio.
        """
        if settings.mistakes():
            raise UsageError("; ".join(settings.mistakes()))
        self.settings = settings
        self._signature = signature

    @classmethod
    def name(cls) -> str:
        return "twilio_voice"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> TwilioVoiceChannel:
        texts = {key: _word(value) for key, value in credentials.items()}
        try:
            settings = msgspec.convert(texts, VoiceSettings)
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from error
        return cls(settings, signature=TwilioSignature.of(credentials, cls.name()))

    def blueprint(self, on_message: OnMessage) -> Blueprint:
        """`POST /webhook` answers with TwiML."""
        from sanic.response import text

        routes = channel_routes(self.name())

        @routes.post("/webhook", error_format="json")
        @describe(
            body=Content(about="What the caller said, as Twilio posts it.", media=(FORM,)),
            answers={
                200: Content(about="What Twilio shall say, as TwiML.", media=("text/xml",)),
                400: BAD_MESSAGE,
                403: NOT_SIGNED,
                503: NOT_KEPT,
            },
        )
        async def receive(request: Request) -> HTTPResponse:
            """Takes what a caller said."""
            if self._signature is not None:
                self._signature.check(request)
            form: Any = request.form or {}
            sender = form.get("From")
            heard = form.get("SpeechResult")
            if heard is None and form.get("CallStatus") == "ringing":
                heard = self.settings.initial_prompt
            output = VoiceOutput()
            if heard is None:
                output.texts = await self._said_last(request, sender)
            else:
                message = user_message(self.name(), text=heard, sender=str(sender or ""), output=output)
                await turn_succeeds(on_message, message)
            return text(self.twiml(output.texts), content_type="text/xml")

        return routes

    async def _said_last(self, request: Request, sender: str) -> list[str]:
        """What the assistant said last in this call, to be said again."""
        tracker = await full_tracker(request.app.ctx.agent, sender)
        if tracker is not None:
            for event in tracker.backwards():
                if isinstance(event, BotUttered) and event.text:
                    return [event.text]
        return [self.settings.reprompt_fallback_phrase]

    def twiml(self, texts: Sequence[str]) -> str:
        """What Twilio shall do: say the texts with pauses between them, and listen while it says the last."""
        response = ET.Element("Response")
        for text in texts[:-1]:
            self._say(response, text)
            ET.SubElement(response, "Pause", length="1")
        if texts:
            gather = ET.SubElement(
                response,
                "Gather",
                {
                    "action": WEBHOOK,
                    "actionOnEmptyResult": "true",
                    "enhanced": self.settings.enhanced,
                    "input": "speech",
                    "speechModel": self.settings.speech_model,
                    "speechTimeout": self.settings.speech_timeout,
                },
            )
            self._say(gather, texts[-1])
        return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(response, encoding="unicode")

    def _say(self, parent: ET.Element, text: str) -> None:
        ET.SubElement(parent, "Say", voice=self.settings.assistant_voice).text = text


def _word(value: Any) -> str:
    """A setting as text; YAML reads `true` and `5` as something else."""
    return str(value).lower() if isinstance(value, bool) else str(value)
