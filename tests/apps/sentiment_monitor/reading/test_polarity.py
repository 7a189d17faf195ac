"""Clauses that are set against each other, and what the model says at a place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.bundle import open_bundle
from headwater.serving.model import open_model
from sentiment_monitor.reading.polarity import clauses, polarities


def test_clauses_by_hand() -> None:
    text = "Acme rose while Beta, once its rival, fell. Gamma was flat as rates held."
    places = [(text.index(name), text.index(name) + len(name)) for name in ("Acme", "Beta", "Gamma")]
    found = clauses(text, places)
    assert [part and text[part[0] : part[1]] for part in found] == ["Acme rose", "Beta, once its rival, fell.", None]


@pytest.mark.parametrize("text", ["Acme and Beta rose as rates fell", "Acme rose. Beta fell", "Acme Beta"])
def test_firms_of_one_clause_or_of_two_sentences_are_not_set_apart(text: str) -> None:
    assert clauses(text, [(0, 4), (text.index("Beta"), text.index("Beta") + 4)]) == [None, None]


def test_a_clause_is_read_alone_and_with_its_sentence(tmp_path: Path, tiny: Callable) -> None:
    tiny(tmp_path / "news", "companies")
    model = open_model(open_bundle(tmp_path / "news"), "int8", "cpu")
    text = "Acme rose as Bank fell"
    together = {span.text: span for span in polarities(model, {text: [(0, 4), (13, 17)]})[text]}
    whole = polarities(model, {text: [(13, 17)]})[text][0]
    alone = polarities(model, {"Bank fell": [(0, 4)]})["Bank fell"][0]
    assert {*together} == {"Acme", "Bank"}
    assert all(1 / 3 <= span.probability <= 1 for span in together.values())
    if whole.label == alone.label:  # the tiny model reads each word by itself
        assert together["Bank"].label == whole.label
        assert together["Bank"].probability == pytest.approx((whole.probability + alone.probability) / 2)
