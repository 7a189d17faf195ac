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
