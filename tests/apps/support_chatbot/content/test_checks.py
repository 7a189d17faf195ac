from collections.abc import Callable
from datetime import date

import pytest

from support_chatbot.content import check_folder, open_folder
from support_chatbot.content.checks import MOST_WORDS, words_in

TODAY = date(2026, 11, 22)
KNOWN, FACTS, FORMS = {"phone", "amount"}, {"phone"}, {"block_card", "close_account"}


@pytest.fixture
def look(make: Callable) -> Callable[..., list[str]]:
    def found(files: dict[str, str | None] | None = None, intents=("card_arrival",), **more) -> list[str]:
        more = {"facts": FACTS, "today": TODAY, **more}
        return [str(finding) for finding in check_folder(open_folder(make(files)), intents, KNOWN, FORMS, **more)]

    return found


def test_a_sound_folder(look: Callable) -> None:
    assert look() == []


def test_intents_without_an_answer(look: Callable) -> None:
    found = look(intents=["card_arrival", "reverted_card_payment?"])
    assert found == [
        "answers:1: error: the intent 'reverted_card_payment?' has no answer; write answers/reverted_card_payment.md"
    ]


def test_answers_for_no_intent(look: Callable, an_answer: Callable) -> None:
    found = look(
        {"answers/a.md": an_answer("Text", intent="card_arival"), "answers/b.md": an_answer("Text", intent="zzz")}
    )
    assert found == [
        "answers/a.md:2: error: intent: the model has no 'card_arival'; did you mean 'card_arrival'?",
        "answers/b.md:2: error: intent: the model has no 'zzz'; the model will never ask for this answer",
    ]


CASES = [
    ("One\n\nPay {amout|it}.", {}, 8, "error", "nothing fills the slot 'amout'; did you mean 'amount'?"),
    ("Ask {zzz|it}.", {}, 6, "error", "nothing fills the slot 'zzz'; take it out, or add it to the facts"),
    ("Pay {amount}.", {}, 6, "error", "{amount} may not be known; write {amount|words"),
    ("Call {phone} {now", {}, 6, "error", "a brace stands alone"),
    ("Type `{amount|x}` now.", {}, 6, "error", "a slot stands in code, HTML or an address"),
    ("See [it](https://x.example/{amount|x}).", {}, 6, "error", "a slot stands in code, HTML or an address"),
    ("See [it](help/none.md).", {}, 6, "error", "dead link: help/none.md"),
    ("Two.\n\nSee [it](help/card-pin.md#none).", {}, 8, "error", "has no heading #none"),
    ("Text", {"links": "[help/none.md]"}, 5, "error", "dead link: help/none.md"),
    ("Text", {"form": "block_cards"}, 5, "error", "no form 'block_cards'; did you mean 'block_card'?"),
    ("Text", {"form": "zzz"}, 5, "error", "no form 'zzz'; it has block_card, close_account"),
    ("", {}, 5, "error", "it has no text"),
    ("**", {}, 6, "error", "it has no text"),
    ("word " * (MOST_WORDS["answers"] + 1), {}, 6, "warning", "expected at most 180 words, got 181"),
    ("One\nTODO: two", {}, 7, "error", "'TODO' waits to be replaced"),
    ("Call [insert number].", {}, 6, "error", "'[insert number]' waits"),
    ("Lorem ipsum dolor.", {}, 6, "error", "'Lorem ipsum' waits"),
    ("Text", {"title": "TBD"}, 3, "error", "title: 'TBD' waits"),
    ("One<br>two.", {}, 6, "warning", "got the HTML '<br>'"),
    ("Text", {"reviewed": ""}, 1, "warning", "nobody has said when it was last reviewed"),
    ("Text", {"reviewed": "2025-11-20"}, 4, "warning", "reviewed 2025-11-20, more than a year ago"),
    ("Text", {"reviewed": "2026-11-23"}, 4, "warning", "is in the future"),
]


@pytest.mark.parametrize(("text", "keys", "line", "severity", "words"), CASES)
def test_answers(look: Callable, an_answer: Callable, text, keys, line, severity, words) -> None:
    (found,) = look({"answers/card_arrival.md": an_answer(text, **keys)})
    assert found.startswith(f"answers/card_arrival.md:{line}: {severity}: ")
    assert words in found


@pytest.mark.parametrize(
    "text",
    [
        "Exactly a year: 2025-11-22 {amount|it} {{x}} {phone}",
        "[your card](help/card-pin.md) [it](help/card-pin.md#see-it)",
        "A cheque [sic], 3 < 5 & 7 > 2. Contact us",
        "word " * MOST_WORDS["answers"],
    ],
)
def test_answers_that_are_fine(look: Callable, an_answer: Callable, text: str) -> None:
    assert look({"answers/card_arrival.md": an_answer(text, reviewed="2025-11-22", form="block_card")}) == []


def test_what_is_not_given_is_not_looked_at(look: Callable, an_answer: Callable) -> None:
    files = {"answers/card_arrival.md": an_answer("Pay {amount}.", reviewed="1999-01-01")}
    assert look(files, facts=None, today=None) == []


def test_articles(look: Callable, an_article: Callable) -> None:
    found = look(
        {
            "help/a.md": an_article("See [b](b.md) and [none](c.md).", questions=""),
            "help/b.md": an_article("Limits { and {slots} are only words here.", title="Other", questions="[]"),
        }
    )
    assert found == [
        "help/a.md:1: warning: it has no questions; add two to four ways in which customers ask for it",
        "help/a.md:5: error: dead link: c.md is no file of the folder",
        "help/b.md:1: warning: it has no questions; add two to four ways in which customers ask for it",
    ]


def test_two_articles_with_one_title_or_question(look: Callable, an_article: Callable) -> None:
    found = look(
        {
            "help/d.md": an_article("Text", title="your  pin", questions='[How do I see my  pin, "New?", "New?"]'),
            "help/e.md": an_article("Text", title="New"),
        }
    )
    assert found == [
        "help/d.md:2: error: title: 'your  pin' stands in help/card-pin.md too; keep it in one of them",
        "help/d.md:3: error: questions: 'How do I see my  pin' stands in help/card-pin.md too; keep it in one of them",
    ]


def test_findings_are_sorted_by_file_and_line(look: Callable, an_answer: Callable, an_article: Callable) -> None:
    found = look(
        {
            "help/a.md": an_article("", title="Your PIN", questions='["A?"]'),
            "answers/z.md": an_answer("TODO\n\n{zzz|x}", intent="z"),
        },
        intents=["card_arrival", "missing"],
    )
    places = [tuple(line.split(":")[:2]) for line in found]
    assert places == [
        ("answers", "1"), ("answers/z.md", "2"), ("answers/z.md", "6"), ("answers/z.md", "8"), ("help/a.md", "5"),
        ("help/card-pin.md", "2"),
    ]  # fmt: skip


def test_words_are_counted_as_they_are_read() -> None:
    assert words_in("Pay **{amount|the amount}** in 3-4 days, don't wait: {phone} > x") == 10
