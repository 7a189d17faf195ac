import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.sentences import sentences_of

TEXTS = st.text(alphabet="ab. ?!。？\n卡é😀‘“”0,;", max_size=400)


@pytest.mark.parametrize("lines", [True, False])
@given(text=TEXTS)
def test_they_are_the_text_in_order_without_its_spaces(lines, text):
    spans = sentences_of(text, lines=lines)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_abbreviations_amounts_and_chinese_do_not_break_them():
    text = "Dr. Ito paid £2.50 at 9.30 a.m. on Monday. 您好！需要5天。"
    assert [text[a:b] for a, b in sentences_of(text)] == [
        "Dr. Ito paid £2.50 at 9.30 a.m. on Monday.",
        "您好！",
        "需要5天。",
    ]


def test_a_lines_end_ends_one():
    text = "Acme falls 3%\n\nShares of Acme Inc. fell.  Mr. Ito said: no.\n"
    first, second, *_ = sentences_of(text)
    assert (text[slice(*first)], text[slice(*second)]) == ("Acme falls 3%", "Shares of Acme Inc. fell.")
    assert sentences_of(" \n") == () and sentences_of("Deutsche\nBank fell.", lines=False) == ((0, 19),)
