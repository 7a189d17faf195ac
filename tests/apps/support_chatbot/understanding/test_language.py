from pathlib import Path

import pytest

from support_chatbot.understanding.language import language_of, language_shares

SENTENCES = [
    line.split("\t") for line in Path(__file__).with_name("sentences.tsv").read_text(encoding="utf-8").splitlines()
]


def test_sentences_are_there() -> None:
    assert len(SENTENCES) >= 90


@pytest.mark.parametrize(("language", "sentence"), SENTENCES)
def test_a_sentence_of_each_language(language: str, sentence: str) -> None:
    assert language_of(sentence) == language


@pytest.mark.parametrize(
    "text", ["", "4321", "TX-48291", "£20", "👍", "John Smith", "Tesco", "Visa", "ok", "\ud800", "?!"]
)
def test_too_little_to_tell(text: str) -> None:
    assert language_of(text) == ""


@pytest.mark.parametrize(
    "text",
    ["hello", "Card declined", "I paid at Lidl in München", "WHERE IS MY CARD", "top up failed", "my refund pls"],
)
def test_short_english_is_never_taken_for_another(text: str) -> None:
    assert language_of(text) in {"en", ""}


def test_of_a_mixed_message_the_larger_share_counts() -> None:
    text = "My card is lost. Ich brauche bitte sofort Hilfe mit meiner neuen Karte, danke."
    shares = language_shares(text)
    assert set(shares) == {"de", "en"} and sum(shares.values()) == pytest.approx(1)
    assert shares["en"] == pytest.approx(12 / (12 + 61), abs=0.03)
    assert language_of(text) == "de"
