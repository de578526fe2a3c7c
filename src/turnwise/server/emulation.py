"""Parses in the form of other NLU services, for clients that were written for them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

Parse = Mapping[str, Any]
"""How a text was understood, in Rasa's form."""


def wit(parse: Parse) -> dict[str, Any]:
    """The answer of wit.ai's `/message`."""
    entities: dict[str, list[dict[str, Any]]] = {}
    for entity in parse.get("entities") or ():
        role = entity.get("role") or entity["entity"]
        entities.setdefault(f"{entity['entity']}:{role}", []).append(
            {
                "confidence": entity.get("confidence_entity") or entity.get("confidence") or 1,
                "name": entity["entity"],
                "value": entity["value"],
                "body": parse.get("text", "")[entity["start"] : entity["end"]],
                "start": entity["start"],
                "end": entity["end"],
                "role": role,
                "entities": [],
            }
        )
    intent = parse.get("intent") or {}
    intents = [{"name": intent.get("name"), "confidence": intent.get("confidence")}]
    return {"text": parse.get("text"), "intents": intents, "entities": entities}


def luis(parse: Parse) -> dict[str, Any]:
    """The answer of LUIS's prediction API, version 3."""
    values: dict[str, Any] = {}
    instances: dict[str, list[dict[str, Any]]] = {}
    for entity in parse.get("entities") or ():
        key = entity.get("role") or entity["entity"]
        values.setdefault(key, []).append(entity["value"])
        instances.setdefault(key, []).append(
            {
                "role": entity.get("role"),
                "type": entity["entity"],
                "text": entity["value"],
                "startIndex": entity["start"],
                "length": entity["end"] - entity["start"],
                "score": entity.get("confidence_entity") or entity.get("confidence"),
                "modelType": entity.get("extractor"),
            }
        )
    if instances:
        values["$instance"] = instances
    ranking = parse.get("intent_ranking") or [parse.get("intent") or {}]
    return {
        "query": parse.get("text"),
        "prediction": {
            "normalizedQuery": parse.get("text"),
            "topIntent": (parse.get("intent") or {}).get("name"),
            "intents": {i["name"]: {"score": i.get("confidence")} for i in ranking if i.get("name")},
            "entities": values,
        },
    }


def dialogflow(parse: Parse) -> dict[str, Any]:
    """The answer of Dialogflow's `detectIntent`."""
    parameters: dict[str, list[Any]] = {}
    for entity in parse.get("entities") or ():
        parameters.setdefault(entity["entity"], []).append(entity["value"])
    intent = parse.get("intent") or {}
    name = intent.get("name")
    return {
        "responseId": str(uuid.uuid4()),
        "queryResult": {
            "queryText": parse.get("text"),
            "action": name,
            "parameters": parameters,
            "fulfillmentText": "",
            "fulfillmentMessages": [],
            "outputContexts": [],
            "intent": {"name": name, "displayName": name},
            "intentDetectionConfidence": intent.get("confidence"),
        },
    }


EMULATIONS: Mapping[str, Callable[[Parse], dict[str, Any]]] = {
    "wit": wit,
    "luis": luis,
    "dialogflow": dialogflow,
}
"""By the words that `emulation_mode` takes."""
