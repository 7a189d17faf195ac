"""Items as the models read them: the same as `headwater score`, companies linked, the rest by rule."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.companies.table import Companies
from headwater.scoring.scorer import Scorer
from sentiment_monitor.news import Reading, Waiting
from sentiment_monitor.reading.reader import Reader, Settings

MODELS = Path(__file__).resolve().parents[4] / "models"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
GERMAN = "Der Gewinn des Konzerns ist im dritten Quartal deutlich gestiegen"
TABLE = "id,name,aliases,ticker,exchange,country,sector\nacme,Acme Bank,,ACM,XNYS,US,Financials\n"


def item(number: int, text: str) -> Waiting:
    return Waiting(number, "wire", text.split("\n")[0], text, NOW, NOW)


@pytest.fixture
def small(tmp_path: Path, tiny: Callable) -> Callable[..., Reader]:
    tiny(tmp_path / "news", "sentiment", "topics", "companies")
    tiny(tmp_path / "vectors", "vector")
    (tmp_path / "own.csv").write_text(TABLE, "utf-8")

    def make(**settings: float | None) -> Reader:
        model, embedder = headwater.load(tmp_path / "news"), headwater.load(tmp_path / "vectors")
        return Reader(model, embedder, Companies.open(tmp_path / "own.csv"), Settings(**settings))

    return make


def test_the_reader_agrees_with_batch_scoring(small: Callable[..., Reader]) -> None:
    reader = small()
    texts = ["Acme Bank profit beats", "oil rose in London " * 30, "gold fell", "Acme Bank profit beats"]
    readings = reader.read([item(number, text) for number, text in enumerate(texts)])
    for reading, row in zip(readings, Scorer([reader.model]).score(texts), strict=True):
        assert isinstance(row, dict)
        assert reading.sentiment == row["sentiment"]["label"]
        assert reading.probabilities[reading.sentiment] == row["sentiment"]["probability"]
        assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert reading.topics == tuple((topic["label"], topic["probability"]) for topic in row["topics"])
        spans = {(span["start"], span["end"]) for span in row["companies"]}
        assert spans <= {(mention.start, mention.end) for mention in reading.mentions} | spans
    assert readings[0] == readings[3]


def test_a_name_that_the_model_missed_is_mentioned_with_a_polarity(small: Callable[..., Reader]) -> None:
    text = "profit beats in London ; Acme Bank"
    (reading,) = small(company_floor=0.0).read([item(1, text)])
    ours = [mention for mention in reading.mentions if mention.company == "acme"]
    assert ours
    assert all(text[mention.start : mention.end] == mention.text for mention in ours)
    assert all(mention.polarity in ("negative", "neutral", "positive") for mention in ours)
    assert all(mention.relevance > 0 for mention in ours)


def test_the_threshold_is_the_bundle_s_or_a_floor(small: Callable[..., Reader]) -> None:
    assert small(risk=0.05).threshold == 0.8  # what tests.tiny writes
    assert small(risk=0.10, floor=0.7).threshold == 0.7  # it holds none for that risk
    everything, nothing = small(risk=None, floor=1.0), small(risk=None, floor=0.0)
    assert everything.read([item(1, "gold fell")])[0].unsure
    assert everything.read([item(1, "gold fell")])[0].counted == "unsure"
    assert not nothing.read([item(1, "gold fell")])[0].unsure


def test_what_is_not_read_says_why(small: Callable[..., Reader]) -> None:
    german, empty, long, read = small().read([item(1, GERMAN), item(2, " "), item(3, "a" * 1_000_001), item(4, "oil rose")])  # fmt: skip
    assert german == Reading(language="de", skipped="the language is de, and the model reads English")
    assert empty.skipped == "the text is empty"
    assert "1,000,001 characters" in (long.skipped or "")
    assert read.skipped is None
    assert small().read([]) == []


def test_vectors_are_of_unit_length(small: Callable[..., Reader]) -> None:
    vectors = small().vectors(["oil", "gold fell"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(small().vectors([])) == 0


@pytest.fixture(scope="module")
def shipped() -> Reader:
    model, embedder = headwater.load(MODELS / "financial-news/bundle"), headwater.load(MODELS / "sentences/bundle")
    return Reader(model, embedder, Companies.open())


@pytest.mark.parametrize(
    ("headline", "polarities"),
    [
        ("Siemens rises as GE falls", {"siemens": "positive", "ge-aerospace": "negative"}),
        ("Ford gains while GE slips", {"ford": "positive", "ge-aerospace": "negative"}),
    ],
)
def test_one_positive_and_one_negative(shipped: Reader, headline: str, polarities: dict[str, str]) -> None:
    (reading,) = shipped.read([item(1, headline)])
    assert {mention.company: mention.polarity for mention in reading.mentions} == polarities


def test_the_bundle_holds_the_threshold_that_is_asked_for(shipped: Reader) -> None:
    assert shipped.threshold == shipped.model.threshold("sentiment", 0.10)


def test_an_article_s_sentences_say_why(shipped: Reader) -> None:
    text = "Apple tops estimates\nRevenue rose 6% to a record. Samsung shares fell 4% on weak demand."
    sentences = shipped.sentences(text)
    assert [text[s.start : s.end] for s in sentences] == [s.text for s in sentences]
    assert [s.sentiment for s in sentences] == ["positive", "positive", "negative"]
    assert sentences[0].net > 0.5 > -0.5 > sentences[2].net


def test_the_shipped_reader_agrees_with_batch_scoring_on_the_sample(shipped: Reader) -> None:
    lines = (Path(__file__).resolve().parents[4] / "apps/sentiment_monitor/sample/feed.jsonl").read_text("utf-8")
    texts = [json.loads(line)["text"].strip() for line in lines.splitlines()[:60]]
    rows = Scorer([shipped.model]).score(texts)
    for start in (0, 7):  # other neighbours in the batch
        readings = shipped.read([item(number, text) for number, text in enumerate(texts[start:])])
        for reading, row in zip(readings, rows[start:], strict=True):
            assert isinstance(row, dict)
            assert reading.sentiment == row["sentiment"]["label"]
            assert abs(reading.probabilities[reading.sentiment] - row["sentiment"]["probability"]) <= 0.005
            assert [label for label, _ in reading.topics] == [topic["label"] for topic in row["topics"]]
