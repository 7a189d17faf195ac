import time
from contextlib import suppress

import pytest

from headwater.documents.html import read_page
from headwater.documents.nesting import check_nesting
from headwater.errors import DataError

BOMBS = {
    "deep": "<div>" * 100_000,
    "deeper than hidden closings": "<!-- </div> --><div title='</div>'>" * 50_000,
    "formatting that is never closed": "<p>" + "".join(f"<b id={i}>" for i in range(2000)) + "</p>" + "<p>x</p>" * 2000,
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(40_000)) + ">x",
    "lists": "<ul><li>" * 50_000,
    "rows under deep blocks": "<div>" * 5_000 + "<p>x</p>" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_page_that_would_take_minutes_is_refused_at_once(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(DataError, match="expected a"):
        read_page(BOMBS[name])
    assert time.monotonic() - began < 5


def test_large_but_ordinary_pages_are_read() -> None:
    rows = "<tr><td>Deutsche Bank<td><b>Frankfurt</b> <font color=red><i>am Main</i></font>" * 10_000
    assert len(read_page(f"<div><table>{rows}</table></div>").blocks) == 10_000
    picture = f'<p>Logo <img src="data:image/png;base64,{"A" * 500_000}" alt="x y z">of Acme'
    assert [block.text for block in read_page(picture).blocks] == ["Logo of Acme"]
    deep = "<div>" * 3_000 + "deep text"
    assert read_page(deep).blocks[0].text == "deep text"


@pytest.mark.parametrize("piece", ["<p ", "<!--", "<p a='", "<title>x</titl", "<script>", "<p a='x\"", "<"])
def test_what_is_not_closed_is_looked_at_once(piece: str) -> None:
    began = time.monotonic()
    with suppress(DataError):  # some are refused for their attributes
        check_nesting(piece * 100_000)
    assert time.monotonic() - began < 5
