"""Parts of projects as they are written for Rasa 3, with its imports and nothing of ours."""

from __future__ import annotations

SPELLING = '''
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SpellChecker(GraphComponent):
    """Corrects what users mistype."""

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.words = config["words"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"words": {}}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            corrected = " ".join(self.words.get(word, word) for word in message.get(TEXT).split())
            message.set(TEXT, corrected, add_to_output=True)
            message.set("typed", corrected != message.get(TEXT))
        return messages
'''

SENTIMENT = '''
import json
from typing import Any, Dict, List, Optional, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class SentimentAnalyzer(GraphComponent, EntityExtractorMixin):
    """Learns which words occur in unhappy messages, and adds a sentiment without a place in the text."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"unhappy": "complain"}

    @staticmethod
    def required_packages() -> List[Text]:
        return ["numpy"]

    def __init__(self, config, model_storage, resource, words=None) -> None:
        self.config, self.model_storage, self.resource = config, model_storage, resource
        self.words = set(words or ())

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        for example in training_data.intent_examples:
            if example.get("intent") == self.config["unhappy"]:
                self.words |= {token.text.lower() for token in example.get("text_tokens")}
        with self.model_storage.write_to(self.resource) as folder:
            (folder / "words.json").write_text(json.dumps(sorted(self.words)))
        return self.resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GraphComponent:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, json.loads((folder / "words.json").read_text()))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            said = {token.text.lower() for token in message.get("text_tokens", [])}
            share = len(said & self.words) / max(1, len(said))
            found = [{"entity": "sentiment", "value": "bad" if share > 0.5 else "fine", "confidence": share}]
            entities = message.get(ENTITIES, []) + self.add_extractor_name(found)
            message.set(ENTITIES, entities, add_to_output=True)
            message.set("unhappiness", round(share, 2), add_to_output=True)
        return messages
'''

CLASSIFIER = '''
from typing import Any, Dict, List, Optional, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CentroidClassifier(IntentClassifier, GraphComponent):
    """The intent whose mean vector is most like the message's."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Featurizer]

    def __init__(self, storage, resource, centres=None):
        self.storage, self.resource, self.centres = storage, resource, centres or {}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        import numpy as np

        by_intent = {}
        for example in training_data.intent_examples:
            by_intent.setdefault(example.get(INTENT), []).append(self._vector(example))
        self.centres = {intent: np.mean(vectors, axis=0) for intent, vectors in by_intent.items()}
        with self.storage.write_to(self.resource) as folder:
            np.savez(folder / "centres.npz", **self.centres)
        return self.resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GraphComponent:
        import numpy as np

        with model_storage.read_from(resource) as folder:
            with np.load(folder / "centres.npz") as stored:
                return cls(model_storage, resource, dict(stored))

    def _vector(self, message):
        _, sentence = message.get_sparse_features(TEXT, [])
        return sentence.features.toarray()[0]

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            vector = self._vector(message)
            scores = {intent: float(vector @ centre) for intent, centre in self.centres.items()}
            total = sum(scores.values()) or 1.0
            ranking = [{"name": intent, "confidence": score / total} for intent, score in scores.items()]
            ranking.sort(key=lambda intent: -intent["confidence"])
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages
'''

FEATURES = '''
from typing import Any, Dict, List, Optional, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LengthFeaturizer(DenseFeaturizer, GraphComponent):
    """Describes words by their lengths."""

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        if config.get("alias") == "":
            raise InvalidConfigException("an alias needs letters")

    def __init__(self, config, name):
        super().__init__(name, config)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(config, execution_context.node_name)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if not message.get(TOKENS_NAMES[TEXT]):
                continue  # an action or an intent
            lengths = np.array([[len(token.text), 1.0] for token in message.get(TOKENS_NAMES[TEXT])])
            mean = lengths.mean(axis=0)[None]
            for kind, numbers in ((FEATURE_TYPE_SEQUENCE, lengths), (FEATURE_TYPE_SENTENCE, mean)):
                message.add_features(Features(numbers, kind, TEXT, self._identifier))
        return messages
'''

TOKENS = '''
from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class DashTokenizer(Tokenizer):
    """Cuts at dashes too."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def supported_languages() -> Optional[List[Text]]:
        return ["en"]

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        words = message.get(attribute).replace("-", " ").split()
        return self._apply_token_pattern(self._convert_words_to_tokens(words, message.get(attribute)))
'''

CHANNEL = '''
import inspect
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse


class MyIO(InputChannel):
    """A connector with a secret, in the shape that Rasa's documentation shows."""

    def __init__(self, secret: Text) -> None:
        self.secret = secret

    @classmethod
    def name(cls) -> Text:
        return "myio"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        if not credentials:
            cls.raise_missing_credentials_exception()
        return cls(credentials["secret"])

    def get_metadata(self, request: Request) -> Dict[Text, Any]:
        return {"from": request.json.get("device")}

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        custom_webhook = Blueprint(
            "custom_webhook_{}".format(type(self).__name__), inspect.getmodule(self).__name__
        )

        @custom_webhook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @custom_webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if request.headers.get("X-Secret") != self.secret:
                return response.text("no", status=403)
            collector = CollectingOutputChannel()
            await on_new_message(
                UserMessage(
                    request.json.get("text"),
                    collector,
                    request.json.get("sender"),
                    input_channel=self.name(),
                    metadata=self.get_metadata(request),
                )
            )
            return response.json(collector.messages)

        return custom_webhook
'''

LOUD = '''
from rasa.core.channels.channel import InputChannel, OutputChannel
from rasa.core.channels.rest import RestInput


class LoudOutput(OutputChannel):
    """Notes what is said."""

    said = []

    @classmethod
    def name(cls):
        return "loud"

    async def send_text_message(self, recipient_id, text, **kwargs):
        self.said.append((recipient_id, text.upper()))

    async def send_image_url(self, recipient_id, image, **kwargs):
        self.said.append((recipient_id, f"<{image}>"))


class Loud(InputChannel):
    """Reaches users by itself."""

    @classmethod
    def name(cls):
        return "loud"

    def get_output_channel(self):
        return LoudOutput()


class SignedRest(RestInput):
    """The REST channel with metadata of its own."""

    @classmethod
    def name(cls):
        return "signed"

    def get_metadata(self, request):
        return {"agent": request.headers.get("user-agent")}
'''

IMPORTER = '''
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class TableImporter(TrainingDataImporter):
    """Questions and answers that stand in a table."""

    def __init__(self, config_file=None, domain_path=None, training_data_paths=None, table=None, **kwargs):
        self.table = table or {}

    def get_domain(self):
        return Domain.from_dict({"intents": list(self.table)})

    def get_nlu_data(self, language="en"):
        return TrainingData(
            [Message.build(text, intent) for intent, texts in self.table.items() for text in texts]
        )

    def get_config(self):
        return {}

    def get_config_file_for_auto_config(self):
        return None

    def get_stories(self, exclusion_percentage=None):
        return StoryGraph([])

    def get_conversation_tests(self):
        return StoryGraph([])


class ShoutedFiles(RasaFileImporter):
    """The project's files, and all of their examples in capitals too."""

    def get_nlu_data(self, language="en"):
        data = super().get_nlu_data(language)
        shouted = [
            Message.build(example.get("text").upper(), example.get_full_intent())
            for example in data.nlu_examples
        ]
        return data.merge(TrainingData(shouted))
'''

POLICY = '''
import json
from typing import Any, Dict, List, Optional, Text, Type

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class FirstActionPolicy(Policy):
    """Answers an intent with the action that stories answer it with first."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"priority": 6, "max_history": 1}

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_DATA

    def __init__(self, config, model_storage, resource, execution_context, featurizer=None, answers=None):
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self.answers = answers or {}

    def train(
        self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        for tracker in training_trackers:
            intent = None
            for event in tracker.events:
                if isinstance(event, UserUttered):
                    intent = event.intent_name
                elif isinstance(event, ActionExecuted) and intent and event.action_name != "action_listen":
                    self.answers.setdefault(intent, event.action_name)
                    intent = None
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "answers.json").write_text(json.dumps(self.answers))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GraphComponent:
        with model_storage.read_from(resource) as folder:
            answers = json.loads((folder / "answers.json").read_text())
        return cls(config, model_storage, resource, execution_context, answers=answers)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        answer = self.answers.get(tracker.latest_message.intent.get("name"))
        if tracker.latest_action_name == "action_listen" and answer:
            if list(tracker.get_latest_entity_values("vip")) or tracker.get_slot("quiet"):
                answer = "action_listen"
            probabilities[domain.index_for_action(answer)] = 1.0
        return self._prediction(probabilities)
'''
