from datetime import UTC, datetime
from pathlib import Path

import pytest

from support_chatbot import talk
from support_chatbot.content import open_folder
from support_chatbot.dialogue import read_policy
from support_chatbot.records.rows import Turn
from support_chatbot.risk.zones import Zones
from support_chatbot.turn import Choice, Form, Message, Part, Question, Quote, Reply, State, plain

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ZONES = Zones(0.9, 0.5, 0.5, "oos")


def turn(number: int, *parts: Part, speaker: str = "bot", **more: object) -> Turn:
    content = {"message": plain(Message("[card]")), "parts": [plain(part) for part in parts]}
    return Turn(number, speaker, "[card]", NOW, reply=content if speaker == "bot" else None, **more)


def shown(*turns: Turn) -> list[talk.Said]:
    return talk.said(turns, {})


def test_this_session_sees_what_was_written_and_others_what_is_stored() -> None:
    turns = [turn(1, speaker="customer"), turn(2, Part("answered", "stored"))]
    reply = Reply(Message("My card is 4111"), (Part("answered", "said"),), State())
    fresh = talk.said(turns, {2: reply})
    assert (fresh[0].text, fresh[1].parts[0]["text"]) == ("My card is 4111", "said")
    assert [one.text for one in shown(*turns)] == ["[card]", "[card]"]
    assert shown(*turns)[1].parts[0]["text"] == "stored"


def test_quick_replies_are_those_of_the_bots_last_word_each_once() -> None:
    asked = turn(
        2, Part("asked", "?", choices=(Choice("A", "a"), Choice("No"))), Part("asked", "?", choices=(Choice("No"),))
    )
    assert talk.quick_replies(shown(asked)) == [("A", "a"), ("No", None)]
    assert talk.quick_replies(shown(asked, turn(3, speaker="agent", who="Sam"))) == []
    assert talk.quick_replies([]) == []


def test_what_follows_the_last_hand_over_may_grow() -> None:
    over, word = Part("handed_over", "wait"), Part("answered", "yes")
    turns = shown(turn(2, word), turn(4, over), turn(6, word), turn(8, over), turn(9, speaker="agent"))
    assert talk.handed_over_at(turns) == 4
    assert talk.handed_over_at(turns[:1]) == 0


def test_progress_counts_what_the_form_knows(bank: Path) -> None:
    policy = read_policy(bank / "policy.toml")
    form = Form("block_card", "positive", {"card": "debit"}, "how")
    assert talk.progress(State(forms=(form,)), policy) == talk.Progress("stopping your card", 1, 2, False)
    assert talk.progress(State(), policy) is None
    assert talk.progress(State(forms=(Form("gone", "x"),)), policy) is None


def test_a_source_is_named_once_with_all_its_quotes(bank: Path) -> None:
    quotes = (
        Quote("One.", "Overdrafts › Costs", "help/overdrafts.md#costs", "p"),
        Quote("Two.", "Overdrafts › End", "help/overdrafts.md#end", "q"),
        Quote("Three.", "Rates", "team/rates.pdf#page=2", "r"),
    )
    first, second = talk.sources(plain(Part("found", "...", quotes=quotes)), open_folder(bank))
    assert (first.title, first.quotes) == ("Overdrafts", ("One.", "Two."))
    assert first.article is not None
    assert (second.title, second.link, second.article) == ("Rates", "team/rates.pdf#page=2", None)


def test_an_answer_leads_to_the_articles_that_it_names(bank: Path) -> None:
    folder = open_folder(bank)
    assert [source.title for source in talk.read_more(plain(Part("answered", "x", "negative")), folder)] == [
        "Overdrafts"
    ]
    assert talk.read_more(plain(Part("asked", "x", "negative")), folder) == []
    assert talk.read_more(plain(Part("answered", "x")), folder) == []


@pytest.mark.parametrize(
    ("text", "quote", "marked"),
    [
        ("It *ends* soon. More.", "It ends soon.", ":blue-background[It *ends* soon.] More."),
        ("**It ends soon. More** words.", "It ends soon.", "**:blue-background[It ends soon.] More** words."),
        ("Go to [fees](fees.md) now.", "Go to fees now.", ":blue-background[Go to fees now.]"),
        ("Two\nlines. End.", "Two lines.", ":blue-background[Two\nlines.] End."),
    ],
)
def test_a_quoted_sentence_is_marked_where_it_stands(text: str, quote: str, marked: str) -> None:
    assert talk.highlighted(text, [quote]) == (marked, True)


def test_a_sentence_that_is_not_in_the_text_is_told_so() -> None:
    assert talk.highlighted("Something else.\n\nQuite.", ["Something else. Quite."]) == (
        "Something else.\n\nQuite.",
        False,
    )


def test_most_sentences_of_the_shipped_articles_are_found_in_them() -> None:
    folder = open_folder()
    first = [(article.text, article.text.lstrip().split(". ")[0].split("\n")[0]) for article in folder.articles]
    assert len(first) > 50
    assert sum(talk.highlighted(text, [sentence])[1] for text, sentence in first) / len(first) > 0.9


def test_the_page_reads_no_formulas_and_no_dead_links() -> None:
    assert talk.as_markdown("$5 or \\$6") == "\\$5 or \\$6"
    assert talk.as_markdown("[a](b.md) [c](https://d.example)") == "a [c](https://d.example)"


def test_the_pieces_of_a_text_are_the_text() -> None:
    text = " Two  words,\n\n1. and a list"
    assert "".join(talk.pieces(text)) == text


def test_an_answer_to_a_form_is_no_question_read() -> None:
    message = plain(Message("debit", questions=(Question("debit", 0, 5, (("card_arrival", 0.95),)),)))
    for part, zone in [
        (Part("asked", "?", "lost"), "unused"),
        (Part("asked", "?"), "answer"),
        (Part("found", "x"), "answer"),
    ]:
        said = talk.Said(2, "bot", "", NOW, parts=(plain(part),), message=message)
        assert [read.zone for read in talk.what_was_read(said, ZONES)] == [zone]
