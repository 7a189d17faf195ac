"""The benchmark of new types: what it counts, by hand."""

import numpy as np
import pytest

from entity_extractor.mentions import Annotated, Mention
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder
from tests.benchmarks.new_types import Remembering, by_dictionary, cell, only, summary

TEXT = "Acme met Acme Bank in Oslo"
GOLD = Annotated("a", TEXT, (Mention(0, 4, "ORG"), Mention(9, 18, "ORG"), Mention(22, 26, "LOC")))


def test_a_hit_has_both_edges_and_counts_once() -> None:
    found = [
        (0, Mention(0, 4, "ORG")),
        (0, Mention(0, 4, "ORG")),
        (0, Mention(9, 13, "ORG")),
        (0, Mention(22, 26, "ORG")),
    ]
    assert cell(found, [only(GOLD, "ORG")]) == (1, 4, 2)


def test_the_dictionary_gives_the_longest_name_and_whole_words_alone() -> None:
    given = [Annotated("b", "Acme Bank, Acme", (Mention(0, 9, "ORG", "Acme Bank"), Mention(11, 15, "ORG", "Acme")))]
    test = [Annotated("c", "Acmes and ACME BANK", ()), GOLD]
    found = by_dictionary(given, test, "ORG", 0)
    assert [(row, m.start, m.end) for row, m in found] == [(0, 10, 19), (1, 0, 4), (1, 9, 18)]


def test_precision_is_of_what_was_suggested_and_recall_of_what_is_marked() -> None:
    found = summary(np.array([[2.0, 20.0, 40.0], [4.0, 20.0, 40.0]]))
    assert found["precision"]["value"] == pytest.approx(6 / 40)
    assert found["recall"]["value"] == pytest.approx(6 / 80)
    assert found["most"] == pytest.approx(40 / 80)
    assert "precision" not in summary(np.array([[0.0, 0.0, 5.0]]))


def test_each_text_is_embedded_once() -> None:
    asked: list[str] = []

    class Counting(WordsEmbedder):
        def predict(self, texts):
            asked.extend(texts)
            return super().predict(texts)

    remembering = Remembering(Counting(), {})
    first = remembering.predict(["a b", "c", "a b"])
    assert np.array_equal(remembering.predict(["c"])[0], first[1])
    assert asked == ["a b", "c"]
