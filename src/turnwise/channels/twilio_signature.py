"""Requests that only Twilio can have sent: it signs them with the account's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from turnwise.channels.channel import Credentials
from turnwise.channels.webhook import Refusal, needed
from turnwise.errors import UsageError
from turnwise.openapi import Content

if TYPE_CHECKING:
    from sanic import Request

NOT_SIGNED = Content(about="This is not from Twilio.", kind=Refusal)


class TwilioSignature:
    """Checks the header `X-Twilio-Signature`.

    Twilio signs the address that it calls, which behind a proxy is not the one that arrives here. So it is
    named in `credentials.yml`, as `webhook_url`; where it is not, requests are not checked, as in Rasa.
    """

    def __init__(self, auth_token: str, webhook_url: str) -> None:
        """
        Raises:
            UsageError: Twilio's library is not installed.
        """
        try:
            from twilio.request_validator import RequestValidator
        except ModuleNotFoundError as error:
            raise UsageError("twilio is not installed: pip install turnwise[twilio]") from error
        self._validator: Any = RequestValidator(auth_token)
        self._url = webhook_url

    @classmethod
    def of(cls, credentials: Credentials, channel: str) -> TwilioSignature | None:
        """What `credentials.yml` asks for; None where it does not name `webhook_url`.

        Raises:
            UsageError: `auth_token` is missing, or Twilio's library is not installed.
        """
        if not credentials.get("webhook_url"):
            return None
        return cls(*needed(credentials, channel, "auth_token", "webhook_url"))

    def check(self, request: Request) -> None:
        """
        Raises:
            Forbidden: Twilio did not sign the request.
        """
        from sanic.exceptions import Forbidden

        url = f"{self._url}?{request.query_string}" if request.query_string else self._url
        if not self._validator.validate(
            url, request.form or {}, request.headers.get("X-Twilio-Signature", "")
        ):
            raise Forbidden("this is not from Twilio")
