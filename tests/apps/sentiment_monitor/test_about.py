from pathlib import Path
from types import SimpleNamespace

import pytest

import headwater
from headwater.bundle import Head
from headwater.serving import Prediction
from headwater.spans import Span
from sentiment_monitor.about import About, about
from tests.apps.conftest import open_app, words


def model(topics: list[str], spans: list[Span]) -> SimpleNamespace:
    heads = (Head("topics", "multi", ("a", "b"), "topics"), Head("companies", "token", ("O",), "companies"))
    found = {"topics": [tuple(Prediction(name, 0.8) for name in topics)], "companies": [tuple(spans)]}
    return SimpleNamespace(heads=heads, predict_heads=lambda texts, heads: {name: found[name] for name in heads})


def test_a_company_named_twice_has_the_polarity_of_its_surest_mention():
    spans = [
        Span(0, 4, "neutral", 0.6, "Acme"),
        Span(10, 14, "positive", 0.9, "Acme"),
        Span(20, 24, "negative", 0.7, "Bolt"),
    ]
    assert about(model(["b", "a"], spans), "t") == About(("b", "a"), (("Acme", "positive"), ("Bolt", "negative")))
    assert about(model(["b"], spans[::-1]), "t").companies == (("Bolt", "negative"), ("Acme", "positive"))


def test_a_model_without_such_heads_says_nothing(tiny, tmp_path: Path):
    tiny(tmp_path / "one", "sentiment", "entities")
    assert about(headwater.load(tmp_path / "one"), "Acme rose in London") == About()


def test_a_model_with_them_is_asked(tiny, tmp_path: Path):
    tiny(tmp_path / "all", "sentiment", "topics", "companies")
    found = about(headwater.load(tmp_path / "all"), "Acme Bank profit beats, gold fell in London")
    assert set(found.topics) <= {"energy", "metals"}
    assert found.companies
    assert all(name in "Acme Bank profit beats, gold fell in London" for name, _ in found.companies)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_stories_show_it(home: Path, tiny, language: str):
    tiny(home / "models" / "financial-news" / "bundle", "sentiment", "topics", "companies")
    page = open_app("sentiment_monitor", language=language)
    assert not page.exception
    assert words(page).count('class="hw-tags"') > 5
    assert 'aria-label="' in words(page)
