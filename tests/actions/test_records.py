"""The database: made once, filled once, never growing old."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions import clock
from actions.db import models as m
from actions.db import reading, seed, writing
from actions.db.session import database_url
from actions.services import bookings, facts
from actions.services.flights import Trip, cities_served
from actions.services.orders import STATES
from tests.actions.conftest import NOON
from tests.actions.conversation import PROJECT, domain


def test_the_first_session_finds_the_demo_data() -> None:
    """No step of setting up: the first use creates and fills the tables."""
    with reading() as session:
        order = session.get_one(m.Order, "ORD-12345")
        assert order.status == "in_transit"
        assert order.parcel is not None
        assert order.parcel.tracking_number == "1Z999AA1234567890"
        assert order.estimated_on == clock.today() + timedelta(days=3)


def test_filling_again_changes_nothing() -> None:
    """The same day, any number of times."""
    with writing() as session:
        before = _rows(session)
        seed.ensure(session, clock.today())
        assert _rows(session) == before


def test_processes_that_start_together_fill_the_tables_once(tmp_path: Path) -> None:
    """Four at the same moment; each sees all orders, and none fails."""
    url = f"sqlite:///{tmp_path / 'together.db'}"
    program = (
        "from sqlalchemy import func, select\n"
        "from actions.db import models, reading\n"
        "with reading() as session: print(session.scalar(select(func.count()).select_from(models.Order)))\n"
    )
    environment = {"WAYFARE_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    running = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == ["13"] * 4


def test_demo_dates_move_with_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database made on Friday still has its parcel in transit ten days later; the same process notices."""
    with reading() as session:
        before = session.get_one(m.Order, "ORD-12345").estimated_on
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=10))
    with reading() as session:
        after = session.get_one(m.Order, "ORD-12345").estimated_on
    assert before is not None
    assert after == before + timedelta(days=10)


def test_attempts_at_the_same_moment_write_one_row() -> None:
    """Eight calls with one key: one booking, and all eight get its reference."""
    trip = Trip(origin="Berlin", destination="Lisbon", day=date(2027, 6, 3), travellers=2)

    def attempt(_number: int) -> str:
        with writing() as session:
            return bookings.book(session, trip, "TP531", sender="anna", key="one", now=NOON).reference

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(attempt, range(8)))) == 1
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(m.Booking)) == 1


def test_a_block_that_raises_writes_nothing() -> None:
    """A session is one transaction."""

    def lose_an_order() -> None:
        with writing() as session:
            session.get_one(m.Order, "ORD-12345").status = "lost"
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        lose_an_order()
    with reading() as session:
        assert session.get_one(m.Order, "ORD-12345").status == "in_transit"


def test_the_database_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it is a file beside the project."""
    monkeypatch.delenv("WAYFARE_DATABASE_URL")
    assert database_url() == f"sqlite:///{PROJECT / '.wayfare' / 'wayfare.db'}"


def test_every_city_can_be_left_and_reached() -> None:
    """The timetable has no dead end, and names only cities that can be understood."""
    with reading() as session:
        reached = set(session.scalars(select(m.Flight.destination)))
        assert reached == set(cities_served(session)) == set(facts.city_names(session).values())


def test_a_setting_that_is_missing_is_named() -> None:
    """Rather than a wrong number somewhere else."""
    with reading() as session, pytest.raises(KeyError, match="most_elephants"):
        facts.setting(session, "most_elephants")


def _rows(session: Session) -> dict[str, int]:
    tables = m.Base.metadata.sorted_tables
    return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_orders_have_only_states_that_have_words() -> None:
    """Each state has its response, so that no order is ever answered with silence."""
    with reading() as session:
        assert set(session.scalars(select(m.Order.status))) <= set(STATES)
    assert {f"utter_order_{state}" for state in STATES} <= set(domain()["responses"])
