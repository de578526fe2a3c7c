"""A small assistant's training data, for the tests of this folder."""

from __future__ import annotations

import re

from turnwise.errors import Place
from turnwise.project.nlu_data import EntitySpan, Example

_ANNOTATION = re.compile(
    r"\[(?P<text>[^]]+)\]\((?P<entity>\w+)(?:#(?P<role>\w*)(?:#(?P<group>\w+))?)?(?:=(?P<value>[^)]+))?\)"
)


def example(text: str, intent: str | None = None, *, line: int = 0) -> Example:
    """An example from a text like `from [Rome](city#from#1=ROM)`: entity, role, group, value."""
    plain, spans, position = "", [], 0
    for found in _ANNOTATION.finditer(text):
        plain += text[position : found.start()]
        start, position = len(plain), found.end()
        plain += found["text"]
        spans.append(
            EntitySpan(
                entity=found["entity"],
                start=start,
                end=len(plain),
                value=found["value"] or found["text"],
                role=found["role"] or None,
                group=found["group"],
            )
        )
    key = intent if intent and "/" in intent else None
    base = intent.partition("/")[0] if intent else None
    place = Place("nlu.yml", line)
    return Example(
        text=plain + text[position:], intent=base, response_key=key, entities=tuple(spans), place=place
    )


def examples(*, of: str, texts: str) -> tuple[Example, ...]:
    """One example for each line of `texts`, all of the intent `of`."""
    return tuple(example(line.strip(), of) for line in texts.strip().splitlines())


TRAVEL = (
    *examples(
        of="book",
        texts="""
        book a flight from [Rome](city#from) to [Paris](city#to)
        I want to fly to [New York](city#to)
        fly from [Berlin](city#from) to [Lisbon](city#to) tomorrow
        a ticket from [San Francisco](city#from) please
        get me to [London](city#to) on monday
        flights from [Paris](city#from) to [Rome](city#to)
        I need to go to [Lisbon](city#to)
        book me a seat to [Berlin](city#to)
        """,
    ),
    *examples(
        of="weather",
        texts="""
        what is the weather in [Rome](city)
        will it rain in [New York](city) tomorrow
        is it sunny in [Paris](city)
        how warm is it in [Lisbon](city)
        do I need an umbrella in [London](city)
        weather for [Berlin](city) please
        """,
    ),
    *examples(
        of="greet+weather",
        texts="""
        hi, what is the weather like
        hello, will it rain today
        good morning, is it cold outside
        hey, how is the weather
        """,
    ),
    *examples(
        of="faq/ask_name",
        texts="""
        who are you
        what is your name
        tell me your name
        do you have a name
        """,
    ),
    *examples(
        of="faq/ask_hours",
        texts="""
        when are you open
        what are your opening hours
        are you open on sundays
        when do you close
        """,
    ),
    *examples(
        of="chitchat/joke",
        texts="""
        tell me a joke
        make me laugh
        do you know something funny
        """,
    ),
)
"""Several intents, one of them two at once; a city with roles; two retrieval intents."""
