"""Reading a domain file: what it makes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from turnwise.dialogue.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, Domain
from turnwise.dialogue.slots import CategoricalSlot, FloatSlot, MappingCondition
from turnwise.errors import ProjectError, ProjectErrors
from turnwise.project.domain_file import domain_from_source, domain_from_text


def used(domain: Domain, intent: str) -> list[str]:
    return sorted(domain.intents[intent].used_entities)


class TestIntents:
    ENTITIES = """
entities:
- city: {roles: [from, to], groups: [a]}
- size: {influence_conversation: false, roles: [big]}
- name
"""

    @pytest.mark.parametrize(
        ("properties", "entities"),
        [
            ("{}", ["city", "city#a", "city#from", "city#to", "name"]),
            ("{use_entities: true}", ["city", "city#a", "city#from", "city#to", "name"]),
            ("{use_entities: []}", []),
            ("{use_entities: false}", []),
            ("{use_entities: null}", []),
            ("{use_entities: [city]}", ["city", "city#a", "city#from", "city#to"]),
            ("{use_entities: [size]}", []),
            ("{use_entities: [size], ignore_entities: []}", ["size", "size#big"]),
            ("{ignore_entities: [city]}", ["name", "size#big"]),
            ("{use_entities: [city, name], ignore_entities: [city]}", ["name"]),
            ("{use_entities: [unknown]}", ["unknown"]),
        ],
    )
    def test_which_entities_count(self, properties: str, entities: list[str]) -> None:
        """`use_entities` without those ignored; by default those that influence the conversation."""
        domain = domain_from_text(f"intents:\n- order: {properties}\n{self.ENTITIES}")

        assert used(domain, "order") == entities

    def test_default_intents_are_always_there(self) -> None:
        domain = domain_from_text(f"intents: [greet]\n{self.ENTITIES}")

        assert list(domain.intents) == ["greet", *DEFAULT_INTENTS]
        assert used(domain, "nlu_fallback") == used(domain, "greet")

    def test_retrieval_intents_are_marked(self) -> None:
        domain = domain_from_text("intents:\n- faq: {is_retrieval_intent: true}\n- greet\n")

        assert domain.retrieval_intents == {"faq"}


class TestSlots:
    def test_every_setting_arrives(self) -> None:
        domain = domain_from_text("""
slots:
  size:
    type: categorical
    values: [Small, true, 3]
    initial_value: small
    mappings:
    - type: from_entity
      entity: size
      role: main
      group: g
      intent: order
      not_intent: [bye]
      conditions:
      - active_loop: order_form
        requested_slot: size
      - active_loop: null
  speed: {type: float, min_value: 1, max_value: 9, influence_conversation: false, mappings: []}
""")
        size, speed = domain.slots["size"], domain.slots["speed"]
        mapping = size.mappings[0]

        assert isinstance(size, CategoricalSlot)
        assert size.values == ("small", "true", "3")
        assert (mapping.entity, mapping.role, mapping.group) == ("size", "main", "g")
        assert (mapping.intents, mapping.not_intents) == (("order",), ("bye",))
        assert mapping.conditions == (
            MappingCondition(active_loop="order_form", requested_slot="size"),
            MappingCondition(active_loop=None),
        )
        assert mapping.place.line == 8
        assert isinstance(speed, FloatSlot)
        assert (speed.min_value, speed.max_value, speed.influence_conversation) == (1, 9, False)

    @pytest.mark.parametrize(
        ("rest", "automatic"),
        [
            ("", ["session_started_metadata"]),
            ("forms: {f: {}}", ["requested_slot", "session_started_metadata"]),
            (
                "actions: [action_query_knowledge_base]",
                [
                    "knowledge_base_listed_objects",
                    "knowledge_base_last_object",
                    "knowledge_base_last_object_type",
                    "session_started_metadata",
                ],
            ),
        ],
    )
    def test_some_exist_automatically(self, rest: str, automatic: list[str]) -> None:
        domain = domain_from_text(f"slots: {{a: {{type: text, mappings: []}}}}\n{rest}\n")

        assert list(domain.slots) == ["a", *automatic]
        assert not any(domain.slots[name].influence_conversation for name in automatic)
        assert "requested_slot" not in domain.source.get("slots", {})

    @pytest.mark.parametrize(
        ("path", "kind"), [("Text", "text"), ("Boolean", "bool"), ("Float", "float"), ("Any", "any")]
    )
    def test_the_classes_of_rasa_are_its_types(self, path: str, kind: str) -> None:
        domain = domain_from_text(f"slots:\n  a: {{type: rasa.shared.core.slots.{path}Slot, mappings: []}}")

        assert domain.slots["a"].type == kind

    def test_equal_mappings_are_told_by_their_identity(self) -> None:
        domain = domain_from_text("""
slots:
  a: {type: text, mappings: [{type: from_entity, entity: city}]}
  b: {type: text, mappings: [{entity: city, type: from_entity}]}
  c: {type: text, mappings: [{type: from_entity, entity: city, role: to}]}
""")
        a, b, c = (domain.slots[name].mappings[0].identity for name in "abc")

        assert a == b != c


class TestActions:
    def test_the_order_is_that_of_the_predictions(self) -> None:
        """Defaults, listed ones, responses by name, forms, bot texts; nothing twice."""
        domain = domain_from_text("""
actions: [action_b, utter_z, {action_a: {send_domain: true}}, validate_form, action_listen]
responses: {utter_z: [{text: z}], utter_c: [{text: c}]}
forms: {form: {required_slots: []}, other: {}}
e2e_actions: ["Hello!"]
""")
        own = ("action_b", "utter_z", "action_a", "validate_form", "utter_c", "form", "other", "Hello!")

        assert domain.action_names == (*DEFAULT_ACTIONS, *own)
        assert domain.user_actions == ("action_b", "utter_z", "action_a", "validate_form", "action_listen")
        assert domain.actions_with_domain == {"action_a", "validate_form"}


class TestSession:
    def test_a_partial_setting_is_completed(self) -> None:
        domain = domain_from_text("session_config: {session_expiration_time: 30}")

        assert domain.session.expiration_minutes == 30
        assert domain.session.carry_over_slots is True

    def test_by_default_an_hour(self) -> None:
        assert domain_from_text("intents: [a]").session.expiration_minutes == 60


class TestSource:
    def test_it_is_what_rasa_serialises(self) -> None:
        """Intents by name, nothing empty, `version` and `session_config` always, nothing automatic."""
        source = domain_from_text("""
intents:
- greet
- {bye: {use_entities: null}}
slots: {}
forms: {f: {}}
own_key: {x: 1}
""").source

        assert source == {
            "intents": [{"bye": {"use_entities": []}}, "greet"],
            "forms": {"f": {"required_slots": {}}},
            "own_key": {"x": 1},
            "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
            "version": "3.1",
        }

    def test_a_domain_is_rebuilt_from_it(self) -> None:
        domain = domain_from_text("""
intents: [a, {b: {use_entities: [e]}}]
entities: [{e: {roles: [r]}}, f]
slots: {s: {type: list, mappings: [{type: from_text}]}}
responses: {utter_a: [{text: hi}]}
forms: {form: {required_slots: [s], ignored_intents: a}}
actions: [action_x]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: false}
config: {store_entities_as_slots: false}
""")
        again = domain_from_source(domain.source)

        assert again.source == domain.source
        assert again.action_names == domain.action_names
        assert again.session == domain.session
        assert again.store_entities_as_slots is False
        assert list(again.slots) == list(domain.slots)
        assert {n: i.used_entities for n, i in again.intents.items()} == {
            n: i.used_entities for n, i in domain.intents.items()
        }

    def test_training_data_in_the_same_file_is_no_part_of_it(self) -> None:
        assert "nlu" not in domain_from_text("intents: [a]\nnlu: []\nstories: []\n").source


REFUSED: list[tuple[str, str]] = [
    ("[a]", "expected a mapping"),
    ("version: 3.1", "the version must be a text"),
    ("intents: null", "intents: expected a list"),
    ("intents: a", "intents: expected a list"),
    ("intents: [1]", "expected the name of an intent"),
    ("intents: [{a: }]", "has a ':' but no properties"),
    ("intents: [{a: [1]}]", "must be a mapping"),
    ("intents: [{a: {}, b: {}}]", "found 2 keys"),
    ("intents: [{a: {triggers: action_x}}]", "unknown action 'action_x'"),
    ("entities: [{a: null}]", "has a ':' but no properties"),
    ("slots: null", "slots: expected a mapping"),
    ("slots: {a: null}", "expected a mapping"),
    ("slots: {1: {type: text, mappings: []}}", "no letter"),
    ("slots: {a: {type: text}}", "'mappings' is missing"),
    ("slots: {a: {mappings: []}}", "'type' is missing"),
    ("slots: {a: {type: text, mappings: null}}", "expected a list"),
    ("slots: {a: {type: text, mappings: [], foo: 1}}", "a text slot has no key 'foo'"),
    ("slots: {a: {type: text, mappings: [], auto_fill: false}}", "ended with Rasa 3"),
    ("slots: {a: {type: bool, mappings: [], values: [1]}}", "a bool slot has no key 'values'"),
    ("slots: {a: {type: txt, mappings: []}}", "did you mean 'text'"),
    ("slots: {a: {type: unfeaturized, mappings: []}}", "write 'any'"),
    ("slots: {a: {type: nowhere.Slot, mappings: []}}", "No module named 'nowhere'"),
    ("slots: {a: {type: collections.OrderedDict, mappings: []}}", "has no method 'features"),
    ("slots: {a: {type: any, mappings: [], influence_conversation: true}}", "cannot influence"),
    ("slots: {a: {type: text, mappings: [], influence_conversation: 3}}", "expected true or false"),
    ("slots: {a: {type: categorical, values: x, mappings: []}}", "expected a list"),
    ("slots: {a: {type: float, mappings: [], min_value: 3, max_value: 1}}", "not below max_value"),
    ("slots: {a: {type: text, mappings: [{type: from_txt}]}}", "did you mean 'from_text'"),
    ("slots: {a: {type: text, mappings: [{entity: x}]}}", "type of the mapping is missing"),
    ("slots: {a: {type: text, mappings: [{type: from_entity}]}}", "needs an entity"),
    ("slots: {a: {type: text, mappings: [{type: from_entity, entity: 3}]}}", "expected a text"),
    ("slots: {a: {type: text, mappings: [{type: from_intent}]}}", "needs a value"),
    ("slots: {a: {type: text, mappings: [{type: from_trigger_intent, value: null}]}}", "needs a value"),
    ("slots: {a: {type: text, mappings: [{type: from_text, conditions: [{foo: 1}]}]}}", "unknown key 'foo'"),
    ("slots: {session_started_metadata: {type: any, mappings: []}}", "exists automatically"),
    ("responses: {a: null}", "expected a list"),
    ("responses: {a: {text: x}}", "expected a list"),
    ("responses: {a: [x]}", "expected a mapping"),
    ("responses: {a: [{text: null}]}", "nothing to say"),
    ("responses: {a: [{image: x}]}", "nothing to say"),
    ("responses: {a: [{custom: {}}]}", "nothing to say"),
    ("responses: {a: [{text: 5}]}", "expected a text"),
    ("responses: {a: [{text: x, id: 4}]}", "expected a text"),
    ("responses: {a: [{text: x, txet: 1}]}", "did you mean 'text'"),
    ("responses: {a: [{text: x, buttons: [a]}]}", "expected a mapping"),
    ("responses: {a: [{text: x, elements: {a: 1}}]}", "expected a list"),
    ("responses: {a: [{text: x, attachment: http}]}", "expected a mapping"),
    ("responses: {a: [{text: x, condition: {type: slot}}]}", "expected a list"),
    ("responses: {a: [{text: x, condition: [{type: slot, foo: 1}]}]}", "unknown key 'foo'"),
    ("forms: [f]", "expected a mapping"),
    ("forms: {f: null}", "expected a mapping"),
    ("forms: {f: {foo: 1}}", "unknown key 'foo'"),
    ("forms: {f: {ignored_intents: a}}", "asks for nothing"),
    ("forms: {f: {required_slots: {a: []}}}", "rasa data migrate"),
    ("forms: {f: {required_slots: [1]}}", "expected a text"),
    ("actions: a", "expected a list"),
    ("actions: [1]", "expected a text"),
    ("actions: [{a: 1}]", "expected a mapping"),
    ("actions: [{a: {foo: true}}]", "unknown key 'foo'"),
    ("actions: [{a: {send_domain: yes}}]", "expected true or false"),
    ("e2e_actions: a", "expected a list"),
    ("session_config: null", "expected a mapping"),
    ("session_config: {session_expiration_time: -1}", "less than none"),
    ("session_config: {session_expiration_time: a}", "expected a number"),
    ("session_config: {carry_over_slots_to_new_session: 1}", "expected true or false"),
    ("config: 1", "expected a mapping"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[text for text, _ in REFUSED])
def test_what_is_refused(text: str, words: str) -> None:
    """What stock Rasa refuses is refused, with the place, the problem and a remedy."""
    with pytest.raises(ProjectError) as caught:
        domain_from_text(text)

    assert words in str(caught.value)
    assert str(caught.value).startswith("domain.yml:1")
    assert caught.value.fix


ACCEPTED: list[tuple[str, Any]] = [
    ("{}", {}),
    ("intents: []", {}),
    ("intents: ['a b', '']", {"intents": ["", "a b"]}),
    ("entities: [{a: {foo: 1}}]", {"entities": [{"a": {"foo": 1}}]}),
    ("responses: {a: []}", {"responses": {"a": []}}),
    ("responses: {a: [{text: ''}]}", {"responses": {"a": [{"text": ""}]}}),
    ("responses: {a: [{custom: {x: 1}}]}", {"responses": {"a": [{"custom": {"x": 1}}]}}),
    ("version: '4.0'\nintents: [a]", {}),
    ("version: '2.0'\nintents: [a]", {"version": "2.0", "intents": ["a"]}),
]


@pytest.mark.parametrize(("text", "source"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_what_is_accepted(text: str, source: dict[str, Any]) -> None:
    """Oddities that stock Rasa lives with; a file of a newer version is skipped as a whole."""
    expected = {"version": "3.1", "session_config": domain_from_text("{}").source["session_config"], **source}

    assert domain_from_text(text).source == expected


@pytest.mark.parametrize("section", ["intents", "entities", "actions"])
def test_what_stands_twice_names_both_lines(section: str) -> None:
    with pytest.raises(ProjectError, match="'a' stands on line 2 and again on line 4"):
        domain_from_text(f"{section}:\n- a\n- b\n- a\n")


def test_all_mistakes_are_listed_at_once() -> None:
    with pytest.raises(ProjectErrors) as caught:
        domain_from_text("""intents: [a, a]
slots:
  city: {type: txt, mappings: []}
  size: {type: text}
responses:
  utter_a:
  - txt: hello
""")

    assert [(error.place.line, error.place.keys[-1]) for error in caught.value.errors] == [
        (1, "a"),
        (3, "type"),
        (4, "size"),
        (7, "1"),
        (7, "txt"),
    ]
