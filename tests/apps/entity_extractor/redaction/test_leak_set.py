"""The documents on which leaks are measured, and how they are counted."""

import json
from collections import Counter
from email import message_from_string, policy

from entity_extractor.mentions import Annotated
from headwater.spans import Span
from tests.benchmarks.redaction_leak import ROWS, Row, left, mail_rows, measure, read_rows, taken_in_vain


def test_offsets_give_every_piece_and_none_overlaps():
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 60 and len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        at = 0
        for piece in row["pieces"]:
            assert row["text"][piece["start"] : piece["end"]] == piece["text"], (row["id"], piece)
            assert at <= piece["start"] < piece["end"], (row["id"], piece)
            at = piece["end"]


def test_there_is_some_of_every_kind_from_many_countries():
    rows = read_rows()
    kinds = Counter(piece.label for row in rows for piece in row.pieces)
    assert {"person", "address", "place", "phone", "email", "card", "iban", "birth", "document", "code"} <= kinds.keys()
    assert len({row.country for row in rows}) > 20
    assert {row.part for row in rows} == {"before", "after"}


def test_a_row_by_hand():
    #                   0123456789012345678901234567890
    row = Row(
        "a",
        "GB",
        "Ann Lee of 14 Elm Road met Bo",
        (Span(0, 7, "person"), Span(11, 22, "address"), Span(27, 29, "person")),
    )
    taken = [(0, 3), (11, 22), (23, 26)]
    assert [(piece.start, how) for piece, how in left(row, taken)] == [(0, "part"), (27, "whole")]
    assert taken_in_vain(row, taken) == (["met"], 2)
    found = measure([row], [Annotated("a", row.text)], lambda document, country: taken)
    assert found["all"]["pieces"] == 3
    assert (found["kinds"]["person"]["left whole"], found["kinds"]["person"]["left in part"]) == (1, 1)
    assert found["kinds"]["address"]["whole or in part"]["value"] == 0
    assert found["harmless words taken"]["share"]["value"] == 0.5


def test_header_lines_of_an_e_mail_are_the_truth():
    text = "From: Ann Lee <ann@example.org>\nTo: bo@example.net, Cy Fox <cy@example.com>\nSubject: tea\n\nAt four?\n"
    (row,) = mail_rows(
        [message_from_string(text, policy=policy.default), message_from_string("x", policy=policy.default)]
    )
    said = [(row.text[piece.start : piece.end], piece.label) for piece in row.pieces]
    assert said == [
        ("Ann Lee", "person"),
        ("ann@example.org", "email"),
        ("bo@example.net", "email"),
        ("Cy Fox", "person"),
        ("cy@example.com", "email"),
    ]
    assert row.text.endswith("Subject: tea\n\nAt four?\n")
