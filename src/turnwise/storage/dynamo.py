"""The DynamoDB tracker store: an item a conversation, which holds its latest session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from turnwise.dialogue.event_bytes import encoded
from turnwise.dialogue.events import Event
from turnwise.errors import ConversationMoved, StorageError
from turnwise.storage.event_text import events_from_fields
from turnwise.storage.sessions import session_action
from turnwise.storage.tracker_store import Saved

Result = TypeVar("Result")

DIGITS = 9
"""Decimals that are kept of a number; DynamoDB has no binary floats."""
ROOM = 300_000
"""Bytes of events and snapshot in an item before old sessions go; an item may have 400 kB in all."""
CAPACITY = 5
"""Read and write units of a table that is created here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoSettings:
    """What may stand under `tracker_store` with `type: dynamo`."""

    table_name: str = "states"
    region: str = "us-east-1"


class DynamoTrackerStore:
    """Keeps an item `{sender_id, name, events}` a conversation.

    An item cannot grow beyond 400 kB. So, where stock Rasa fails, a conversation that comes near forgets what
    was before its latest session. `position` counts all events that there ever were.
    """

    session_includes_action = True
    replays_what_counts = False

    def __init__(self, settings: DynamoSettings) -> None:
        """Connects when the first conversation is asked for."""
        self._settings = settings
        self._opened: Any = None

    async def load(self, sender_id: str) -> Saved | None:
        """The snapshot and the events after it, else the latest session."""
        item = await self._item(sender_id)
        if item is None:
            return None
        events = events_from_fields(item["events"])
        position = int(item.get("position", len(events)))
        if item.get("snapshot") is not None:
            kept = events[int(item["snapshot_at"]) - position + len(events) :]
            return Saved(events=kept, position=position, snapshot=bytes(item["snapshot"]))
        return Saved(events=events[session_action(events) or 0 :], position=position)

    async def after(self, sender_id: str, position: int) -> Saved:
        """The events behind `position`."""
        item = await self._item(sender_id) or {"events": []}
        events = events_from_fields(item["events"])
        end = int(item.get("position", len(events)))
        if not end - len(events) <= position <= end:
            raise ConversationMoved(f"conversation '{sender_id}' is another one since position {position}")
        return Saved(events=events[len(events) - (end - position) :], position=end)

    async def load_all(self, sender_id: str) -> list[Event]:
        """Every event that is kept."""
        item = await self._item(sender_id)
        return events_from_fields(item["events"]) if item else []

    async def append(
        self, sender_id: str, events: Sequence[Event], *, after: int, snapshot: bytes | None = None
    ) -> int:
        """Writes the latest session and `events`, if nobody else has written meanwhile."""
        item = await self._item(sender_id)
        kept = list(item["events"]) if item else []
        position = int(item.get("position", len(kept))) if item else 0
        if position != after:
            raise ConversationMoved(f"conversation '{sender_id}' is at {position}, not at {after}")
        rows = [*kept, *(event.to_json() for event in events)]
        start = _first_to_keep(rows, session_action(events_from_fields(kept)) or 0, snapshot)
        new = {"events": rows[start:], "position": after + len(events)}
        if snapshot is not None:
            new |= {"snapshot": snapshot, "snapshot_at": new["position"]}
        elif (
            item
            and item.get("snapshot") is not None
            and int(item["snapshot_at"]) >= after - len(kept) + start
        ):
            new |= {"snapshot": bytes(item["snapshot"]), "snapshot_at": int(item["snapshot_at"])}
        await self._put(sender_id, new, after=None if item is None else item.get("position", -1))
        return after + len(events)

    async def replace(self, sender_id: str, events: Sequence[Event]) -> int:
        """Makes `events` the whole item."""
        item = await self._item(sender_id)
        earlier = int(item.get("position", len(item["events"]))) if item else 0
        # One position is skipped, so that nobody takes the new events for a continuation of the old ones.
        position = earlier + 1 + len(events)
        new = {"events": [event.to_json() for event in events], "position": position}
        await self._put(sender_id, new, after=None if item is None else item.get("position", -1))
        return position

    async def delete(self, sender_id: str) -> bool:
        """Deletes the item of a conversation."""
        key = {"sender_id": sender_id}
        deleted = await self._run(lambda t: t.delete_item(Key=key, ReturnValues="ALL_OLD"))
        return "Attributes" in deleted

    async def sender_ids(self) -> AsyncIterator[str]:
        """Every conversation, page by page."""
        async for item in self._items("sender_id"):
            yield item["sender_id"]

    async def idle(self, before: float) -> AsyncIterator[str]:
        """Those whose last event is older. The whole table is read, and paid for."""
        async for item in self._items("sender_id, events"):
            events = item.get("events")
            if not events or float(events[-1].get("timestamp") or before) < before:
                yield item["sender_id"]

    async def _items(self, attributes: str) -> AsyncIterator[dict[str, Any]]:
        options: dict[str, Any] = {"ProjectionExpression": attributes}
        while True:
            given = dict(options)
            page = await self._run(lambda table: table.scan(**given))  # noqa: B023 - awaited at once
            for item in page["Items"]:
                yield item
            if "LastEvaluatedKey" not in page:
                return
            options["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def close(self) -> None:
        """Nothing stays open."""

    async def _item(self, sender_id: str) -> dict[str, Any] | None:
        key = {"sender_id": sender_id}
        answer = await self._run(lambda table: table.get_item(Key=key, ConsistentRead=True))
        item: dict[str, Any] | None = answer.get("Item")
        return _plain(item) if item else None

    async def _put(self, sender_id: str, fields: Mapping[str, Any], *, after: int | None) -> None:
        """
        Args:
            after: The position that the item must still have; -1: none, as in items of stock Rasa; None: the
                item must not exist.
        """
        from boto3.dynamodb.conditions import Attr

        item = _storable({"sender_id": sender_id, "name": sender_id, **fields})
        if after is None:
            condition: Any = Attr("sender_id").not_exists()
        else:
            condition = Attr("position").eq(after) if after >= 0 else Attr("position").not_exists()
        await self._run(lambda table: table.put_item(Item=item, ConditionExpression=condition))

    def _table(self) -> Any:
        """The table; it is created if it does not exist."""
        import boto3
        from botocore.exceptions import ClientError

        if self._opened is None:
            name, region = self._settings.table_name, self._settings.region
            database = boto3.resource("dynamodb", region_name=region)
            try:
                database.meta.client.describe_table(TableName=name)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                database.create_table(
                    TableName=name,
                    KeySchema=[{"AttributeName": "sender_id", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "sender_id", "AttributeType": "S"}],
                    ProvisionedThroughput={"ReadCapacityUnits": CAPACITY, "WriteCapacityUnits": CAPACITY},
                ).wait_until_exists()
            self._opened = database.Table(name)
        return self._opened

    async def _run(self, work: Callable[[Any], Result]) -> Result:
        """Does the driver's blocking work in a thread."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return await asyncio.to_thread(lambda: work(self._table()))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise ConversationMoved("another worker wrote to the conversation first") from error
            raise StorageError(f"DynamoDB refuses: {error}") from error
        except BotoCoreError as error:
            raise StorageError(f"DynamoDB cannot be reached: {error}") from error


def _first_to_keep(rows: Sequence[Mapping[str, Any]], session: int, snapshot: bytes | None) -> int:
    """Index of the first event that stays: 0, or `session` where the item would be too large."""
    size = sum(len(encoded(dict(row))) for row in rows) + len(snapshot or b"")
    return session if size > ROOM else 0


def _storable(value: Any) -> Any:
    """`value` with decimal numbers in place of floats."""
    if isinstance(value, float):
        return round(Decimal(repr(value)), DIGITS)
    if isinstance(value, Mapping):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    """`value` with Python's numbers in place of decimal ones."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
