"""Cases for people: priority from the customer's words, a queue, a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.services import facts
from actions.services.once import add_once, find_done

PRIORITIES = ("normal", "high", "urgent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a customer asks a person to look at."""

    desk: str
    """Decides the queue."""
    subject: str
    words: str
    sender: str
    order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a case stands in its queue."""

    position: int
    """1 is next."""
    minutes: int
    """What the queue usually needs until a person takes the case."""


def priority_of(session: Session, words: str) -> int:
    """0 normal, 1 high, 2 urgent: from the weighted phrases in the database, capitals and "!"."""
    text = words.lower()
    weights = session.execute(select(m.PriorityWord.phrase, m.PriorityWord.weight))
    points = sum(weight for phrase, weight in weights if re.search(rf"\b{re.escape(phrase)}\b", text))
    points += "!" in words
    letters = [letter for letter in words if letter.isalpha()]
    points += len(letters) > 10 and all(letter.isupper() for letter in letters)
    if points >= facts.setting(session, "urgent_priority_from"):
        return 2
    return 1 if points >= facts.setting(session, "high_priority_from") else 0


def open_case(session: Session, request: Request, *, key: str, now: datetime) -> m.Case:
    """Opens a case in the queue of the desk; a second call with the same key returns the first case."""
    done = find_done(session, m.Case, key)
    if done:
        return done
    case = m.Case(
        key=key,
        number=key,
        sender_id=request.sender,
        queue=_queue_name(session, request.desk),
        subject=request.subject,
        words=request.words,
        priority=priority_of(session, request.words),
        status="waiting",
        order_id=request.order_id,
        opened_at=now,
    )
    row, first = add_once(session, case)
    if first:
        row.number = f"CASE-{1000 + row.id}"
    return row


def waiting_case(session: Session, sender: str, desk: str) -> m.Case | None:
    """The latest case of this conversation that still waits in the queue of the desk."""
    return session.scalar(
        select(m.Case)
        .where(
            m.Case.sender_id == sender, m.Case.status == "waiting", m.Case.queue == _queue_name(session, desk)
        )
        .order_by(m.Case.id.desc())
        .limit(1)
    )


def add_note(session: Session, case: m.Case, words: str, *, key: str, now: datetime) -> m.CaseNote:
    """Adds the customer's words to a case, which may raise its priority; once per key."""
    done = find_done(session, m.CaseNote, key)
    if done:
        return done
    note, first = add_once(session, m.CaseNote(key=key, case_id=case.id, words=words, written_at=now))
    if first:
        case.priority = max(case.priority, priority_of(session, words))
    return note


def find(session: Session, number: str) -> m.Case | None:
    """The case with this number."""
    return session.scalar(select(m.Case).where(m.Case.number == number))


def place_in_queue(session: Session, case: m.Case) -> Place:
    """How many cases a person takes before this one: higher priority first, then older."""
    ahead = session.scalar(
        select(func.count())
        .select_from(m.Case)
        .where(
            m.Case.queue == case.queue,
            m.Case.status == "waiting",
            m.Case.id != case.id,
            or_(m.Case.priority > case.priority, (m.Case.priority == case.priority) & (m.Case.id < case.id)),
        )
    )
    queue = session.get_one(m.Queue, case.queue)
    position = (ahead or 0) + 1
    return Place(position=position, minutes=position * queue.minutes_per_case)


def _queue_name(session: Session, desk: str) -> str:
    return session.scalars(select(m.Queue.name).where(m.Queue.desk == desk)).one()
