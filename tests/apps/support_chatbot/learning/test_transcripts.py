from pathlib import Path

import pytest

from headwater.errors import DataError, InputError
from support_chatbot.learning.transcripts import Conversation, Form, Said, read_transcripts

HEADER = "conversation,turn,speaker,text,resolution\n"


def write(folder: Path, text: str, name: str = "talks.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def test_turns_come_in_their_order_and_the_last_resolution_counts(tmp_path: Path) -> None:
    file = write(
        tmp_path, HEADER + "a,2,Agent,Here it is.,open\nb,1,user,Hello you,\na,1,Customer,Where is it?,solved\n"
    )
    read = read_transcripts(file)
    assert read.conversations == (
        Conversation("a", (Said("customer", "Where is it?", 4), Said("agent", "Here it is.", 2)), "resolved"),
        Conversation("b", (Said("customer", "Hello you", 3),), "unknown"),
    )
    assert not read.faults


def test_csv_and_jsonl_say_the_same(tmp_path: Path) -> None:
    table = read_transcripts(write(tmp_path, HEADER + 'a,1,customer,"One, two",\na,2,agent,Three,resolved\n'))
    lines = (
        '{"conversation": "a", "turn": 1, "speaker": "customer", "text": "One, two"}\n'
        '{"conversation": "a", "turn": 2, "speaker": "agent", "text": "Three", "resolution": true}\n'
    )
    other = read_transcripts(write(tmp_path, lines, "talks.jsonl"))
    texts = [[(said.speaker, said.text) for said in talk.turns] for talk in table.conversations]
    assert texts == [[(said.speaker, said.text) for said in talk.turns] for talk in other.conversations]
    assert [talk.resolution for talk in (*table.conversations, *other.conversations)] == ["resolved", "resolved"]


def test_personal_data_is_masked_on_reading(tmp_path: Path) -> None:
    read = read_transcripts(write(tmp_path, HEADER + "a,1,customer,write to ann@example.org or 4111 1111 1111 1111,\n"))
    assert read.conversations[0].turns[0].text == "write to [email] or [card]"


@pytest.mark.parametrize(
    ("row", "line", "reason"),
    [
        (",1,agent,words,", 3, "id of a conversation"),
        ("a,one,agent,words,", 3, "whole number"),
        (f"a,{'9' * 5000},agent,words,", 3, "whole number"),
        ("a,2,ghost,words,", 3, "'ghost': map it"),
        ("a,2,agent,,", 3, "expected a text"),
        ("a,2,agent,words,perhaps", 3, "'perhaps': map it"),
        ("a,1,agent,again,", 3, "a turn 1 already, on line 2"),
        ("a,2,agent,words", 3, "expected 5 cells, got 4"),
        ('a,2,agent,"two\nlines" more,', 3, "quotes"),
        ("a,2,agent,\udcff,", 3, "UTF-8"),
        (f"a,2,agent,{'x' * 5000},", 3, "at most 4,000"),
    ],
)
def test_a_faulty_row_is_kept_aside_with_its_line_and_reason(tmp_path: Path, row: str, line: int, reason: str) -> None:
    read = read_transcripts(write(tmp_path, f"{HEADER}a,1,customer,good,\n{row}\nb,1,customer,good too,\n"))
    assert [fault.line for fault in read.faults] == [line] and reason in read.faults[0].reason
    assert [talk.id for talk in read.conversations] == ["a", "b"]


def test_lines_are_counted_behind_a_cell_that_holds_line_breaks(tmp_path: Path) -> None:
    read = read_transcripts(write(tmp_path, HEADER + 'a,1,customer,"one\ntwo",\na,2,ghost,words,\n'))
    assert [fault.line for fault in read.faults] == [4]


def test_columns_and_words_can_be_mapped(tmp_path: Path) -> None:
    form = Form({"conversation": "ticket", "turn": "n", "speaker": "who", "text": "message"}, {"Guest": "customer"})
    read = read_transcripts(write(tmp_path, "ticket;n;who;message\n7;1;guest;Where is it?\n"), form)
    assert read.conversations[0].turns[0] == Said("customer", "Where is it?", 2)
    with pytest.raises(InputError, match="expected one of customer, agent, bot, got boss"):
        Form(speakers={"x": "boss"})
    with pytest.raises(InputError, match="got message"):
        Form({"message": "text"})


def test_what_holds_nothing_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--column text=message"):
        read_transcripts(write(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(DataError, match="line 2: expected a speaker"):
        read_transcripts(write(tmp_path, HEADER + "a,1,ghost,words,\n"))
    with pytest.raises(InputError, match="found none"):
        read_transcripts(tmp_path / "missing.csv")


def test_a_first_line_longer_than_any_header_is_no_header(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"talks.csv:1: expected a header"):
        read_transcripts(write(tmp_path, "x" * 200_000))
