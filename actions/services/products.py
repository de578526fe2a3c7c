"""The range of travel gear."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.reading.places import fold


def search(session: Session, words: str) -> list[m.Product]:
    """Products whose name or category shares the words, the most words first; a plural finds its singular."""
    wanted = {_singular(word) for word in fold(words).split()}
    scored = [(len(wanted & _words(product)), product) for product in everything(session)]
    best = max((score for score, _ in scored), default=0)
    return [product for score, product in scored if score == best > 0]


def everything(session: Session) -> list[m.Product]:
    """The whole range, by name."""
    return list(session.scalars(select(m.Product).order_by(m.Product.name)))


def categories(session: Session) -> list[str]:
    """The kinds of gear we sell, by name."""
    return sorted(session.scalars(select(m.Product.category).distinct()))


def _words(product: m.Product) -> set[str]:
    return {_singular(word) for word in fold(f"{product.name} {product.category}").split()}


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
