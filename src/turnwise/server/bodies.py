"""Bodies of requests and answers of the HTTP API, as records: they decode, and they describe."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from turnwise.channels.collector import MessageBody
from turnwise.channels.webhook import MAX_SENDER, MAX_TEXT
from turnwise.server.event_bodies import Entities, EventList, IntentBody, ParseBody

Name = Annotated[str, msgspec.Meta(min_length=1)]
ConversationId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SENDER, pattern=r"^[^\x00]+$")]
"""What a conversation may be called; percent-encoded where it stands in a path."""
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
"""What a user says."""


# -- requests ------------------------------------------------------------------------------------


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An action that shall run."""

    name: Name
    policy: str | None = None
    """Noted in the event as the policy that predicted it."""
    confidence: float | None = None
    """Noted in the event, too."""


class IntentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened outside, under the name of an intent."""

    name: Name
    entities: Entities = None


class MessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a user said."""

    text: Text
    sender: Literal["user"]
    parse_data: ParseBody | None = None
    """How it was understood, if it was understood elsewhere."""


class ParseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A text to be understood; of several the first."""

    text: Text | Annotated[list[Text], msgspec.Meta(min_length=1)]


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is: a file, a model server, or a bucket and the file's name in it."""

    model_file: str | None = None
    model_server: dict[str, Any] | None = None
    """`url`, and what else `models` in endpoints.yml may have."""
    remote_storage: str | None = None
    """`aws`, `gcs`, `azure`, or a class by dotted path."""
    version: str | None = None
    """Which of several models is exchanged, or added; the first one if nothing is said."""
    share: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Its part of the conversations, in relation to the others'."""


# -- answers -------------------------------------------------------------------------------------


class ErrorBody(msgspec.Struct, kw_only=True):
    """Why the API did not do what it was asked for."""

    version: str
    status: Literal["failure"]
    message: str
    reason: str
    """The kind of error, such as `BadRequest`."""
    details: dict[str, Any]
    """Which `parameter` is wrong, and what it stands `in`."""
    help: str | None
    code: int
    """The status."""


class LatestMessage(msgspec.Struct, kw_only=True):
    """The user's last message, as it was understood."""

    text: str | None
    intent: IntentBody | None
    entities: list[dict[str, Any]] | None
    message_id: str | None
    metadata: dict[str, Any]


class TrackerBody(msgspec.Struct, kw_only=True):
    """A conversation."""

    sender_id: str
    slots: dict[str, Any]
    latest_message: LatestMessage
    latest_event_time: float | None
    followup_action: str | None
    paused: bool
    events: EventList | None
    """null with `include_events=NONE`."""
    latest_input_channel: str | None
    active_loop: dict[str, Any]
    latest_action: dict[str, str]
    """`action_name`, or `action_text` of an action that was learned as a text."""
    latest_action_name: str | None


class TurnBody(msgspec.Struct, kw_only=True):
    """What came of an action or an intent."""

    tracker: TrackerBody
    messages: list[MessageBody]
    """What the assistant said, unless `output_channel` took it elsewhere."""


class ScoreBody(msgspec.Struct, kw_only=True):
    """How likely an action is."""

    action: str
    score: float


class PredictionBody(msgspec.Struct, kw_only=True):
    """What comes next."""

    scores: list[ScoreBody]
    policy: str | None
    confidence: float
    tracker: TrackerBody
    explanation: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    """What decided, by policy; on request only."""


class LoadedModel(msgspec.Struct, kw_only=True):
    """One of several models."""

    model_file: str | None
    model_id: str | None
    share: float
    """Its part of the conversations; together they are 1."""


class StatusBody(msgspec.Struct, kw_only=True):
    """Which model is loaded; where several are, the first of them."""

    model_file: str | None
    model_id: str | None
    num_active_training_jobs: int
    versions: dict[str, LoadedModel] | msgspec.UnsetType = msgspec.UNSET


class VersionBody(msgspec.Struct, kw_only=True):
    """Which Rasa this server answers like."""

    version: str
    minimum_compatible_version: str


class HealthBody(msgspec.Struct, kw_only=True):
    """Whether all is well, and what was looked at."""

    status: Literal["ok", "unavailable"]
    model: bool
    tracker_store: bool
    accepting: bool


class TokenRefusal(msgspec.Struct, kw_only=True):
    """Why a token is not accepted."""

    reasons: list[str]
    exception: str


class TokenBody(msgspec.Struct, kw_only=True):
    """Whether a token is valid."""

    valid: bool
    reasons: list[str] | msgspec.UnsetType = msgspec.UNSET
    exception: str | msgspec.UnsetType = msgspec.UNSET


class TokenOwner(msgspec.Struct, kw_only=True):
    """Whose token it is."""

    me: Any
