"""Intents and entities, in DIET's place: sparse linear models that train in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from turnwise.nlu.bilou import Splitting, entities_of, tell_misaligned
from turnwise.nlu.classifiers.fallback import FALLBACK_INTENT
from turnwise.nlu.classifiers.ranking import Length, ranking
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.message import Intent, Message
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.spelling import Spelling
from turnwise.nlu.models.tagger import Tagger
from turnwise.nlu.models.text_vectors import spoken
from turnwise.nlu.reasons import MOST_OF_TEXT, between, found_by, nothing_unless, of_entity
from turnwise.nlu.resumption import Resumption


@dataclass(frozen=True, slots=True, kw_only=True)
class DIETSettings:
    """What may stand under `DIETClassifier` and has an effect."""

    intent_classification: bool = True
    """Whether intents are learned."""
    entity_recognition: bool = True
    """Whether entities are learned."""
    ranking_length: Length = 10
    """How many intents to report; 0 for all."""
    renormalize_confidences: bool = False
    """Whether the confidences of those reported sum to 1."""
    split_entities_by_comma: bool | dict[str, bool] = False
    """Whether tokens with punctuation between them are never one entity; may be given by entity.

    Rasa's default is true. Here the tagger learns from the training data where entities end.
    """
    featurizers: list[str] = field(default_factory=list)
    """Which dense featurizers to use; empty for all."""
    word_vectors: bool = True
    """Whether to know what English words mean, in English texts without dense featurizers."""
    spelling: bool = True
    """Whether to read misspelt words as known ones that differ by a letter or a blank."""
    random_seed: int | None = None
    """Seed of the order in which examples are gone through; None for a fixed one."""


class DIETClassifier(Component[DIETSettings]):
    """Learns intents and entities; an entity may depend on what the message wants.

    Intents: softmax regression (AdaGrad, smoothed labels) over words and word pairs in a row, pairs of
    word beginnings anywhere in the text, letters inside words, and phrases with gaps; each kind is
    weighted by tf-idf and has length 1 (`models.text_vectors`, `models.intent_fitting`). Dense vectors
    are learned from apart, and the scores added, each counting as much as it tells of held-out texts: those
    of featurizers such as EncoderFeaturizer or, if there are none and the texts are English, the sum of
    what each word means (`models.word_vectors`). Confidences are calibrated on held-out texts, and lowered
    for messages whose scores are unlike those of any intent, or that are far from every text of theirs, by
    scores or in meaning (`models.assurance`, `models.nearness`).

    Entities: a conditional random field, trained by the same optimiser, over words, letters and shapes
    around a token, kinds of words, patterns of RegexFeaturizer, and the intent as a model guesses it that
    has not seen the text. Its states make every entity begin and end in order; entity, role and group are
    one label, and labels of one entity share weights; words together are learned more slowly than words and
    letters, and a role from the names that have it more slowly than from the words around (`models.tied`).

    Words that nobody knows are read as known ones that differ by a letter or a blank (`models.spelling`);
    for entities, only as words of the training texts.

    Tried on parts of the training data of BANKING77 (80 % to learn, accuracy over three folds) and SNIPS:

    - linear SVM on words 1-2 and letters 2-5: 0.904; with pairs of words 0.909, of word beginnings 0.910;
      softmax regression on the same features 0.910, in a third of the time; with phrases 0.911;
    - kernel ridge regression, with Gaussian kernel too: 0.900; a network with one hidden layer over 1,024
      singular vectors: 0.899 (one fold); nearest neighbours mixed in, singular vectors appended, ensembles
      of seeds or of kinds of features, words dropped at random, suspicious examples removed: no gain;
    - with all-MiniLM-L6-v2 (two folds): 0.912 alone, 0.926 with its vector appended to the n-grams, 0.930
      with both learned apart, as here; with the maxima over tokens as well 0.930 (alone 0.919), with middle
      layers, whitened, or by a network with one hidden layer no more; discriminant analysis 0.90;
    - ten examples for each intent (mean of BANKING77, HWU64 and CLINC150, five sets): n-grams alone 0.698,
      with the meanings of words 0.783; 385 texts and a language that nobody knows lost up to 10 points
      while dense features always counted half, and none since their share is learned;
    - unknown requests caught where 5 % of known ones fall back (four choices of intents left out; a quarter,
      half and three quarters of them): likelihood alone 0.50, 0.60 and 0.65; with the distance to usual
      scores, and the nearest text by scores and in meaning, 0.59, 0.67 and 0.74 (without the meanings of
      words 0.54, 0.64 and 0.69; with the encoder 0.68, 0.75 and 0.82). Eleven such features in one logistic
      model, trained on other choices, 0.59, 0.66 and 0.74; forty of them and boosted trees no more;
      entropy, energy, the highest score, one against all others, neighbours among n-grams, in singular or
      discriminant vectors, the share of a text that speaks for its intent or was never seen, ensembles,
      members that know half of the intents, mixed texts as examples of the unknown: each less;
    - entities of 1,000 examples of SNIPS (F1): 0.850, with 64 kinds of words 0.866, with 1,024 as well
      0.873, with those of the words beside too 0.873;
    - entities of SNIPS (one fold, F1): the field with a window of two words 0.943, of three 0.946, with
      the true intent known 0.958, with the guessed one 0.953; with all words to the left and right as
      features small sets gain 1 to 5 points, and half of SNIPS loses 0.4;
    - entities of 40 to 1,000 examples (18 parts of eight sets, F1): all steps alike 0.749, words together
      slower 0.765 (40 to 100 examples 0.643 and 0.663); half of the features dropped at random, smoothed
      labels, means of weights, three times as many steps: less than half a point; the token's own word
      dropped, L2: a loss; a larger sum of squared gradients to begin with: SNIPS and xSID gain 2 to 5
      points, Spanish loses 2 to 7;
    - roles of two small assistants (12 to 40 examples, each name in one role; tested in others, F1): 0.69,
      with a role learned from the names at 5 % of the pace 0.87, at none 0.89; but roles that only the name
      tells are then unknown (0.43 of them right; at 5 % 0.96, as fast as others 1.00);
    - words misspelt at random (a fifth of the training texts of 18 sets in nine languages; mean accuracy,
      and F1 of 15 sets): one in each message 0.859 and 0.863 as it is written, 0.896 and 0.887 as it is
      meant; two 0.808 and 0.840, then 0.890 and 0.886; a blank missing 0.870 and 0.648, then 0.897 and 0.823;
      one too many 0.860 and 0.700, then 0.900 and 0.878; without mistakes 0.901 and 0.891, then 0.902 and
      0.890. Entities of SNIPS read with all words of the language lose 0.9 points even without mistakes;
    - ten small sets, 8 to 30 texts for each intent (mean accuracy): four times as many steps no gain, ten
      times as many at half the rate 0.8 points;
    - intents such as `a+b` with 4 or 5 examples, beside `a` and `b` with 15 or 30 (16 sets made of BANKING77
      and SNIPS, accuracy of all and of `a+b`): learned like others 0.58 and 0.31; with weights that `a+b`
      shares with `a` and `b` 0.69 and 0.49, and with all such intents 0.74 and 0.59; with examples joined
      from those of `a` and `b` 0.87 and 0.86, and a point lost on single ones; with both, as here, 0.88 and
      0.86, and none lost (`models.combinations`).

    Sources: Wang & Manning, ACL 2012 (linear models on n-grams are hard to beat); Duchi et al., JMLR 12,
    2011; Lafferty et al., ICML 2001; Guo et al. 2017, arXiv:1706.04599; Lee et al. 2018, arXiv:1807.03888;
    Sun et al. 2022, arXiv:2204.06507.
    """

    Settings = DIETSettings
    version: ClassVar[int] = 7
    reads: ClassVar[frozenset[str]] = frozenset({"featurizer"})
    uses: ClassVar[frozenset[str]] = frozenset({"tokens", "patterns", "dense"})
    writes: ClassVar[frozenset[str]] = frozenset({"intent", "entities"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents", "entities"})

    def __init__(self, settings: DIETSettings, *, language: str = "en") -> None:
        super().__init__(settings, language=language)
        self.intents_: IntentModel | None = None
        self.tagger_: Tagger | None = None
        self.spelling_ = Spelling.of(())
        self._splitting = Splitting.configured(settings.split_entities_by_comma)

    def train(self, training: TrainingSet) -> None:
        from turnwise.nlu.classifiers.diet_training import trained

        tell_misaligned(self.name, training)
        meanings = spoken(self.language, training.messages) if self.settings.word_vectors else None
        self.intents_, self.tagger_ = trained(training, self.settings, meanings)
        if self.settings.spelling:
            self.spelling_ = Spelling.learned(training.messages, meanings)

    def resume(self, resumption: Resumption) -> bool:
        from turnwise.nlu.classifiers.diet_training import resumed

        before = self.load(self.settings, resumption.files, language=self.language)
        after = resumed(resumption, self.settings, before.intents_, before.tagger_)
        if after is not None:
            self.intents_, self.tagger_ = after
            if self.settings.spelling:
                self.spelling_ = before.spelling_.grown(resumption.training.messages)
        return after is not None

    def process(self, message: Message) -> None:
        if self.intents_ is not None:
            self._classify(message, self.intents_)
        elif self.settings.intent_classification and message.ranking is None:
            message.ranking = []
        if self.tagger_ is not None and message.tokens:
            tokens = self.spelling_.meant(message.tokens, own=True)
            taggings = self.tagger_.taggings(tokens, intent=message.intent.name)
            message.entities += entities_of(
                message.text, tokens, taggings, splitting=self._splitting, extractor=self.name
            )

    def _classify(self, message: Message, model: IntentModel) -> None:
        confidences = model.confidences(model.vector(self.spelling_.read(message), self.settings.featurizers))
        found = ranking(model.names, confidences, length=self.settings.ranking_length)
        if self.settings.renormalize_confidences:
            total = sum(intent.confidence for intent in found)
            found = [Intent(name=intent.name, confidence=intent.confidence / total) for intent in found]
        message.intent, message.ranking = found[0], found

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which features spoke for the intent, against the second best, and for each entity."""
        reasons: dict[str, Any] = {}
        if self.intents_ is not None:
            meant = self.spelling_.read(message)
            votes = partial(self.intents_.reasons, meant, self.settings.featurizers, most=MOST_OF_TEXT)
            reasons["intent"] = between(self.intents_.names, message.ranking or (), votes)
        if self.tagger_ is not None:
            meant = self.spelling_.read(message, own=True)
            votes_at = partial(self.tagger_.reasons, meant.tokens or [], intent=_guess(message))
            reasons["entities"] = [
                of_entity(entity, (vote for place in places for vote in votes_at(place)))
                for entity, places in found_by(meant, self.name)
            ]
        return nothing_unless(reasons)

    def dump(self) -> dict[str, bytes]:
        files = self.intents_.dump() if self.intents_ is not None else {}
        files |= self.tagger_.dump() if self.tagger_ is not None else {}
        return files | self.spelling_.dump()

    def restore(self, files: Mapping[str, bytes]) -> None:
        if "intents.json" in files:
            self.intents_ = IntentModel.load(files)
        if "tagger.json" in files:
            self.tagger_ = Tagger.load(files)
        self.spelling_ = Spelling.load(files)


def _guess(message: Message) -> str | None:
    """The best intent, even if a fallback took its place since."""
    ranking = [intent for intent in message.ranking or () if intent.name != FALLBACK_INTENT]
    return ranking[0].name if ranking else message.intent.name
