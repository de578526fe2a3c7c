"""What the routes of all channels have in common, and how they are described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from turnwise.openapi import Content, describe

if TYPE_CHECKING:
    from sanic import Blueprint, HTTPResponse, Request


FORM = "application/x-www-form-urlencoded"


class OpenBody(msgspec.Struct, kw_only=True):
    """Somebody is there."""

    status: Literal["ok"]


class Refusal(msgspec.Struct, kw_only=True):
    """Why a request was not taken, in the form of the web framework."""

    description: str
    """The status in words."""
    status: int
    message: str


IS_OPEN = Content(about="It is open.", kind=OpenBody)
BAD_MESSAGE = Content(about="This is no message; nothing has happened.", kind=Refusal)
NOT_KEPT = Content(about="The turn could not be kept, and did not happen: try again.", kind=Refusal)


def channel_routes(name: str, kind: type[Blueprint] | None = None) -> Blueprint:
    """Routes of the channel `name`, so far with the one that tells that it is open."""
    from sanic import Blueprint
    from sanic.response import json

    routes = (kind or Blueprint)(f"channel_{name}")

    @routes.get("/")
    @describe(answers={200: IS_OPEN})
    async def health(request: Request) -> HTTPResponse:
        """That the channel is open."""
        return json({"status": "ok"})

    return routes
