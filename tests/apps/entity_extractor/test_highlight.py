import csv
import io
import json

from entity_extractor import exports
from entity_extractor.highlight import counts, legend, marked
from headwater.spans import Span

TEXT = "<b>Acme</b> & Co in London"
SPANS = (Span(3, 7, "ORG", 0.9, "Acme"), Span(20, 26, "LOC", 0.8, "London"))


def test_everything_from_outside_is_escaped() -> None:
    html = marked(TEXT, SPANS, {"ORG": "organisation", "LOC": "<i>place"})
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;" in html
    assert "&amp; Co in " in html


def test_a_type_is_told_by_word_and_line_and_not_by_colour_alone() -> None:
    html = marked(TEXT, SPANS, {"ORG": "organisation", "LOC": "place"})
    assert ">Acme<small>organisation</small>" in html
    assert "border-bottom-style:dashed" in html
    assert "border-bottom-style:double" in html


def test_counts_name_every_type() -> None:
    assert counts(SPANS, ["PER", "LOC"]) == {"PER": 0, "LOC": 1, "ORG": 1}
    assert "</span> 0" in legend({"PER": 0}, {})


def test_files_hold_offsets_that_point_into_the_text() -> None:
    row = json.loads(exports.to_jsonl(TEXT, SPANS))
    assert [row["text"][e["start"] : e["end"]] for e in row["entities"]] == ["Acme", "London"]
    rows = list(csv.DictReader(io.StringIO(exports.to_csv(SPANS).decode("utf-8-sig"))))
    assert rows[1] == {"start": "20", "end": "26", "label": "LOC", "probability": "0.8", "text": "London"}


def test_a_lone_surrogate_does_not_break_the_download() -> None:
    assert "\ufffd" in json.loads(exports.to_jsonl("a\ud800b", ()))["text"]
