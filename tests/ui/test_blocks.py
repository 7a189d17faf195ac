import pytest

from headwater.ui import blocks, colours

NASTY = '<script>alert("x")</script>'


def test_every_block_escapes_what_comes_in() -> None:
    made = [
        blocks.heading(NASTY, NASTY, NASTY),
        blocks.paragraph(NASTY),
        blocks.note(NASTY),
        blocks.chip(NASTY, colours.OTHER),
        blocks.state(True, NASTY, NASTY),
        blocks.bars([(NASTY, 0.5, NASTY)]),
        blocks.weighted_words([(NASTY, 0.3), (NASTY, None)]),
        blocks.story(NASTY, NASTY, colours.OTHER, [NASTY], blocks.safe_link("https://a.example/?q=" + NASTY, NASTY)),
    ]
    for html in made:
        assert "<script" not in html
        assert "&lt;script&gt;" in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", " https://a.example", "//a.example"])
def test_only_http_addresses_become_links(address: str) -> None:
    assert "<a " not in blocks.safe_link(address, "here")


def test_a_quote_in_an_address_cannot_leave_its_attribute() -> None:
    assert 'href="https://a.example/&quot;x"' in blocks.safe_link('https://a.example/"x', "here")


def test_small_changes_of_a_word_are_not_written() -> None:
    html = blocks.weighted_words([("much", 0.4), (" ", None), ("little", 0.001), ("against", -0.2)])
    assert html.count("<sub>") == 2
    assert "+40" in html
    assert "repeating-linear-gradient" in html


@pytest.mark.parametrize("page", ["#ffffff", "#12181f"])
def test_colours_hold_on_both_pages(page: str) -> None:
    inks = [*colours.SENTIMENT.values(), *colours.ENTITY.values(), colours.OTHER, colours.Ink(colours.ACCENT)]
    assert len(inks) == 9
    for ink in inks:
        assert colours.contrast(ink.colour, page) >= 3, ink


def test_no_meaning_shares_a_mark_or_line() -> None:
    assert len({ink.mark for ink in colours.SENTIMENT.values()}) == 3
    assert len({ink.line for ink in colours.ENTITY.values()}) == 4
