"""The channels a server opens, from `credentials.yml`; only those that are asked for are imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from turnwise.channels.channel import InputChannel
from turnwise.errors import ProjectError, UsageError
from turnwise.project.credentials_file import ChannelCredentials
from turnwise.registry import find_class

CHANNELS: Mapping[str, str] = {
    "rest": "turnwise.channels.rest:RestChannel",
    "rasa": "turnwise.channels.rasa_chat:RasaChatChannel",
    "callback": "turnwise.channels.callback:CallbackChannel",
    "socketio": "turnwise.channels.socketio:SocketIoChannel",
    "twilio": "turnwise.channels.twilio:TwilioChannel",
    "twilio_voice": "turnwise.channels.twilio_voice:TwilioVoiceChannel",
    "slack": "turnwise.channels.slack:SlackChannel",
    "botframework": "turnwise.channels.botframework:BotFrameworkChannel",
    "hangouts": "turnwise.channels.hangouts:HangoutsChannel",
    "facebook": "turnwise.channels.facebook:FacebookChannel",
    "mattermost": "turnwise.channels.mattermost:MattermostChannel",
    "rocketchat": "turnwise.channels.rocketchat:RocketChatChannel",
    "webexteams": "turnwise.channels.webex:WebexChannel",
    "telegram": "turnwise.channels.telegram:TelegramChannel",
    "cmdline": "turnwise.channels.rest:CommandLineChannel",
}
"""Public names of connectors, and the class behind each."""


def open_channels(
    credentials: Sequence[ChannelCredentials], *, only: str | None = None
) -> list[InputChannel]:
    """The channels that `credentials` sets up.

    Args:
        only: Open this channel alone (`--connector`), set up by `credentials` if it is there.

    Raises:
        ProjectError: there is no such channel, or its settings make no sense.
    """
    if only is None:
        return [_channel(entry) for entry in credentials]
    known = [entry for entry in credentials if entry.name == only]
    return [_channel(known[0] if known else ChannelCredentials(name=only))]


def _channel(entry: ChannelCredentials) -> InputChannel:
    kind = find_class(entry.name, CHANNELS, what="channel", place=entry.place)
    try:
        channel = kind.from_credentials(entry.settings)
    except UsageError as error:
        raise ProjectError(entry.place, str(error)) from error
    own: InputChannel = (
        channel.as_channel() if hasattr(channel, "as_channel") else channel
    )  # written for Rasa
    return own
