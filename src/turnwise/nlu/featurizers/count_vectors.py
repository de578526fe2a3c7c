"""Counts words, or runs of words or characters: the bag of words of Rasa's pipelines."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from turnwise.errors import UsageError
from turnwise.nlu.component import SettingError, TrainingSet
from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.featurizers.ngrams import Analyzer, analyzer
from turnwise.nlu.message import Message, Token

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"\b[0-9]+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountVectorsSettings:
    """What may stand under `CountVectorsFeaturizer`."""

    alias: str | None = None
    """Name for `featurizers: [...]` of a classifier."""
    analyzer: Analyzer = "word"
    """Whether words, characters, or characters inside words (`char_wb`) are counted."""
    min_ngram: int = 1
    """Shortest run counted."""
    max_ngram: int = 1
    """Longest run counted."""
    min_df: int | float = 1
    """In how many texts (a whole number), or in which share of them (a fraction), an n-gram must occur."""
    max_df: int | float = 1.0
    """In how many texts, or in which share of them, it may occur; 1 is one text, 1.0 is all of them."""
    max_features: int | None = None
    """Only so many n-grams, the most frequent."""
    strip_accents: Literal["ascii", "unicode"] | None = None
    """Whether `é` is read as `e`."""
    stop_words: Literal["english"] | list[str] | None = None
    """Words not counted; "english" needs scikit-learn."""
    lowercase: bool = True
    """Whether `Hi` is read as `hi`."""
    OOV_token: str | None = None
    """A word that stands for all words not seen in training; it must occur in the training data."""
    OOV_words: list[str] | str = ""
    """Words that are read as `OOV_token` in training."""
    use_shared_vocab: bool = False
    """Whether texts, responses and intents have one vocabulary."""
    use_lemma: bool = True
    """Whether the dictionary form is counted where the tokenizer knows it."""

    def __post_init__(self) -> None:
        if not 1 <= self.min_ngram <= self.max_ngram:
            problem = f"runs of {self.min_ngram} to {self.max_ngram} are none"
            raise SettingError("min_ngram", problem, fix="write at least 1, and at most 'max_ngram'")


class CountVectorsFeaturizer(Featurizer[CountVectorsSettings]):
    """One number for each n-gram seen in training: how often it occurs in the text."""

    Settings = CountVectorsSettings
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"tokens"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents", "responses"})

    vocabulary_: Mapping[str, int] = {}
    _ngrams: Callable[[str], list[str]] | None = None

    def sources(self) -> frozenset[str]:
        return self.learns_from if self.settings.use_shared_vocab else frozenset({"texts"})

    def train(self, training: TrainingSet) -> None:
        texts = [self._text(message.tokens or [], training=True) for message in training.messages]
        if self.settings.use_shared_vocab:
            texts += [example.intent for example in training.data.examples if example.intent]
            texts += [
                str(variation["text"])
                for variations in training.responses.values()
                for variation in variations
                if variation.get("text")
            ]
        self._warn_of_missing_oov(texts)
        documents = [self._analyzer()(text) for text in texts]
        self._take(_vocabulary(documents, self.settings))

    def _warn_of_missing_oov(self, texts: Sequence[str]) -> None:
        token, words = self._oov()
        if self.settings.OOV_words and not token:
            log.error("nlu.count_vectors.oov_words_without_token")
        if token and not words and not any(token in text.lower() for text in texts):
            log.warning("nlu.count_vectors.oov_token_not_in_data token=%s", token)

    def _analyzer(self) -> Callable[[str], list[str]]:
        if self._ngrams is None:
            own = self.settings
            self._ngrams = analyzer(
                own.analyzer,
                own.min_ngram,
                own.max_ngram,
                lowercase=own.lowercase,
                strip_accents=own.strip_accents,
                stop_words=_stop_words(own.stop_words) if own.analyzer == "word" else frozenset(),
            )
        return self._ngrams

    def _oov(self) -> tuple[str | None, frozenset[str]]:
        """The token for unknown words, and the words that it replaces in training."""
        token, words = self.settings.OOV_token, self.settings.OOV_words
        if token is None or self.settings.analyzer != "word":
            return None, frozenset()
        listed = [words] if isinstance(words, str) and words else list(words)
        if self.settings.lowercase:
            return token.lower(), frozenset(word.lower() for word in listed)
        return token, frozenset(listed)

    def _words(self, tokens: Sequence[Token], *, training: bool) -> list[str]:
        words = [token.lemma if self.settings.use_lemma else token.text for token in tokens]
        words = [_NUMBER.sub("__NUMBER__", word) for word in words]
        if self.settings.lowercase:
            words = [word.lower() for word in words]
        token, listed = self._oov()
        if token and not training and token in self.vocabulary_:
            return [word if word in self.vocabulary_ else token for word in words]
        if token and listed:
            return [token if word in listed else word for word in words]
        return words

    def _text(self, tokens: Sequence[Token], *, training: bool = False) -> str:
        return " ".join(self._words(tokens, training=training))

    def name_at(self, position: int) -> str:
        return list(self.vocabulary_)[position]

    def _take(self, vocabulary: Mapping[str, int]) -> None:
        self.vocabulary_ = vocabulary
        self.size = len(vocabulary)

    def _counts(self, text: str) -> Features:
        counts = Counter(self._analyzer()(text))
        known = {self.vocabulary_[gram]: float(n) for gram, n in counts.items() if gram in self.vocabulary_}
        return Features.of_counts(known, self.size)

    def sentence(self, message: Message) -> Features:
        return self._counts(self._text(message.tokens or []))

    def tokens(self, message: Message) -> list[Features]:
        return [self._counts(word) for word in self._words(message.tokens or [], training=False)]

    def dump(self) -> dict[str, bytes]:
        return {"vocabulary.json": json.dumps(list(self.vocabulary_), ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._take({gram: index for index, gram in enumerate(json.loads(files["vocabulary.json"]))})


def _vocabulary(documents: Iterable[Sequence[str]], settings: CountVectorsSettings) -> dict[str, int]:
    """N-grams in alphabetical order to their positions."""
    total: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    size = 0
    for grams in documents:
        total.update(grams)
        spread.update(set(grams))
        size += 1
    least, most = (
        bound if isinstance(bound, int) else bound * size for bound in (settings.min_df, settings.max_df)
    )
    kept = sorted(gram for gram, count in spread.items() if least <= count <= most)
    if settings.max_features is not None:
        frequent = sorted(kept, key=lambda gram: -total[gram])[: settings.max_features]
        kept = sorted(frequent)
    return {gram: index for index, gram in enumerate(kept)}


def _stop_words(given: Literal["english"] | list[str] | None) -> frozenset[str]:
    if given != "english":
        return frozenset(given or ())
    try:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
    except ModuleNotFoundError as error:
        problem = "CountVectorsFeaturizer: the list 'stop_words: english' comes with scikit-learn"
        raise UsageError(f'{problem}\n  fix: pip install "turnwise[sklearn]", or list the words') from error
    return frozenset(ENGLISH_STOP_WORDS)
