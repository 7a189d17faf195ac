from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from entity_extractor.learning.doubts import doubt_of, missed, name_like, opinions
from headwater.bundle import Head
from headwater.serving import load
from headwater.spans import Span, bio_labels

HEAD = Head("entities", "token", bio_labels(["LOC"]), "entities")


def logits(*chances: tuple[float, float, float]) -> np.ndarray:
    return np.log(np.array(chances))


def test_a_missed_name_counts_by_its_margin_and_a_word_that_is_none_does_not() -> None:
    rows = logits((0.7, 0.2, 0.1), (0.4, 0.35, 0.25), (0.6, 0.3, 0.1))
    assert missed("Oslo fell Bern", [], rows, HEAD.labels) == pytest.approx((1 - 0.3) / 2)
    assert missed("Oslo fell Bern", [Span(10, 14, "LOC")], rows, HEAD.labels) == pytest.approx((1 - 0.5) / 2)
    assert missed("oslo fell bern", [], rows, HEAD.labels) == 0


def test_doubt_is_the_worse_of_spans_and_missed_words() -> None:
    rows = logits((0.98, 0.01, 0.01), (0.2, 0.7, 0.1))
    span = Span(5, 9, "LOC", 0.6)
    assert doubt_of("Oslo Bern", [span], rows, HEAD) == pytest.approx(0.4)
    assert doubt_of("oslo bern", [], rows, HEAD) == 0


def test_a_word_that_was_likelier_a_name_and_yet_not_marked_is_surely_doubted() -> None:
    assert missed("Oslo", [], logits((0.1, 0.05, 0.85)), HEAD.labels) == pytest.approx((1 + 0.75) / 2)


def test_chinese_words_are_name_like_and_signs_are_not() -> None:
    assert [name_like(word) for word in ("北", "🙂", ".", "É", "7")] == [True, False, False, True, False]


def test_opinions_of_a_bundle_are_what_it_predicts(tmp_path: Path, tiny: Callable) -> None:
    tagger = load(tiny(tmp_path / "entities", "entities").folder)
    texts = ["Acme Bank in London", "oil rose", ""]
    found = opinions(tagger, texts)
    assert [one.spans for one in found] == tagger.predict(texts)
    assert [one.text for one in found] == texts
    assert all(0 <= one.doubt <= 1 for one in found)
    assert found[0].doubt > 0 == found[2].doubt
