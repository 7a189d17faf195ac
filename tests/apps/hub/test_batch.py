import io
import json
from pathlib import Path

import pandas as pd
import pytest

from headwater.errors import InputError
from headwater.scoring.scorer import open_scorer
from hub import batch


@pytest.fixture
def scorer(shelf: Path):
    return open_scorer([shelf / "financial-news" / "bundle"])


def test_a_file_is_scored_counted_and_written_in_every_form(scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(
        "\n".join([*(json.dumps({"text": t}) for t in ("oil rose", "gold fell", "oil rose")), "{", '{"text": ""}'])
    )
    moves = []
    result = batch.run(scorer, source, "text", moves.append)
    assert (result.report.scored, result.report.texts, len(result.rejects)) == (3, 2, 2)
    assert sum(result.counts["sentiment"].values()) == 3
    assert result.order[:3] == ["text", "sentiment", "sentiment_probability"]
    assert moves
    assert list(result.files) == list(batch.FORMATS)
    assert len(result.files["jsonl"].splitlines()) == 3
    assert len(pd.read_csv(io.BytesIO(result.files["csv"]))) == 3
    assert pd.read_parquet(io.BytesIO(result.files["parquet"]))["text"].tolist() == [
        "oil rose",
        "gold fell",
        "oil rose",
    ]


def test_a_spreadsheet_runs_nothing_of_what_was_scored(scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "@id", "text": '=HYPERLINK("http://evil.example")', "source": " -1"}))
    files = batch.run(scorer, source, "text", lambda report: None).files
    (row,) = pd.read_csv(io.BytesIO(files["csv"])).to_dict("records")
    assert (row["id"], row["text"], row["source"]) == ("'@id", '\'=HYPERLINK("http://evil.example")', "' -1")
    assert json.loads(files["jsonl"])["text"].startswith("=")  # programs read these


def test_spans_are_counted_by_type_and_shown_as_words(shelf: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"text": "Acme Bank in London"}))
    result = batch.run(open_scorer([shelf / "entities" / "bundle"]), source, "text", lambda report: None)
    assert set(result.counts["entities"]) <= {"LOC", "ORG"}
    assert isinstance(result.rows[0]["entities"], str)


def test_a_file_of_no_known_kind_is_refused(scorer, tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("plain words")
    with pytest.raises(InputError, match="format"):
        batch.run(scorer, source, "text", lambda report: None)
