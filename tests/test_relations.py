import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import InputError
from headwater.relations import marked, pairs
from headwater.spans import Span

NAMES = [Span(0, 3, "PER"), Span(4, 8, "ORG"), Span(9, 12, "LOC")]


def test_the_tail_may_come_first():
    assert marked("Acme hired Ann", Span(11, 14, "PER"), Span(0, 4, "ORG")) == (
        "# ^ organization ^ Acme # hired @ * person * Ann @"
    )


def test_types_without_a_word_of_their_own_are_written_small():
    assert marked("a b", Span(0, 1, "Job_Title"), Span(2, 3, "e1")) == "@ * job title * a @ # ^ e1 ^ b #"


@pytest.mark.parametrize("tail", [Span(0, 3, "LOC"), Span(2, 5, "LOC"), Span(1, 2, "LOC")])
def test_names_that_overlap_are_refused(tail):
    with pytest.raises(InputError, match="apart from each other"):
        marked("Bank of Oslo", Span(0, 3, "ORG"), tail)


def test_every_ordered_pair_once():
    assert len(list(pairs(NAMES))) == 6 == len(set(pairs(NAMES)))
    assert list(pairs([Span(0, 4, "ORG"), Span(2, 3, "LOC")])) == []


@given(st.text(min_size=3, max_size=40), st.data())
def test_without_its_marks_it_is_the_text(text, data):
    a, b = sorted(data.draw(st.lists(st.integers(1, len(text) - 1), min_size=2, max_size=2, unique=True)))
    head, tail = Span(0, a, "PER"), Span(b, len(text), "ORG")
    for one, other in ((head, tail), (tail, head)):
        made = marked(text, one, other)
        for span, before, after in ((one, "@ * {} * ", " @"), (other, "# ^ {} ^ ", " #")):
            word = "person" if span.label == "PER" else "organization"
            piece = before.format(word) + text[span.start : span.end] + after
            assert piece in made
            made = made.replace(piece, text[span.start : span.end], 1)
        assert made == text
