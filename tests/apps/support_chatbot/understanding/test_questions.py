import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_chatbot.understanding.questions import MOST, grouped, runs, split_questions

CASES = [
    ("My card was stolen. Also, how do I change my address?", ["My card was stolen.", "how do I change my address?"]),
    ("Where is my card? And can I top up by cheque?", ["Where is my card?", "can I top up by cheque?"]),
    ("1) Where is my card? 2) Can I top up by cheque?", ["Where is my card?", "Can I top up by cheque?"]),
    ("- my card is lost\n- my phone is broken", ["my card is lost", "my phone is broken"]),
    ("Where is my card\nhow do I change my PIN", ["Where is my card", "how do I change my PIN"]),
    ("my card is lost and how do I change my address", ["my card is lost", "how do I change my address"]),
    ("I lost my card, also my phone was taken", ["I lost my card", "my phone was taken"]),
    ("I went to the ATM yesterday. It swallowed my card. What now?", None),
    ("I got my new card. How do I activate it?", None),
    ("My ref. no. 48291 is wrong", None),
    ("Where is my card?", None),
    ("我的卡丢了。怎么改地址？", ["我的卡丢了。", "怎么改地址？"]),
    ("嗯。怎么改地址？", None),
    ("Help! My card!", None),
    ("", []),
    ("  ...!? ", []),
]


@pytest.mark.parametrize(("text", "pieces"), CASES)
def test_pieces(text: str, pieces: list[str] | None) -> None:
    assert [text[start:end] for start, end in split_questions(text)] == ([text] if pieces is None else pieces)


def test_ends_of_sentences_do_not_part_where_marks_do() -> None:
    text = "My card is lost. The pin too was in my wallet. Also, how do I change my address?"
    assert [text[start:end] for start, end in split_questions(text)] == [text[:46], text[53:]]


def test_runs_are_all_neighbours() -> None:
    assert runs([(0, 2), (3, 5), (6, 9)]) == [(0, 9), (3, 9), (0, 5), (6, 9), (0, 2), (3, 5)]


def tops(first: tuple[str, float], second: tuple[str, float]) -> dict[tuple[int, int], tuple[tuple[str, float], ...]]:
    return {(0, 8): (first,), (9, 17): (second,), (0, 17): (first,)}


TEXT, HALVES, WHOLE = "one two. six ten.", [(0, 8), (9, 17)], [(0, 17)]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (("a", 0.95), ("b", 0.95), HALVES),
        (("a", 0.95), ("b", 0.80), WHOLE),  # not sure enough, with nothing but a full stop between
        (("a", 0.95), ("a", 0.95), WHOLE),
        (("a", 0.95), ("oos", 0.95), WHOLE),
    ],
)
def test_a_cut_stands_between_sure_and_different_intents(
    first: tuple[str, float], second: tuple[str, float], wanted: list[tuple[int, int]]
) -> None:
    assert grouped(TEXT, HALVES, tops(first, second), "oos") == wanted


def test_a_mark_needs_less() -> None:
    text = "one two\nsix ten"
    found = {(0, 7): (("a", 0.5),), (8, 15): (("b", 0.5),), (0, 15): (("a", 0.5),)}
    assert grouped(text, [(0, 7), (8, 15)], found, "oos") == [(0, 7), (8, 15)]


def test_an_intent_that_the_other_half_finds_likely_is_not_different() -> None:
    found = {(0, 8): (("a", 0.88), ("b", 0.11)), (9, 17): (("b", 0.95),), (0, 17): (("a", 0.9),)}
    assert grouped(TEXT, HALVES, found, "oos") == WHOLE


@given(
    st.one_of(
        st.text(max_size=120),
        st.lists(st.sampled_from(["Ab cd", ". ", "? ", "\n", "1) ", "also ", " and how do I ", "it is", "。"])).map(
            "".join
        ),
    )
)
def test_pieces_are_in_order_and_inside(text: str) -> None:
    at, pieces = 0, split_questions(text)
    assert len(pieces) <= MOST
    for start, end in pieces:
        assert at <= start < end <= len(text)
        assert not text[start].isspace() and not text[end - 1].isspace()
        at = end
