"""The corpus that ships with financial-news: every label is one of the recipe's, every span is where it says."""

import doctest
from collections import Counter

import pytest

import tests.benchmarks.news_corpus as tool
from headwater.data.catalogue import named_rows
from headwater.data.readers import read_file
from headwater.recipe import load_recipe
from headwater.spans import Span

FOLDER = tool.CORPUS.parent
FILES = ("news_train.jsonl", "news_test.jsonl")


@pytest.fixture(scope="module")
def recipe():
    return load_recipe(FOLDER / "recipe.toml")


@pytest.mark.parametrize("name", [*FILES, "second_labels.jsonl"])
def test_every_label_is_the_recipes_and_every_span_is_a_name(recipe, name):
    sentiments, topics, polarities = (set(head.labels or ()) for head in recipe.heads)
    rows = read_file(tool.CORPUS / name)
    assert len(rows) > 400
    for row in rows:
        assert row.targets["label"] in sentiments, row.where
        assert set(row.targets["labels"]) <= topics and len(row.targets["labels"]) <= 2, row.where
        assert row.targets["labels"] or row.targets["label"] == "neutral", row.where
        spans = [span for span in row.targets["spans"] if isinstance(span, Span)]
        assert {span.label for span in spans} <= polarities, row.where
        assert all(span.text == span.text.strip() != "" for span in spans), row.where
        assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False)), row.where


def test_no_sentence_stands_twice_and_the_second_labels_are_of_the_same_sentences():
    first, second = tool.rows(*FILES), tool.rows("second_labels.jsonl")
    assert [row["text"] for row in first] == [row["text"] for row in second]
    assert Counter(" ".join(tool.words(row["text"])) for row in first).most_common(1)[0][1] == 1


def test_every_topic_and_every_tone_is_there_often():
    rows = tool.rows(*FILES)
    assert len(rows) >= 1500
    topics = Counter(topic for row in rows for topic in row["labels"])
    tones = Counter(row["label"] for row in rows)
    assert len(topics) == 15 and min(topics.values()) >= 80
    assert min(tones.values()) >= 500
    assert sum(not row["labels"] for row in rows) >= 80  # no news


def test_agreement_by_hand():
    def row(label: str, topics: list[str], *spans: tuple[int, int, str]) -> dict:
        return {"label": label, "labels": topics, "entities": [{"start": s, "end": e, "type": t} for s, e, t in spans]}

    first = [row("a", ["x"], (0, 3, "a")), row("b", ["y"], (0, 3, "b")), row("a", ["x"], (5, 8, "a")), row("b", [])]
    second = [row("a", ["x"], (0, 3, "a")), row("b", ["y"], (0, 3, "b")), row("b", ["x"], (5, 9, "a")), row("b", [])]
    found = tool.agreement(first, second)
    assert found["sentiment"] == pytest.approx((0.75 - 0.5) / 0.5)  # by chance: 2/4 x 1/4 + 2/4 x 3/4
    assert found["main topic"] == found["topics, mean of each"] == found["polarity of a company"] == 1
    assert found["company mentions, F1"] == pytest.approx(2 * 2 / 6)


@pytest.mark.data
def test_no_eight_words_in_a_row_stand_in_a_measured_set():
    texts = [row["text"] for row in tool.rows(*FILES)]
    for name in tool.MEASURED:
        assert tool.shared(texts, [row.text for row in named_rows(name)[0]]) == set(), name


def test_the_examples_run():
    assert doctest.testmod(tool) == (0, 2)
