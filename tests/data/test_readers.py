import csv
import doctest
import gzip
import io
import json
import math
import re

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import headwater.data.readers
from headwater.data.example import Example
from headwater.data.readers import example_of, read_file
from headwater.data.sources import read_source
from headwater.errors import DataError
from headwater.recipe import Source
from headwater.spans import Span

ROWS = [{"text": 'It rose, "they" said\nat last', "label": "up"}, {"text": "Zürich 🎉 市場", "label": "down"}]


def table(delimiter: str, ends: str = "\n") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["text", "label"], delimiter=delimiter, lineterminator=ends)
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue()


def parquet_bytes(rows: list[dict]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def lines(rows: list[dict], ends: str = "\n", **options: bool) -> str:
    return "".join(json.dumps(row, **options) + ends for row in rows)


FILES: dict[str, str | bytes] = {
    "a.jsonl": lines(ROWS),
    "b.JSONL": lines(ROWS, ensure_ascii=False),
    "crlf.jsonl": lines(ROWS, "\r\n"),
    "gaps.json": "\n" + lines(ROWS, "\n\n"),
    "bom.jsonl": b"\xef\xbb\xbf" + lines(ROWS).encode(),
    "c.csv": table(","),
    "crlf.csv": table(",", "\r\n"),
    "bom.csv": b"\xef\xbb\xbf" + table(",").encode(),
    "d.tsv": table("\t"),
    "e.parquet": parquet_bytes(ROWS),
    "packed.jsonl.gz": gzip.compress(lines(ROWS).encode()),
    "packed.v2.CSV.GZ": gzip.compress(b"\xef\xbb\xbf" + table(",", "\r\n").encode()),
    "packed.parquet.gz": gzip.compress(parquet_bytes(ROWS)),
}


def test_the_examples_run():
    assert doctest.testmod(headwater.data.readers) == (0, 1)


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_rows(written, name):
    rows = read_file(written(name, FILES[name]))
    assert [row.text for row in rows] == [row["text"] for row in ROWS]
    assert [row.targets for row in rows] == [{"label": row["label"]} for row in ROWS]
    assert all(name in row.where for row in rows)


@pytest.mark.parametrize(
    ("name", "where"), [("a.jsonl", (1, 2)), ("gaps.json", (2, 4)), ("c.csv", (2, 4))]
)  # the first text of the table runs over two lines
def test_a_row_knows_the_line_on_which_it_begins(written, name, where):
    assert [int(row.where.rpartition(":")[2]) for row in read_file(written(name, FILES[name]))] == list(where)


TAGGED = Example("New York is up", None, {"spans": (Span(0, 8, "LOC"),)}, ((0, 3), (4, 8), (9, 11), (12, 14)))
TAGGED_FILES = {
    "a.jsonl": '{"tokens": ["New", "York", "is", "up"], "ner_tags": ["B-LOC", "I-LOC", "O", "O"]}',
    "b.csv": "tokens,ner_tags\nNew York is up,B-LOC I-LOC O O\n",
    "c.parquet": parquet_bytes([{"tokens": ["New", "York", "is", "up"], "ner_tags": ["I-LOC", "I-LOC", "O", "O"]}]),
    "d.bio": "New B-LOC\nYork I-LOC\nis O\nup O\n",
    "e.txt.gz": gzip.compress(b"New\tB-LOC\r\nYork\tE-LOC\r\nis\tO\r\nup\tO\r\n\r\n"),
}


@pytest.mark.parametrize("name", TAGGED_FILES)
def test_tagged_tokens_become_spans_of_characters(written, name):
    (row,) = read_file(written(name, TAGGED_FILES[name]))
    assert (row.text, row.targets, row.words) == (TAGGED.text, TAGGED.targets, TAGGED.words)


def test_tokens_may_be_joined_by_nothing(written):
    (row,) = read_file(
        written("a.jsonl", '{"tokens": ["伦", "敦", "市"], "ner_tags": ["B-LOC", "I-LOC", "O"]}'), joiner=""
    )
    assert (row.text, row.targets["spans"]) == ("伦敦市", (Span(0, 2, "LOC"),))


def row(**values: object) -> Example:
    return example_of(values, "rows.jsonl:7")


@pytest.mark.parametrize(
    ("values", "targets"),
    [
        ({"text": "a"}, {}),
        ({"text": "a", "label": None}, {}),
        ({"text": "a", "label": ""}, {}),
        ({"text": "a", "label": 3}, {"label": "3"}),
        ({"text": "a", "label": True}, {"label": "True"}),
        ({"text": "a", "tone": "good", "id": "7"}, {"tone": "good"}),
        ({"text": "a", "labels": ["x", 2]}, {"labels": ("x", "2")}),
        ({"text": "a", "labels": []}, {"labels": ()}),
        ({"text": "a", "entities": []}, {"spans": ()}),
        ({"sentence": "a", "label": "x"}, {"label": "x"}),
        ({"tokens": ["a"], "ner_tags": None}, {}),
        (
            {"tokens": ["a"], "ner_tags": ["O"], "label": "x", "labels": ["y"]},
            {"spans": (), "label": "x", "labels": ("y",)},
        ),
    ],
)
def test_columns_become_targets(values, targets):
    assert row(**values).targets == targets


def test_a_pair_has_two_texts():
    assert (row(text_a="a", text_b="b").text, row(text_a="a", text_b="b").second) == ("a", "b")


@pytest.mark.parametrize("key", ["type", "label", "tag"])
def test_entities_are_spans(key):
    text = "Acme buys Bank of X"
    spans = row(text=text, entities=[{"start": 10, "end": 19, key: "ORG"}, {"start": 0, "end": 4, key: "ORG"}]).targets[
        "spans"
    ]
    assert [(span.start, span.end, span.label, span.text) for span in spans] == [
        (0, 4, "ORG", "Acme"),
        (10, 19, "ORG", "Bank of X"),
    ]


def test_an_entity_whose_place_is_wrong_moves_to_its_name():
    text = "Acme sells to Acme"
    moved = row(text=text, entities=[{"start": 12, "end": 16, "type": "ORG", "value": "Acme"}]).targets["spans"]
    assert moved == (Span(14, 18, "ORG"),)
    gone = row(text=text, entities=[{"start": 0, "end": 4, "type": "ORG", "value": "Umbrella"}]).targets["spans"]
    assert gone == ()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "expected a column text, text_a or tokens, got nothing"),
        ({"label": "x"}, "expected a column text, text_a or tokens, got label"),
        ({"text": 3}, "expected a column text"),
        ({"text": None, "label": "x"}, "expected a column text"),
        ({"text_a": "a", "text_b": 3}, "expected text_b to be text, got int"),
        ({"tokens": ["a", "b"], "ner_tags": ["O"]}, "expected as many ner_tags as tokens, 2, got 1"),
        ({"tokens": ["a"], "ner_tags": "O"}, "expected as many ner_tags as tokens, 1, got str"),
        ({"tokens": "a b", "ner_tags": ["O", "O"]}, "expected tokens to be a list of texts"),
        ({"tokens": ["a", ""], "ner_tags": ["O", "B-X"]}, "none of them empty"),
        ({"tokens": ["a"], "ner_tags": [3]}, "ner_tags, tag 1: expected O or a tag such as B-PER or I-PER, got '3'"),
        (
            {"text": "abc", "entities": [{"start": 0, "end": 9, "type": "X"}]},
            "expected 0 <= start < end <= 3, got 0 and 9",
        ),
        ({"text": "abc", "entities": [{"start": 2, "end": 2, "type": "X"}]}, "expected 0 <= start < end"),
        ({"text": "abc", "entities": [{"start": 0, "end": 2}]}, "expected entities of {start, end, type}"),
        ({"text": "abc", "entities": ["ORG"]}, "expected entities of {start, end, type}"),
        ({"text": "abc", "entities": {"start": 0}}, "expected entities to be a list, got {'start': 0}"),
        ({"text": "a", "entities": [{"start": 0, "end": math.inf, "type": "X"}]}, "expected entities of {start, end"),
        ({"text": "a", "label": 1.5}, "expected label to be a text or a whole number, got 1.5"),
        ({"text": "a", "label": ["x"]}, "expected label to be a text or a whole number, got ['x']"),
        ({"text": "a", "labels": "x"}, "expected labels to be a list of texts, got x"),
        ({"text": "a", "labels": ["x", None]}, "expected labels to be a list of texts, got ['x', None]"),
    ],
)
def test_a_row_that_cannot_be_used_says_where_and_why(values, said):
    with pytest.raises(DataError) as caught:
        row(**values)
    assert str(caught.value).startswith("rows.jsonl:7: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"text": "x"}\n{"text" "y"}\n', r"a\.jsonl:2:9: expected one JSON object a line"),
        (
            "a.jsonl",
            '{"text": "x", "id": ' + 5000 * "1" + "}",
            r"a\.jsonl:1:1: expected one JSON object a line: Exceeds",
        ),
        ("a.jsonl", 100_000 * "[", r"a\.jsonl:1:1: expected one JSON object a line: maximum recursion"),
        ("a.jsonl", "[1]\n", r"a\.jsonl:1:1: expected a JSON object, got list"),
        ("a.jsonl", '{"text": "x"}\n\n{"label": 1}\n', r"a\.jsonl:3: expected a column text"),
        (
            "a.jsonl",
            b'{"text": "x"}\n{"text": "Z\xfcrich"}\n',
            r"a\.jsonl:2:12: expected UTF-8, got the byte 0xfc: save it as UTF-8",
        ),
        ("a.jsonl", "", "expected rows, found none"),
        ("a.csv", "", "expected rows, found none"),
        ("a.csv", "text,label\n", "expected rows, found none"),
        ("a.csv", "text,label\nx,1\ny\n", r"a\.csv:3: expected 2 columns, got 1"),
        ("a.csv", 'text,label\n"x\ny",1\na,b,c\n', r"a\.csv:4: expected 2 columns, got 3: put quotes"),
        ("a.csv", "text,text\nx,1\n", r"a\.csv:1: expected columns with different names"),
        ("a.csv", 'text,label\n"x" y,1\n', r"a\.csv:2: expected cells with quotes doubled"),
        ("a.csv", b"text,label\nM\xe4rz,1\n", r"a\.csv:2:2: expected UTF-8, got the byte 0xe4"),
        ("a.tsv", "text\tlabel\nonly\n", r"a\.tsv:2: expected 2 columns, got 1"),
        ("a.csv", "text,label\nx,1\n".encode("utf-16"), r"a\.csv:1:1: expected UTF-8, got the byte 0xff"),
        ("a.parquet", b"PAR1 not really PAR1", r"a\.parquet: expected a Parquet file"),
        ("a.jsonl.gz", b"plain text", r"a\.jsonl\.gz: expected a file that can be read whole"),
        (
            "a.jsonl.gz",
            gzip.compress(lines(ROWS * 900).encode(), mtime=0)[:-20],
            "expected a file that can be read whole",
        ),
        ("a.xlsx", b"PK", r"a\.xlsx: expected one of \.jsonl, .*, got \.xlsx"),
        ("plain", "x", "got no suffix"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(written, name, content, said):
    with pytest.raises(DataError, match=said):
        read_file(written(name, content))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: expected a file, found none"):
        read_file(tmp_path / "none.csv")
    with pytest.raises(DataError, match="expected a file, found none"):
        read_file(tmp_path)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=6))
def test_any_text_comes_through_jsonl_and_csv_unchanged(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.jsonl").write_text(lines([{"text": text} for text in texts], ensure_ascii=False), encoding="utf-8")
    assert [row.text for row in read_file(folder / "a.jsonl")] == texts
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerows([["text"], *([text] for text in texts)])
    assert [row.text for row in read_file(folder / "a.csv")] == texts


def test_a_lone_surrogate_in_json_is_read_as_it_stands(written):
    (found,) = read_file(written("a.jsonl", r'{"text": "a\ud83d b"}'))
    assert found.text == "a\ud83d b"


@pytest.mark.data
def test_finentity_has_every_span_on_its_name(data_folder):
    file = data_folder / "finentity" / "all.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        raw = [json.loads(line) for line in stream]
    given_spans = [(row["text"][e["start"] : e["end"]], e["value"]) for row in raw for e in row["entities"]]
    assert any(text != value for text, value in given_spans), (
        "the set has wrong offsets, which is why this test is here"
    )
    rows = read_file(file)
    kept = [span for row in rows for span in row.targets["spans"]]
    assert len(kept) >= 0.99 * len(given_spans)
    for row, source in zip(rows, raw, strict=True):
        values = {entity["value"] for entity in source["entities"]}
        assert all(row.text[span.start : span.end] in values for span in row.targets["spans"])


def relation(**changes) -> str:
    row = {
        "text": "Ann works for Acme.",
        "head": {"start": 0, "end": 3, "type": "Peop"},
        "tail": {"start": 14, "end": 18, "type": "Org"},
    }
    return json.dumps(row | {"relation": "Work_For"} | changes) + "\n"


def test_two_names_and_their_relation_are_a_marked_text(tmp_path):
    (tmp_path / "rows.jsonl").write_text(relation())
    (row,) = read_file(tmp_path / "rows.jsonl")
    assert (row.text, row.targets) == (
        "@ * person * Ann @ works for # ^ organization ^ Acme #.",
        {"relation": "Work_For"},
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tail": None}, "expected tail as {start, end, type}, got None"),
        ({"tail": {"start": 1, "end": 5, "type": "Org"}}, "apart from each other"),
        ({"tail": {"start": 14, "end": 99, "type": "Org"}}, "end <= 19 of tail, got 14 and 99"),
        ({"head": {"start": 0, "end": 3}}, "expected head as"),
    ],
)
def test_a_faulty_pair_is_named(tmp_path, changes, fault):
    (tmp_path / "rows.jsonl").write_text(relation() + relation(**changes))
    with pytest.raises(DataError, match=f"rows.jsonl:2: .*{re.escape(fault)}"):
        read_file(tmp_path / "rows.jsonl")


def test_the_other_pairs_of_a_text_are_of_no_relation(tmp_path):
    (tmp_path / "rows.jsonl").write_text(relation())
    names = [{"start": 0, "end": 3, "type": "Peop"}, {"start": 14, "end": 18, "type": "Org"}]
    lines = [{"text": "Ann works for Acme.", "entities": names}, {"text": "Bob met Ann.", "entities": [names[0]]}]
    (tmp_path / "names.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows, _, _ = read_source(Source("rows.jsonl", negatives="names.jsonl"), tmp_path)
    assert [(row.text, row.targets["relation"]) for row in rows] == [
        ("@ * person * Ann @ works for # ^ organization ^ Acme #.", "Work_For"),
        ("# ^ person ^ Ann # works for @ * organization * Acme @.", "none"),
    ]
