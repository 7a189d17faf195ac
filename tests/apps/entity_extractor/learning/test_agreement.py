import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from entity_extractor.learning.agreement import agreement, disagreements, kappa
from headwater.spans import Span, to_bio
from headwater.text import words

OSLO, ROME = Span(0, 4, "LOC"), Span(11, 15, "LOC")
TEXT = "Oslo beats Rome"


def test_f1_and_kappa_by_hand() -> None:
    # ann marks both, ben the first: F1 = 2 / 3. Words: (B, B), (O, O), (B, O): 2/3 seen, chance 2/9 + 2/9 = 4/9.
    (pair,) = agreement({TEXT: {"ann": [OSLO, ROME], "ben": [OSLO]}})
    assert (pair.one, pair.other, pair.sentences) == ("ann", "ben", 1)
    assert pair.f1.value == pytest.approx(2 / 3)
    assert pair.kappa.value == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))


def test_kappa_is_scikit_learns() -> None:
    draw = np.random.default_rng(5)
    rows, ann, ben = {}, [], []
    for number in range(40):
        text = f"Oslo beats Rome in {number}"
        marks = [[span for span in (OSLO, ROME) if draw.random() < 0.6] for _ in range(2)]
        rows[text] = dict(zip(("ann", "ben"), marks, strict=True))
        ann += to_bio(words(text), marks[0])
        ben += to_bio(words(text), marks[1])
    (pair,) = agreement(rows)
    assert pair.kappa.value == pytest.approx(cohen_kappa_score(ann, ben))
    assert pair.kappa.low < pair.kappa.value < pair.kappa.high
    assert pair.f1.low < pair.f1.value < pair.f1.high


def test_every_pair_has_its_own_sentences_and_one_person_has_none() -> None:
    marked = {
        TEXT: {"ann": [OSLO], "ben": [OSLO], "cy": [ROME]},
        "Oslo won": {"ann": [OSLO], "cy": [OSLO]},
        "x": {"ann": []},
    }
    found = {(pair.one, pair.other): pair for pair in agreement(marked)}
    assert {key: pair.sentences for key, pair in found.items()} == {
        ("ann", "ben"): 1,
        ("ann", "cy"): 2,
        ("ben", "cy"): 1,
    }
    assert found["ann", "ben"].f1.value == 1
    assert agreement({"x": {"ann": []}}) == []


def test_two_who_mark_nothing_agree() -> None:
    (pair,) = agreement({TEXT: {"ann": [], "ben": []}})
    assert (pair.f1.value, pair.kappa.value) == (1, 1)
    assert kappa(np.array([[0.0, 4.0], [0.0, 0.0]])) == 0


def test_disagreements_come_worst_first_with_what_each_alone_marked() -> None:
    marked = {
        "same": {"ann": [Span(0, 4, "LOC")], "ben": [Span(0, 4, "LOC")]},
        TEXT: {"ann": [OSLO, ROME], "ben": [OSLO]},
        "Acme fell": {"ann": [Span(0, 4, "LOC")], "ben": [Span(0, 4, "ORG")]},
    }
    found = disagreements(marked)
    assert [(one.text, round(one.f1, 2)) for one in found] == [("Acme fell", 0.0), (TEXT, 0.67)]
    assert (found[1].only_one, found[1].only_other) == ((ROME,), ())
