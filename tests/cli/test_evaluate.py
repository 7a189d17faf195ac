"""`headwater evaluate`: how others check a bundle."""

import json

import pytest
from typer.testing import CliRunner

import headwater
from headwater.cli.evaluate import labelled_rows, parse_map
from headwater.cli.main import app
from headwater.errors import DataError, InputError
from tests.tiny import HEADS


@pytest.fixture(scope="module")
def bundle(tiny, tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("evaluate") / "tiny", "sentiment", "entities").folder


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def run(*arguments):
    done = CliRunner().invoke(app, ["evaluate", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_map_arguments():
    assert parse_map(["a=b", "c=", "*=d"]) == {"a": "b", "c": False, "*": "d"}
    with pytest.raises(InputError, match="OLD=NEW"):
        parse_map(["a"])


def test_unknown_labels_are_named_with_the_way_out(bundle, tmp_path):
    head = headwater.load(bundle, "sentiment").head
    data = write(tmp_path / "rows.jsonl", [{"text": "x", "label": "bullish"}])
    with pytest.raises(DataError, match=r"rows.jsonl:1: label 'bullish'.*--map bullish=NEW"):
        labelled_rows(data, head, None, {})
    with pytest.raises(DataError, match="left none of 1"):
        labelled_rows(data, head, None, {"*": False})
    assert labelled_rows(data, head, None, {"bullish": "positive"})[0].targets == {"sentiment": "positive"}


@pytest.mark.parametrize(("name", "texts"), [("same", {"text": "x"}), ("sentiment", {"text_a": "x", "text_b": "y"})])
def test_two_texts_are_measured_where_a_head_compares_them_and_only_there(tmp_path, name, texts):
    data = write(tmp_path / "rows.jsonl", [{**texts, "label": HEADS[name].labels[0]}])
    wanted = "two texts" if name == "same" else "one text"
    with pytest.raises(DataError, match=f"rows.jsonl:1: expected {wanted}"):
        labelled_rows(data, HEADS[name], None, {})


def test_documents_as_json(bundle, tmp_path):
    texts = ["oil rose", "gold fell in London", "Acme Bank beats", "profit misses", "shares", "oil fell"]
    rows = [{"text": text, "label": ("bad", "good")[i % 2]} for i, text in enumerate(texts)]
    data = write(tmp_path / "rows.jsonl", rows)
    found = run(str(bundle), "--data", data, "--head", "sentiment", "--map", "bad=negative", "--map", "good=positive")
    predicted = headwater.load(bundle, "sentiment").predict(texts)
    wanted = ["negative", "positive"] * 3
    right = sum(p.label == label for p, label in zip(predicted, wanted, strict=True))
    assert (found["rows"], found["variant"]) == (6, "int8")
    assert set(found["metrics"]) >= {"accuracy", "macro_f1", "ece"}
    assert found["metrics"]["accuracy"]["value"] == pytest.approx(right / 6)
    assert found["metrics"]["accuracy"]["low"] <= right / 6 <= found["metrics"]["accuracy"]["high"]
    assert set(found["per_label"]) == {"negative", "neutral", "positive"}


def test_spans_as_json(bundle, tmp_path):
    tagger = headwater.load(bundle, "entities")
    text = "Acme Bank shares rose in London"
    spans = tagger.predict([text])[0]
    entities = [{"start": span.start, "end": span.end, "type": span.label} for span in spans]
    data = write(tmp_path / "rows.jsonl", [{"text": text, "entities": entities}, {"text": "oil", "entities": []}])
    found = run(str(bundle), "--data", data, "--head", "entities", "--variant", "int8")
    wrong = len(tagger.predict(["oil"])[0])
    assert found["metrics"]["span_recall"]["value"] == 1.0 or not spans
    assert found["metrics"]["span_f1"]["value"] == pytest.approx(2 * len(spans) / max(1, 2 * len(spans) + wrong))
    assert "token_f1_micro_with_o" in found["metrics"]
    assert "O" in found["words_with_o"]
