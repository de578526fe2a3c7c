"""Who is asking."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db import models as m


def by_email(session: Session, email: str) -> m.Customer | None:
    """The customer with an account under `email`, whatever its case."""
    return session.scalar(select(m.Customer).where(func.lower(m.Customer.email) == email.strip().lower()))
