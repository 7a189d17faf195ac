import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_extractor.finding import paragraphs
from entity_extractor.finding.paragraphs import LONGEST, cut
from entity_extractor.mentions import Stretch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\n ", []),
        ("a\nb", ["a\nb"]),
        ("a\n\nb", ["a", "b"]),
        ("a\r\n\r\nb", ["a\r", "b"]),
        ("a\n \t\n\n  b", ["a", "  b"]),
        ("a\fb", ["a", "b"]),
    ],
)
def test_paragraphs_end_at_empty_lines_and_pages(text, expected):
    assert [text[start:end] for start, end in cut(text)] == expected


def test_a_documents_own_paragraphs_count_besides():
    text = "one\ntwo\n\nthree"
    assert [text[start:end] for start, end in cut(text, [Stretch(0, 3, 1), Stretch(4, 7, 2)])] == [
        "one",
        "two",
        "three",
    ]


def test_a_long_one_is_cut_after_a_sentence_or_a_word_or_anywhere():
    text = "word word word. " * 2_000 + "word " * 8_000 + "x" * 50_000
    pieces = [text[start:end] for start, end in cut(text)]
    assert "".join(pieces) == text
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert pieces[0].endswith(". ") and pieces[2].endswith(" ")


@given(st.text(alphabet="ab \n\r\f.", max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_nothing_visible_is_lost_or_read_twice(text, places):
    stretches = [Stretch(min(at, len(text)), min(at + 5, len(text)), 1) for at in places]
    at = 0
    for start, end in cut(text, stretches):
        assert at <= start < end <= len(text) and not text[at:start].strip()
        at = end
    assert not text[at:].strip()


def test_a_short_limit_cuts_small_texts_too(monkeypatch):
    monkeypatch.setattr(paragraphs, "LONGEST", 10)
    assert list(cut("One two. Three four five")) == [(0, 9), (9, 15), (15, 24)]
