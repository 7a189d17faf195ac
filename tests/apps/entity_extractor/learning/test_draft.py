import pytest

from entity_extractor.learning.draft import (
    Piece,
    accepted_from,
    added,
    begun,
    beside,
    edited,
    occurrences,
    right,
    shown,
)
from headwater.errors import DataError
from headwater.spans import Span

TEXT = "👩‍👩‍👧 Acme, acme and ACME Bank\nof São Paulo"
SPAN = Span(9, 13, "ORG", 0.7, "Acme")


def test_occurrences_are_exact_behind_emoji_and_over_line_ends() -> None:
    places = occurrences(TEXT, "ACME Bank of")
    assert [TEXT[start:end] for start, end in places] == ["ACME Bank\nof"]
    assert [TEXT[a:b] for a, b in occurrences(TEXT, "são paulo")] == ["São Paulo"]


def test_words_as_written_come_before_others_and_whole_words_before_parts() -> None:
    assert [TEXT[a:b] for a, b in occurrences(TEXT, "acme")] == ["acme"]
    assert occurrences("Osloer Oslo", "Oslo") == [(7, 11)]
    assert occurrences("Osloer", "Oslo") == [(0, 4)]
    assert occurrences("a+b (c)", "(c)") == [(4, 7)]
    assert occurrences("Oslo", " ") == [] == occurrences("Oslo", "Rome")


def test_each_of_several_occurrences_is_told_by_what_stands_around_it() -> None:
    assert beside("Oslo beats Oslo", (0, 4)) == "[Oslo] beats Oslo"
    assert beside("Oslo beats Oslo", (11, 15), 3) == "…ts [Oslo]"


def test_ones_own_answer_comes_first_and_the_models_rest_is_unticked() -> None:
    other = Span(0, 4, "LOC", 0.9)
    assert begun([SPAN]) == [Piece(SPAN)]
    assert begun([SPAN, other], [SPAN]) == [Piece(other, False), Piece(SPAN)]


def test_an_added_span_takes_the_place_of_those_it_overlaps() -> None:
    text = "met Acme Bank"
    pieces = [Piece(Span(4, 8, "LOC", 0.6, "Acme"))]
    both = added(text, pieces, (4, 13), "ORG")
    assert [(p.span.text, p.accept) for p in both] == [("Acme", False), ("Acme Bank", True)]
    assert right(text, both) == (Span(4, 13, "ORG"),)
    assert [p.span.label for p in added(text, both, (4, 13), "LOC")] == ["LOC", "LOC"]


def test_a_table_changes_types_and_ticks_and_overlaps_are_refused() -> None:
    text = "met Acme Bank"
    pieces = [Piece(Span(4, 8, "LOC", 0.6, "Acme")), Piece(Span(4, 13, "ORG", 0.9, "Acme Bank"))]
    changed = edited(pieces, [{"type": "ORG", "accept": False}, {"type": "ORG", "accept": True}])
    assert right(text, changed) == (Span(4, 13, "ORG"),)
    assert right(text, changed)[0].probability == 1.0
    assert [p.accept for p in accepted_from(pieces, 0.9)] == [False, True]
    assert shown(pieces) == [pieces[0].span]
    with pytest.raises(DataError, match="overlap"):
        right(text, pieces)
