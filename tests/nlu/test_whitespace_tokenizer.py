"""Which tokens WhitespaceTokenizer makes; the vectors are those of Rasa 3.6."""

from __future__ import annotations

import pytest

from turnwise.nlu.message import Message
from turnwise.nlu.tokenizers.tokenizer import TokenizerSettings, label_words
from turnwise.nlu.tokenizers.whitespace import WhitespaceTokenizer, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hi. My name is Rasa.", ["Hi", "My", "name", "is", "Rasa"]),
        ("it's 5.30pm!", ["it", "s", "5.30pm"]),
        ("a@b.com, 20€", ["a@b.com", "20"]),
        ("don't-stop", ["don", "t-stop"]),
        ("#tag @me & co", ["#tag", "@me", "&", "co"]),
        ("http://x.y/z?a=b#c", ["http://x.y/z?a=b#c"]),
        ("3,000.50 $20 20%", ["3,000.50", "$20", "20"]),
        ("(hello) [world]", ["hello", "world"]),
        ("hello,world", ["hello,world"]),
        ("a/b and c:d", ["a/b", "and", "c:d"]),
        ("-5 +3", ["-5", "+3"]),
        ("C++ is", ["C", "is"]),
        ("1. item", ["1", "item"]),
        ("😀 ok", ["ok"]),
        ("😀", ["😀"]),
        ("...", ["..."]),
        ("", [""]),
    ],
)
def test_a_text_is_cut_as_rasa_cuts_it(text: str, tokens: list[str]) -> None:
    """Punctuation at the edge of words goes; inside numbers, URLs and addresses it stays."""
    assert [token.text for token in tokens_of(text)] == tokens


@pytest.mark.parametrize("text", ["  it's  (Zürich), ok? ", "किताब पढ़ो!", "x² ½ day ⓐb"])
def test_offsets_point_into_the_text(text: str) -> None:
    """Every token is the slice of the text that it names, from left to right."""
    tokens = tokens_of(text)

    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert [token.start for token in tokens] == sorted({token.start for token in tokens})


def test_vowel_signs_belong_to_their_word() -> None:
    """Indic vowel signs are letters to Unicode though not to Python's re."""
    assert [token.text for token in tokens_of("किताब पढ़ो!")] == ["किताब", "पढ़ो"]


def test_a_token_pattern_cuts_further() -> None:
    """`token_pattern` keeps what it finds in a token; a token without match stays whole."""
    tokenizer = WhitespaceTokenizer(TokenizerSettings(token_pattern="[a-z]+|[0-9]+"))
    message = Message("abc123 ÄÖ")
    tokenizer.process(message)

    assert message.tokens is not None
    assert [(token.text, token.start) for token in message.tokens] == [("abc", 0), ("123", 3), ("ÄÖ", 7)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (TokenizerSettings(), ["faq.ask_name"]),
        (TokenizerSettings(intent_tokenization_flag=True), ["faq.ask", "name"]),
        (
            TokenizerSettings(intent_tokenization_flag=True, prefix_separator_symbol="."),
            ["faq", "ask", "name"],
        ),
        (TokenizerSettings(prefix_separator_symbol="."), ["faq", "ask_name"]),
    ],
)
def test_labels_are_split_only_on_request(settings: TokenizerSettings, words: list[str]) -> None:
    """Names of intents stay whole unless `intent_tokenization_flag` or a prefix symbol says otherwise."""
    assert label_words("faq.ask_name", settings) == words
