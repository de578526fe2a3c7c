"""spaCy's tokens, with lemmas and parts of speech: more than seventy languages."""

from __future__ import annotations

from typing import ClassVar

from turnwise.nlu.message import Message, Token
from turnwise.nlu.spacy_model import doc_of
from turnwise.nlu.tokenizers.tokenizer import Tokenizer


class SpacyTokenizer(Tokenizer):
    """Takes over the tokens that SpacyNLP found; blanks are left out."""

    reads: ClassVar[frozenset[str]] = frozenset({"doc"})

    def tokenize(self, message: Message) -> list[Token]:
        return [
            Token(
                text=message.text[token.idx : token.idx + len(token.text)],
                start=token.idx,
                end=token.idx + len(token.text),
                lemma=token.lemma_,
                pos=token.tag_ or None,
            )
            for token in doc_of(message)
            if not token.text.isspace()
        ]
