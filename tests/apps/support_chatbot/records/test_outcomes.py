"""Outcomes, each counted by hand; and a file that no spreadsheet runs."""

import csv
import io
from datetime import timedelta

import numpy as np
import pytest

from headwater.errors import InputError
from headwater.intervals import wilson
from headwater.store import Store
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from support_chatbot.records.export import cell, to_csv
from support_chatbot.records.outcomes import OUTCOMES, PATIENCE, outcome_of, outcomes

LONG = PATIENCE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kinds", "idle", "expected"),
    [
        (["answered"], LONG, "answered"),
        (["found"], LONG, "found"),
        (["found", "answered"], LONG, "answered"),
        (["asked", "done"], LONG, "answered"),
        (["asked", "clarified"], LONG, "clarified"),
        (["asked", "clarified asked"], PATIENCE, "clarified"),
        (["found asked"], PATIENCE, "running"),
        (["answered", "asked"], LONG, "abandoned"),
        (["asked"], PATIENCE, "running"),
        (["answered asked"], LONG, "answered"),  # read, and what was offered not wanted
        (["answered", "confirming"], LONG, "abandoned"),
        (["answered confirming"], LONG, "abandoned"),
        (["answered asked", "small_talk resumed"], LONG, "answered"),
        (["answered", "asked", "small_talk"], LONG, "answered"),
        (["asked", "declined"], LONG, "declined"),
        (["asked", "small_talk"], LONG, "declined"),
        (["declined"], LONG, "declined"),
        (["declined", "found"], LONG, "found"),
        (["answered", "handed_over"], LONG, "handed_over"),
        (["small_talk"], LONG, "unasked"),
        (["asked", "cancelled"], LONG, "unasked"),
        ([], LONG, "unasked"),
    ],
)
def test_of_each_conversation_exactly_one(kinds: list[str], idle: timedelta, expected: str) -> None:
    assert outcome_of([set(each.split()) for each in kinds], True, idle) == expected


def test_a_question_that_the_customer_answered_last_is_not_abandoned() -> None:
    assert outcome_of([{"answered"}, {"asked"}], False, LONG) == "answered"
    assert outcome_of([{"answered"}], True, LONG, handed_over=True) == "handed_over"


def talk(talks: Conversations, echo, *texts: str, subject: str | None = None) -> str:
    key = talks.begin("web", "en", subject)
    for text in texts:
        talks.say(key, text, echo.reply)
    return key


@pytest.fixture
def week(talks: Conversations, echo, clock) -> dict[str, str]:
    """Ten conversations of a day, three of the same customer later, and thirty days to look back from."""
    keys = {
        "answered": talk(talks, echo, "hello", "where is my card", subject="a"),
        "found": talk(talks, echo, "find the fees", subject="b"),
        "clarified": talk(talks, echo, "ask me", "that one", subject="c"),
        "handed_over": talk(talks, echo, "where is my card", "human please", subject="d"),
        "taken": talk(talks, echo, "where is my card"),
        "abandoned": talk(talks, echo, "form it"),
        "declined": talk(talks, echo, "No way?"),
        "again": talk(talks, echo, "no  WAY"),
        "unasked": talk(talks, echo, "hello"),
        "nobody": talk(talks, echo, "where is my card"),
    }
    talks.begin("web", "en")  # nobody said anything
    Desk(talks).take(keys["taken"], "ann")
    talks.thumbs(keys["found"], 2, 1)
    talks.thumbs(keys["answered"], 4, 1)
    talks.thumbs(keys["declined"], 2, -1)
    clock.forward(days=6)
    keys["return"] = talk(talks, echo, "where is my card", subject="a")
    clock.forward(days=2)
    keys["late"] = talk(talks, echo, "where is my card", subject="b")
    clock.forward(hours=1)
    return keys


def test_the_figures_of_a_week_worked_by_hand(week, store: Store, clock) -> None:
    found = outcomes(store, clock.moment - timedelta(days=30), now=clock)
    by_name = {name: next(each for each in found.each if each.key == key) for name, key in week.items()}
    assert {name: each.outcome for name, each in by_name.items()} == {
        "answered": "answered", "found": "found", "clarified": "clarified", "handed_over": "handed_over",
        "taken": "handed_over", "abandoned": "abandoned", "declined": "declined", "again": "declined",
        "unasked": "unasked", "nobody": "answered", "return": "answered", "late": "answered",
    }  # fmt: skip
    assert found.counts == {
        "answered": 4, "found": 1, "clarified": 1, "handed_over": 2, "abandoned": 1, "declined": 2,
    }  # fmt: skip
    assert tuple(found.counts) == OUTCOMES and sum(found.counts.values()) == 11
    assert (found.conversations, found.running, found.unasked) == (12, 0, 1)
    assert found.shares["found"] == wilson(1, 11)
    assert found.containment == wilson(9, 11) and found.resolution == wilson(6, 11)
    # "a" came back after 6 days, "b" after 8; "c" did not; "return" and "late" are too young, and "nobody" is unknown.
    assert [by_name[name].durable for name in ("answered", "found", "clarified")] == [False, True, True]
    assert [by_name[name].durable for name in ("return", "late", "nobody", "handed_over")] == [None] * 4
    assert (found.durable, found.durable_of) == (wilson(2, 3), 3)
    assert (found.without_subject, found.too_recent) == (1, 2)
    assert (found.up, found.down, found.thumbs) == (2, 1, wilson(2, 3))
    assert found.unanswered == (("No way?", 2),), "and not who asked for a person"
    assert [(day.day, day.turns, day.mean) for day in found.confidence] == [
        ("2026-03-02", 10, 0.75), ("2026-03-08", 1, 0.75), ("2026-03-10", 1, 0.75),
    ]  # fmt: skip


def test_latencies_are_those_of_all_replies(talks: Conversations, echo, store: Store, clock) -> None:
    key = talks.begin("web", "en")
    spent = [float(number) for number in range(1, 101)]
    for number in spent:
        talks.write(key, echo.reply(talks.state(key), "where is my card"), milliseconds=number)
    found = outcomes(store, clock.moment, clock.moment + timedelta(1), now=clock)
    assert found.milliseconds == {f"p{q}": pytest.approx(np.percentile(spent, q)) for q in (50, 95, 99)}
    assert found.each[0].milliseconds == 100


def test_an_empty_window_has_no_shares_and_a_wrong_one_is_refused(store: Store, clock) -> None:
    found = outcomes(store, clock.moment - timedelta(days=1), now=clock)
    assert (found.conversations, found.shares, found.containment, found.durable) == (0, {}, None, None)
    assert (found.thumbs, found.milliseconds, found.confidence, found.unanswered) == (None, {}, (), ())
    with pytest.raises(InputError, match="begins before it ends"):
        outcomes(store, clock.moment, clock.moment, now=clock)


def test_a_window_and_a_channel_hold_what_began_in_them(week, store: Store, clock) -> None:
    since = clock.moment - timedelta(days=3)
    assert [each.key for each in outcomes(store, since, now=clock).each] == [week["return"], week["late"]]
    early = outcomes(store, clock.moment - timedelta(days=30), since, now=clock)
    assert len(early.each) == 10
    assert next(each for each in early.each if each.key == week["answered"]).durable is False, (
        "who returns later counts"
    )
    assert outcomes(store, since, channel="app", now=clock).each == ()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"])
def test_a_cell_that_could_be_a_formula_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_the_file_has_a_row_a_conversation(talks: Conversations, echo, store: Store, clock) -> None:
    key = talk(talks, echo, '=HYPERLINK("http://x.example","a"), b')
    talk(talks, echo, "write to ann@example.org 谢谢")
    content = to_csv(outcomes(store, clock.moment, clock.moment + timedelta(1), now=clock).each)
    assert content.startswith(b"\xef\xbb\xbf")
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (first["key"], first["outcome"], first["durable"]) == (key, "answered", "")
    assert first["question"] == '\'=HYPERLINK("http://x.example","a"), b'
    assert (second["question"], second["created"]) == ("write to [email] 谢谢", "2026-03-02T12:00:00+00:00")
