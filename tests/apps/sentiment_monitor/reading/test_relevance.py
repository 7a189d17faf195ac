import pytest

from sentiment_monitor.news import Mention
from sentiment_monitor.reading.relevance import said_of, weigh


def named(start: int, company: str | None, polarity: str = "neutral", probability: float = 0.9) -> Mention:
    return Mention(start, start + 4, "Name", polarity, probability, company)


def test_a_headline_of_one_company_is_all_about_it() -> None:
    assert weigh([named(0, "a")], [(0, 20)], 20, 20)[0].relevance == 1.0


def test_two_companies_of_a_headline_by_hand() -> None:
    first, second = weigh([named(0, "a"), named(10, "b")], [(0, 20)], 20, 20)
    assert first.relevance == second.relevance == pytest.approx(0.4 + 0.3 + 0.3 / 2)


def test_an_article_by_hand() -> None:
    # a: in the title, in 2 of 4 sentences, 2 of 4 mentions; b: at 60 of 100, 1 of 4 and 1 of 4; the last is no company's.
    sentences = [(0, 20), (20, 50), (50, 70), (70, 100)]
    found = weigh([named(5, "a"), named(25, "a"), named(60, "b"), named(80, None)], sentences, 20, 100)
    assert found[0].relevance == found[1].relevance == pytest.approx(0.4 + 0.3 * 2 / 4 + 0.3 * 2 / 4)
    assert found[2].relevance == pytest.approx(0.4 * 0.5 * 0.4 + 0.3 / 4 + 0.3 / 4)
    assert found[3].relevance == 0.0


def test_what_is_said_of_a_company_named_twice() -> None:
    told = said_of([named(0, "a", "positive", 0.6), named(9, "a", "negative", 0.8), named(20, "a", "positive", 0.7), named(30, None)])  # fmt: skip
    assert [*told] == ["a"]
    assert (told["a"].polarity, told["a"].start) == ("positive", 20)
