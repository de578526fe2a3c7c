"""Words of Chinese texts, by Jieba."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from turnwise.errors import UsageError
from turnwise.nlu.component import TrainingSet
from turnwise.nlu.message import Message, Token
from turnwise.nlu.tokenizers.tokenizer import Tokenizer, TokenizerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class JiebaSettings(TokenizerSettings):
    """What may stand under `JiebaTokenizer`."""

    dictionary_path: str | None = None
    """Folder with dictionaries of one's own; they become part of the model."""


class JiebaTokenizer(Tokenizer):
    """Splits where Jieba does."""

    Settings = JiebaSettings
    languages: ClassVar[tuple[str, ...]] = ("zh",)
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts"})
    settings: JiebaSettings

    dictionaries_: Mapping[str, bytes] = {}
    _jieba: Any = None

    def train(self, training: TrainingSet) -> None:
        folder = self.settings.dictionary_path
        if folder is None:
            return
        if not Path(folder).is_dir():
            raise UsageError(f"JiebaTokenizer: no folder '{folder}'\n  fix: correct 'dictionary_path'")
        self.dictionaries_ = {
            path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.is_file()
        }

    def get_ready(self) -> None:
        self._cutter()

    def _cutter(self) -> Any:
        """Jieba with the dictionaries of this component, apart from any other's."""
        if self._jieba is None:
            try:
                import jieba
            except ModuleNotFoundError as error:
                raise UsageError(
                    'JiebaTokenizer needs Jieba\n  fix: pip install "turnwise[jieba]"'
                ) from error
            jieba.setLogLevel(logging.WARNING)  # else it tells of its dictionary, past the settings of logs
            self._jieba = jieba.Tokenizer()
            with TemporaryDirectory() as folder:
                for name, content in self.dictionaries_.items():
                    path = Path(folder, name)
                    path.write_bytes(content)
                    with path.open("rb") as file:  # given a path, Jieba leaves the file open
                        self._jieba.load_userdict(file)
        return self._jieba

    def tokenize(self, message: Message) -> list[Token]:
        return [
            Token(text=word, start=start, end=end)
            for word, start, end in self._cutter().tokenize(message.text)
        ]

    def dump(self) -> dict[str, bytes]:
        if not self.dictionaries_:
            return {}
        coded = {name: base64.b64encode(content).decode() for name, content in self.dictionaries_.items()}
        return {"dictionaries.json": json.dumps(coded).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        if files:
            coded = json.loads(files["dictionaries.json"])
            self.dictionaries_ = {name: base64.b64decode(content) for name, content in coded.items()}
