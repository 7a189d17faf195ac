"""Changed copies of rows: offsets that stay exact, labels that stay, and the same rows from the same seed."""

import doctest
import re
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import headwater.data.augment
from headwater.data.augment import augmented, mistyped, names_of, paraphrased, recased, renumbered, swapped
from headwater.data.example import Example
from headwater.recipe import AugmentRecipe
from headwater.spans import Span

ROW = Example(
    "Northwind pays EUR 13.1 mn to Acme in Oslo",
    targets={"tone": "neutral", "names": (Span(0, 9, "ORG"), Span(30, 34, "ORG"), Span(38, 42, "LOC"))},
)
OTHER = Example("Globex leaves Paris", targets={"tone": "negative", "names": (Span(0, 6, "ORG"), Span(14, 19, "LOC"))})
NAMES = names_of([ROW, OTHER])


@st.composite
def rows(draw: st.DrawFn) -> Example:
    """A text of words, numbers and signs of several scripts, with spans anywhere, inside words too; they may overlap."""
    parts = st.one_of(
        st.sampled_from(
            ["straße", "İstanbul", "ǆeba", "don't", "Acme", "2024", "13.05", "Q3", "新闻", "naïve", "hello"]
        ),
        st.text(max_size=8),
    )
    text = " ".join(draw(st.lists(parts, min_size=1, max_size=8)))
    edges = st.integers(0, len(text))
    spans = [
        Span(min(a, b), max(a, b), label, text=text[min(a, b) : max(a, b)])
        for a, b, label in draw(st.lists(st.tuples(edges, edges, st.sampled_from(["ORG", "LOC"])), max_size=4))
        if a != b
    ]
    return Example(text, targets={"tone": "x", "names": tuple(sorted(spans))})


def spans(row: Example) -> list[Span]:
    return list(row.targets["names"])


def nested(row: Example) -> bool:
    return any(a is not b and a.start < b.end and b.start < a.end for a in spans(row) for b in spans(row))


CHANGES = {
    "mistyped": mistyped,
    "recased": recased,
    "renumbered": renumbered,
    "swapped": lambda row, draw, share: swapped(row, draw, share, NAMES),
}


@given(rows(), st.sampled_from(sorted(CHANGES)), st.floats(0, 1), st.integers(0, 99))
def test_spans_keep_exact_offsets_and_labels(row, change, share, seed):
    new = CHANGES[change](row, Random(seed), share)
    assert [span.label for span in spans(new)] == [span.label for span in spans(row)]
    assert new.targets["tone"] == "x"
    for old, span in zip(spans(row), spans(new), strict=True):
        assert 0 <= span.start < span.end <= len(new.text)
        assert new.text[span.start : span.end] == span.text
        if change == "swapped" and span.text != old.text and not nested(row):
            assert span.text in NAMES[frozenset({("names", span.label)})]
    if not nested(row):  # what is outside of spans moves as a whole
        assert outside(new, change) == outside(row, change)


def outside(row: Example, change: str) -> list[int] | list[str]:
    """Between the spans: the texts where only spans change, how many stretches there are where all may."""
    edges = [0, *(edge for span in spans(row) for edge in (span.start, span.end)), len(row.text)]
    parts = [row.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return parts if change == "swapped" else [len(re.findall("[0-9]", part)) for part in parts]


@given(rows(), st.integers(0, 99))
def test_all_changes_one_after_the_other(row, seed):
    settings = AugmentRecipe(typos=0.5, case=0.5, numbers=0.5, entities=0.5, copies=2)
    found = augmented([row, OTHER], settings, seed)
    assert found[0] == row
    assert OTHER in found
    for new in found:
        assert all(new.text[span.start : span.end] == span.text for span in spans(new) if span.text)


@given(rows(), st.sampled_from(sorted(CHANGES)), st.integers(0, 99))
def test_a_share_of_nothing_changes_nothing(row, change, seed):
    assert CHANGES[change](row, Random(seed), 0.0) == row


def test_the_examples_run():
    assert doctest.testmod(headwater.data.augment)[0] == 0


def test_a_slip_is_one_slip_and_spares_the_first_letter_and_short_words():
    found = {mistyped(Example("the market rises"), Random(seed), 1.0).text for seed in range(300)}
    words = [text.split(" ") for text in found]
    assert all(len(parts) == 3 and parts[0] == "the" for parts in words)
    slips = {parts[1] for parts in words}
    assert {"makret", "maret", "markket", "marlet"} <= slips  # swapped, left out, doubled, the key beside
    assert all(slip[0] == "m" and abs(len(slip) - 6) <= 1 for slip in slips)


def test_a_typo_inside_a_span_moves_what_is_behind_it():
    found = [mistyped(ROW, Random(seed), 1.0) for seed in range(40)]
    assert {len(span.text) for row in found for span in spans(row)[:1]} == {8, 9, 10}
    assert all(spans(row)[2].text[0] == "O" for row in found)


def test_a_word_that_a_span_cuts_is_left_alone():
    row = Example("Norwegians", targets={"names": (Span(0, 6, "LOC"),)})
    assert mistyped(row, Random(1), 1.0) == row


def test_three_ways_of_case():
    found = [recased(Example("Acme's profit, IBM", second="a B"), Random(seed), 1.0) for seed in range(30)]
    assert {(row.text, row.second) for row in found} == {
        ("acme's profit, ibm", "a b"), ("ACME'S PROFIT, IBM", "A B"), ("Acme's Profit, Ibm", "A B"),
    }  # fmt: skip


def test_a_letter_that_becomes_two_moves_what_is_behind_it():
    row = Example("straße in Oslo", targets={"names": (Span(10, 14, "LOC"),)})
    found = [recased(row, Random(seed), 1.0) for seed in range(30)]
    moved = next(new for new in found if new.text == "STRASSE IN OSLO")
    assert moved.targets["names"] == (Span(11, 15, "LOC"),)


def test_numbers_keep_their_form_and_agree_with_each_other():
    row = Example("EUR 13.1 mn in 1999, up from 13.1; 0.05 of Q3 10,000", second="13.1 again")
    for seed in range(20):
        new = renumbered(row, Random(seed), 1.0)
        form = r"EUR ([1-9]\d\.[1-9]) mn in 19\d\d, up from \1; 0\.0\d of Q3 [1-9]\d,\d{3}"
        found = re.fullmatch(form, new.text)
        assert found
        assert new.second == f"{found[1]} again"


def test_names_are_swapped_for_names_of_their_label():
    found = {swapped(ROW, Random(seed), 1.0, NAMES).text for seed in range(200)}
    assert found == {
        f"{one} pays EUR 13.1 mn to {two} in {place}"
        for one in ("Acme", "Globex")
        for two in ("Globex", "Northwind")
        for place in ("Paris",)
    }
    assert swapped(ROW, Random(0), 1.0, names_of([OTHER])).text == "Globex pays EUR 13.1 mn to Globex in Paris"
    assert swapped(OTHER, Random(0), 1.0, names_of([OTHER])) == OTHER  # there is no other name


def test_a_name_that_stands_twice_changes_alike():
    row = Example("Acme sues Acme", targets={"names": (Span(0, 4, "ORG"), Span(10, 14, "ORG"))})
    found = {swapped(row, Random(seed), 1.0, NAMES).text for seed in range(50)}
    assert found == {f"{name} sues {name}" for name in ("Globex", "Northwind")}


def test_a_place_that_two_heads_mark_takes_what_both_allow():
    both = Example("Acme", targets={"names": (Span(0, 4, "ORG"),), "tones": (Span(0, 4, "good"),)})
    good = Example("Initech", targets={"names": (Span(0, 7, "ORG"),), "tones": (Span(0, 7, "good"),)})
    bad = Example("Umbrella", targets={"names": (Span(0, 8, "ORG"),), "tones": (Span(0, 8, "bad"),)})
    found = {swapped(both, Random(seed), 1.0, names_of([both, good, bad])).text for seed in range(50)}
    assert found == {"Initech"}


def test_paraphrases_have_the_labels_of_documents_only():
    (new,) = paraphrased(ROW, {ROW.text: ["Northwind gives Acme money"]}, ["names"])
    assert (new.text, new.targets) == ("Northwind gives Acme money", {"tone": "neutral"})
    assert paraphrased(replace(ROW, targets={"names": ()}), {ROW.text: ["x"]}, ["names"]) == []
    pair = Example("a", "b", {"same": "yes"})
    assert [(r.text, r.second) for r in paraphrased(pair, {"a": ["c"], "b": ["d", "e"]})] == [
        ("c", "b"), ("a", "d"), ("a", "e"),
    ]  # fmt: skip


def test_copies_stand_behind_their_row_and_are_never_the_row_itself():
    plain = Example("of the to", targets={"tone": "neutral"})  # nothing to change
    found = augmented([ROW, plain], AugmentRecipe(typos=0.5, copies=3), 7, {plain.text: ["to the of"]})
    assert found[0] == ROW
    assert [row.text for row in found[-2:]] == ["of the to", "to the of"]
    copies = found[1:-2]
    assert 1 <= len(copies) <= 3
    assert len({row.text for row in found}) == len(found)


def test_the_same_seed_gives_the_same_rows_in_any_company():
    settings = AugmentRecipe(typos=0.3, case=0.5, numbers=0.5, copies=2)
    alone, among = augmented([ROW], settings, 7), augmented([OTHER, ROW], settings, 7)
    assert among[-len(alone) :] == alone
    assert augmented([ROW], settings, 8) != alone
    assert augmented([Example("lone \ud800 surrogate")], settings, 7)


def test_no_share_no_copies():
    assert augmented([ROW, OTHER], AugmentRecipe(copies=4), 7) == [ROW, OTHER]
