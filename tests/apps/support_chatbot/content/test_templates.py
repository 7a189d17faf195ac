import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from headwater.errors import InputError
from support_chatbot.content.templates import (
    JOINER,
    MOST_CHARACTERS,
    Use,
    escape,
    fill,
    shown,
    slots_of,
    stray_braces,
)

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NASTY = st.text(alphabet=st.one_of(st.sampled_from(string.punctuation + " \n\t0a1w"), st.characters()), max_size=60)


def test_values_words_and_braces() -> None:
    template = "{name|Somebody} paid {amount} on {date|that day}{note|}. {{{amount}}} {{x}}"
    assert fill(template, {"amount": "20.50", "date": "2026-11-22"}) == "Somebody paid 20.50 on 2026-11-22. {20.50} {x}"


def test_a_blank_value_is_not_known() -> None:
    assert fill("{name|you}", {"name": " \n\u202e"}) == "you"
    with pytest.raises(InputError, match="expected a value for the slot 'amount', got none"):
        fill("Pay {amount}", {"amount": ""})


def test_a_lone_brace_is_an_error_with_its_line() -> None:
    with pytest.raises(InputError, match=r"on line 2 of the answer, got '\{'"):
        fill("One\n{ two", {})
    assert stray_braces("{a} }\n{{ok}}\n{Big}") == [1, 3, 3]


def test_a_value_is_never_filled_again() -> None:
    assert MARKDOWN.renderInline(fill("{name}", {"name": "{amount} {{x}}", "amount": "5"})) == "{amount} {{x}}"


def test_slots_with_their_words_and_lines() -> None:
    assert slots_of("{a}\n{b|its words} {{c}}") == [Use("a", None, 1), Use("b", "its words", 2)]


@pytest.mark.parametrize(
    "value", ["20.50", "2026-11-22", "4821", "O'Neill, Ana", "Müller", "中文", "1/3; 5%?", "0117 496 0123"]
)
def test_plain_values_stay_as_they_are(value: str) -> None:
    assert escape(value) == value


@settings(deadline=None)  # the first call may wait for a machine that trains
@given(NASTY)
@example("<script>alert(1)</script>")
@example("[x](javascript:alert(1))")
@example("![x](https://tracker.example/a.png)")
@example("1. one")
@example("# Title")
@example("- item\n- item")
@example("> quote\n\n    code")
@example("a\n===")
@example("&lt;b&gt; &#60; \\*a\\*")
@example("<https://a.example> **b** `c` ~~d~~ |e|\n|-|")
def test_a_value_is_shown_and_does_nothing(value: str) -> None:
    """CommonMark is the judge: a paragraph of text alone, and the text is the value."""
    paragraph = MARKDOWN.parse(fill("{x|nothing}", {"x": value}))
    assert [token.type for token in paragraph] == ["paragraph_open", "inline", "paragraph_close"]
    assert {token.type for token in paragraph[1].children} == {"text"}
    text = "".join(token.content for token in paragraph[1].children)
    assert text.replace(JOINER, "") == (shown(value).replace(JOINER, "") or "nothing")


@given(NASTY, NASTY)
def test_a_value_leaves_the_words_around_it_alone(first: str, second: str) -> None:
    html = MARKDOWN.render(
        fill("## {a|A}\n\n**{a|A}** and *{b|B}*\n\n- [{b|B}](help/x.md)\n", {"a": first, "b": second})
    )
    assert [html.count(tag) for tag in ("<h2>", "<strong>", "<em>", "<li>", "<a ", "<")] == [1, 1, 1, 1, 1, 14]


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=MOST_CHARACTERS - 3, max_size=MOST_CHARACTERS + 50))
def test_a_value_is_one_line_of_a_bounded_length(value: str) -> None:
    assert len(shown(value)) <= MOST_CHARACTERS
    assert len(shown(value).splitlines()) <= 1
    assert not set(shown(value)) & set("\u202e\u2066\x00\x1b")


@pytest.mark.parametrize(
    "value",
    ["https://evil.example", "www.evil.example", "WWW.evil.example", "a@evil.example", ":smile:", ":material/bug:"],
)
def test_bare_addresses_and_pictures_are_broken(value: str) -> None:
    """Readers with GitHub's additions make links after they have undone the escapes; a joiner stands in their way."""
    text = MARKDOWN.parse(escape(value))[1].children
    assert value not in "".join(token.content for token in text)
