"""Training of `DIETClassifier`; apart, since serving needs none of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from turnwise.nlu.classifiers.diet import DIETSettings
from turnwise.nlu.component import TrainingSet
from turnwise.nlu.message import Message
from turnwise.nlu.models.intent_resuming import resumed_model
from turnwise.nlu.models.intent_training import Trained, trained_model
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.tagger import Tagger
from turnwise.nlu.models.tagger_training import Annotated, labels_of, resumed_tagger, trained_tagger
from turnwise.nlu.models.word_vectors import WordVectors
from turnwise.nlu.resumption import Resumption
from turnwise.nlu.tokenizers.tokenizer import Tokenizer, label_words

log = logging.getLogger(__name__)

_SEED = 1


def trained(
    training: TrainingSet, settings: DIETSettings, meanings: WordVectors | None
) -> tuple[IntentModel | None, Tagger | None]:
    """The intent model and the tagger; None for what the data or the settings do not have.

    Args:
        meanings: What words mean, if it is known and wanted.
    """
    examples = training.data.examples
    tagging = settings.entity_recognition and any(example.entities for example in examples)
    seed = _SEED if settings.random_seed is None else settings.random_seed
    guessed: dict[int, str | None] = {}
    model = None
    if settings.intent_classification:
        rows = [row for row, example in enumerate(examples) if example.intent]
        share = 0.5 if tagging else 1.0
        found = _intents(training, rows, settings, meanings, seed, tagging=tagging, share=share)
        if found is not None:
            model, guessed = found.model, dict(zip(rows, found.guesses, strict=True))
    if not tagging:
        return model, None
    # The tagger learns from guessed intents, not from true ones, so that it trusts them as far as they go.
    texts = [
        Annotated(tokens=message.tokens or [], spans=example.entities, intent=guessed.get(row))
        for row, (message, example) in enumerate(zip(training.messages, examples, strict=True))
    ]
    start = 0.5 if model else 0.0

    def progress(done: float) -> None:
        training.progress(start + done * (1 - start))

    tagger = trained_tagger(
        texts, sees_intent=model is not None, meanings=meanings, seed=seed, progress=progress
    )
    return model, tagger


def resumed(
    resumption: Resumption, settings: DIETSettings, intents: IntentModel | None, tagger: Tagger | None
) -> tuple[IntentModel | None, Tagger | None] | None:
    """What was learned, after some more training; None if it has to be learned anew."""
    training, seed = resumption.training, _SEED if settings.random_seed is None else settings.random_seed
    examples = training.data.examples
    texts = [
        # The intent as the model saw it before: of new texts it is a guess, as it will be when serving.
        Annotated(
            tokens=message.tokens or [], spans=example.entities, intent=_guess(intents, message, settings)
        )
        for message, example in zip(training.messages, examples, strict=True)
    ]
    if tagger is not None and not set(labels_of(texts)) <= set(tagger.states.labels):
        return None
    if intents is not None:
        rows = [row for row, example in enumerate(examples) if example.intent]
        intents = resumed_model(
            intents,
            [training.messages[row] for row in rows],
            [examples[row].intent or "" for row in rows],
            [example.intent for example in resumption.data.examples if example.intent],
            aliases=settings.featurizers,
            epoch_fraction=resumption.epoch_fraction,
            seed=seed,
        )
        if intents is None:
            return None
    if tagger is not None:
        tagger = resumed_tagger(
            tagger, texts, epoch_fraction=resumption.epoch_fraction, seed=seed, progress=training.progress
        )
    return intents, tagger


def _guess(model: IntentModel | None, message: Message, settings: DIETSettings) -> str | None:
    if model is None:
        return None
    scores = model.scores(model.vector(message, settings.featurizers))
    return model.names[int(scores.argmax())]


def _intents(
    training: TrainingSet,
    rows: list[int],
    settings: DIETSettings,
    meanings: WordVectors | None,
    seed: int,
    *,
    tagging: bool,
    share: float,
) -> Trained | None:
    """The intent model of the examples at `rows`; None when they have fewer than two intents."""
    intents = [training.data.examples[row].intent or "" for row in rows]
    if len(set(intents)) < 2:
        log.warning("nlu.diet.no_intents intents=%d fix='two intents are needed'", len(set(intents)))
        return None
    return trained_model(
        [training.messages[row] for row in rows],
        intents,
        parts=_parts(training, intents),
        aliases=settings.featurizers,
        meanings=meanings,
        guess_all=tagging,
        seed=seed,
        progress=lambda done: training.progress(done * share),
    )


def _parts(training: TrainingSet, intents: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What the tokenizer splits each intent into; `intent_tokenization_flag` lets it."""
    tokenizer = next((own for own in training.preparers if isinstance(own, Tokenizer)), None)
    if tokenizer is None:
        return {}
    return {intent: label_words(intent, tokenizer.settings) for intent in set(intents)}
