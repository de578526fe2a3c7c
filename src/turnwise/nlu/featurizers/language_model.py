"""Rasa's name for pretrained encoders; BERT models from a local folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from turnwise.nlu.component import SettingError
from turnwise.nlu.featurizers.encoder import EncoderFeaturizer, EncoderSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelSettings(EncoderSettings):
    """What may stand under `LanguageModelFeaturizer`."""

    model_name: Literal["bert", "gpt", "gpt2", "xlnet", "distilbert", "roberta", "camembert"] = "bert"
    """Kind of model; only "bert" is served here."""
    model_weights: str | None = None
    """Folder or installed package with the weights; None for that of `EncoderFeaturizer`."""
    cache_dir: str | None = None
    """A folder in which `model_weights` is looked for as well."""

    def __post_init__(self) -> None:
        if self.model_name != "bert":
            problem = f"models of the kind '{self.model_name}' are not served"
            raise SettingError(
                "model_name", problem, fix="use a BERT model, and its folder as 'model_weights'"
            )


class LanguageModelFeaturizer(EncoderFeaturizer):
    """Sentence vectors of a BERT model such as LaBSE, without TensorFlow; nothing is ever fetched."""

    Settings = LanguageModelSettings
    settings: LanguageModelSettings

    @property
    def where(self) -> str:
        weights, cache = self.settings.model_weights, self.settings.cache_dir
        if weights is None:
            return self.settings.model
        return f"{cache}/{weights}" if cache else weights
