"""Escalation desk: complaints and requests for a person become cases in a human queue."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions import clock, wording
from actions.db import models as m
from actions.db import writing
from actions.desk import DeskAction
from actions.services import cases
from actions.turn import Event, Turn

_DESK = "escalation"


class OpenCase(DeskAction):
    """Opens a case for a complaint, or adds to the one that is waiting."""

    def name(self) -> str:
        return "action_open_case"

    def act(self, turn: Turn) -> list[Event]:
        key = turn.key("complaint")
        with writing() as session:
            waiting = cases.waiting_case(session, turn.sender, _DESK)
            if waiting and waiting.key != key:
                cases.add_note(session, waiting, turn.text, key=key, now=clock.now())
                case, response = waiting, "utter_case_added"
            else:
                case = cases.open_case(session, _request(turn, "Complaint"), key=key, now=clock.now())
                response = "utter_case_opened"
            place = cases.place_in_queue(session, case)
        turn.say(response, _facts(case, place))
        return [SlotSet("case_id", case.number), *turn.close_forms()]


class Handover(DeskAction):
    """Puts the conversation in the human queue."""

    def name(self) -> str:
        return "action_handover"

    def act(self, turn: Turn) -> list[Event]:
        key = turn.key("handover")
        with writing() as session:
            case = cases.waiting_case(session, turn.sender, _DESK) or cases.open_case(
                session, _request(turn, "Wants to talk to a person"), key=key, now=clock.now()
            )
            place = cases.place_in_queue(session, case)
        turn.say("utter_handover", _facts(case, place))
        return [SlotSet("case_id", case.number), *turn.close_forms()]


def _request(turn: Turn, subject: str) -> cases.Request:
    return cases.Request(
        desk=_DESK, subject=subject, words=turn.text, sender=turn.sender, order_id=turn.slot("order_id")
    )


def _facts(case: m.Case, place: cases.Place) -> dict[str, str]:
    return {
        "case_id": case.number,
        "priority": cases.PRIORITIES[case.priority],
        "queue": case.queue,
        "position": str(place.position),
        "wait": wording.wait(place.minutes),
    }
