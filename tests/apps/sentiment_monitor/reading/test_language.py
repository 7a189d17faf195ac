import json

import pytest

from sentiment_monitor.reading.language import language_of
from sentiment_monitor.sample import FEED

FOREIGN = [
    ("Der Gewinn des Konzerns ist im dritten Quartal deutlich gestiegen, teilte das Unternehmen mit", "de"),
    ("Le bénéfice net de la banque a augmenté de 12 % au deuxième trimestre, selon un communiqué", "fr"),
    ("Las acciones de Telefónica caen tras los resultados que publicó la compañía esta mañana", "es"),
    ("Il titolo è in calo dopo i conti della società pubblicati questa mattina", "it"),
    ("苹果公司第三季度利润超出预期", "zh"),
    ("トヨタ、通期の利益予想を上方修正", "ja"),
    ("삼성전자 3분기 영업이익 급증", "ko"),
    ("Сбербанк увеличил чистую прибыль в третьем квартале", "ru"),
    ("أرباح أرامكو تتراجع في الربع الثالث", "ar"),
]
KEPT = [
    "Nokia Q3 EPS EUR 0.06",
    "$TSLA $NVDA calls",
    "AAPL up 2%",
    "Société Générale beats",
    "BRIEF-Telefónica Deutschland names CFO",
    "Itaú Unibanco, Bradesco rally",
    "TOYOTA RAISES FULL-YEAR GUIDANCE",
    "Volkswagen, Daimler und BMW: EU fines three",
    "Moncler H1 core profit rises",
    "",
    "🚀🚀🚀",
]


@pytest.mark.parametrize(("text", "language"), FOREIGN)
def test_what_is_surely_another_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", KEPT)
def test_names_and_tickers_are_no_language(text: str) -> None:
    assert language_of(text) in (None, "en")


def test_the_sample_is_all_english() -> None:
    texts = [json.loads(line)["text"] for line in FEED.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 100
    assert [text for text in texts if language_of(text) not in (None, "en")] == []
