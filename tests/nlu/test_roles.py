"""Which role an entity has, learned from a few dozen examples."""

from __future__ import annotations

import pytest

from tests.nlu.sentences import examples
from turnwise.nlu import DEFAULT_PIPELINE, Pipeline
from turnwise.project.nlu_data import NLUData

GREETINGS = examples(of="greet", texts="hi\nhello\ngood morning\nhey there")
TRIPS = """
    i want to fly from [Madrid](city#from) to [Rome](city#to)
    flight to [Paris](city#to)
    i need a flight to [Rome](city#to) from [Berlin](city#from)
    from [Madrid](city#from) to [Paris](city#to) please
    I'd like to go to [London](city#to)
    can you book me a flight from [Berlin](city#from)
    to [Rome](city#to) please
    are there flights from [Madrid](city#from) to [New York](city#to) tomorrow
    i'm flying from [Lisbon](city#from)
    take me to [New York](city#to)
    i want to travel to [Paris](city#to) from [Madrid](city#from)
    fly from [Lisbon](city#from) to [Rome](city#to) on Monday
    leaving from [San Francisco](city#from)
    is there a plane to [Paris](city#to) from [San Francisco](city#from)
    get me a flight to [Rome](city#to)
    """


def trained(*, of: str, texts: str) -> Pipeline:
    return Pipeline.train(DEFAULT_PIPELINE, NLUData(examples=(*examples(of=of, texts=texts), *GREETINGS)))


@pytest.fixture(scope="module")
def trips() -> Pipeline:
    return trained(of="book", texts=TRIPS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("to Madrid, from Rome", [("Madrid", "to"), ("Rome", "from")]),
        ("flight to Madrid from Rome", [("Madrid", "to"), ("Rome", "from")]),
        ("book a flight from New York to Lisbon", [("New York", "from"), ("Lisbon", "to")]),
        ("i want to fly from Paris", [("Paris", "from")]),
        ("flight to Paris from Vienna", [("Paris", "to"), ("Vienna", "from")]),
    ],
)
def test_the_words_around_a_name_decide_its_role(
    trips: Pipeline, text: str, found: list[tuple[str, str]]
) -> None:
    """Though every example comes from Madrid or Lisbon, and goes to Rome, Paris or New York."""
    assert [(entity.value, entity.role) for entity in trips.parse(text).entities] == found


def test_a_role_that_only_the_name_tells_is_learned_too() -> None:
    """Where the words around say nothing."""
    ways = ("i want {}", "{} please", "do you have it in {}", "show me something {}", "the {} one")
    names = {"color": ("red", "blue", "green", "pink"), "size": ("large", "small", "tiny", "huge")}
    annotated = [f"[{name}](look#{role})" for role, own in names.items() for name in own]
    shop = trained(of="ask", texts="\n".join(way.format(name) for way in ways for name in annotated))

    roles = {
        name: shop.parse(f"make it {name}").entities[0].role for name in (*names["color"], *names["size"])
    }

    assert roles == {name: role for role, own in names.items() for name in own}
