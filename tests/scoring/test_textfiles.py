"""JSONL and CSV: every line is a row, a reject or blank, whatever is in it."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import DataError
from headwater.scoring import textfiles
from headwater.scoring.rows import Reject, Row
from headwater.scoring.textfiles import TextFile, read_csv, read_jsonl

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
RECORDS = st.dictionaries(st.sampled_from(["text", "id", "published", "source", "url", "more"]), JSON)
LINES = st.one_of(
    RECORDS.map(lambda record: json.dumps(record).encode()),
    RECORDS.map(lambda record: json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.binary(max_size=40).map(lambda noise: noise.replace(b"\n", b"")),
)


def read(reader, content: bytes, column: str = "text") -> list[Row | Reject]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(content)
        with TextFile(path) as file:
            items = list(reader(file, column))
            assert file.share() == 1.0 or not content
        return items


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=8), st.booleans())
def test_any_bytes_give_rows_and_rejects_in_order(noise, ended):
    # A first line in ASCII settles the encoding: what comes after it is noise in UTF-8.
    content = b"\n".join([b'{"text": "first"}', *noise]) + (b"\n" if ended else b"")
    items = read(read_jsonl, content)
    numbers = [item.number for item in items]
    assert numbers == sorted(set(numbers))
    filled = [
        number
        for number, line in enumerate(content.split(b"\n"), 1)
        if line.strip(b" \t\r\n").removeprefix(b"\xef\xbb\xbf")
    ]
    assert set(numbers) <= set(filled)
    for number in set(filled) - set(numbers):  # what is left out is blank but for marks
        assert not content.split(b"\n")[number - 1].decode().strip("\ufeff \t\r\n")
    for item in items:
        json.dumps(vars(item), ensure_ascii=False).encode()  # every output can hold it
        assert isinstance(item, Reject) == hasattr(item, "reason")
        assert isinstance(item, Reject) or ("\0" not in item.text and item.text.strip())


def test_jsonl_by_hand():
    content = (
        b'\xef\xbb\xbf{"text": "a"}\r\n\n{"text": "b\\ud800"}\nnot json\n[1]\n{"text": "caf\xe9"}\n{"text": "last"}'
    )
    items = read(read_jsonl, content)
    assert [(item.number, getattr(item, "text", None)) for item in items] == [
        (1, "a"), (3, "b\ufffd"), (4, None), (5, None), (6, None), (7, "last"),
    ]  # fmt: skip
    assert [item.reason for item in items if isinstance(item, Reject)] == [
        "not JSON: Expecting value: line 1 column 1 (char 0)",
        "expected a JSON object, got list",
        "not UTF-8: byte 0xe9 at character 13",
    ]


def test_json_that_nests_too_deep_or_counts_too_far_is_a_reject():
    items = read(read_jsonl, b'{"text": ' + b"[" * 200_000 + b"\n" + b'{"text": ' + b"9" * 5000 + b"}\n")
    assert [item.number for item in items if isinstance(item, Reject)] == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_gzip(encoding, packed):
    content = '{"text": "Öl 石油"}\n{"text": "b"}'.encode(encoding)
    items = read(read_jsonl, gzip.compress(content) if packed else content)
    assert [(item.number, item.text) for item in items] == [(1, "Öl 石油"), (2, "b")]


@pytest.mark.parametrize("reader", [read_jsonl, read_csv])
def test_a_cut_gzip_stream_is_an_error_that_names_the_file(reader):
    content = b"text\n" + b'{"text": "a"}\n' * 50_000
    with pytest.raises(DataError, match="input"):
        read(reader, gzip.compress(content)[:-200])


def test_a_line_over_the_limit_is_skipped_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr(textfiles, "MAX_LINE", 50)
    long = b'{"text": "' + b"x" * 500 + b'"}'
    items = read(read_jsonl, b'{"text": "a"}\n' + long + b'\n{"text": "b"}\n' + long)
    assert [(item.number, getattr(item, "text", "")) for item in items] == [(1, "a"), (2, ""), (3, "b"), (4, "")]
    items = read(read_csv, b"id,text\n1,a\n2," + b"y" * 500 + b"\n3,c\n")
    assert [(item.number, getattr(item, "text", "")) for item in items] == [(1, "a"), (2, ""), (3, "c")]


def test_empty_files():
    assert read(read_jsonl, b"") == []
    with pytest.raises(DataError, match="--text-column"):
        read(read_csv, b"")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
            st.text("ab,;\"\n\r\t '", max_size=8),
        ),
        max_size=6,
    )
)
def test_csv_reads_what_csv_wrote(rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("text", "id"), *rows])
    items = read(read_csv, out.getvalue().encode())
    assert [item.number for item in items] == list(range(1, len(rows) + 1))
    for item, (text, name) in zip(items, rows, strict=True):
        assert item.id == (name or None)
        assert isinstance(item, Reject) or item.text == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(delimiter):
    content = (
        delimiter.join(["id", "headline", "source"])
        + "\r\n"
        + delimiter.join(["1", '"Oil\nrose"', "Wire"])
        + "\r\n\r\n"
    )
    (row,) = read(read_csv, content.encode(), "headline")
    assert (row.text, row.id, row.source) == ("Oil\nrose", "1", "Wire")


def test_a_csv_without_the_column_says_what_it_has():
    with pytest.raises(DataError, match=r"'headline'.*'id,text'"):
        read(read_csv, b"id,text\n1,a\n", "headline")


def test_a_stray_quote_loses_its_own_rows_only(monkeypatch):
    good = b'1,a\n2,"b ""quoted"" c"\n'
    items = read(read_csv, b"id,text\n" + good + b'3,"d" e\n4\n5,e,f\n6,caf\xe9\n7,g\n')
    assert [(item.number, item.id, getattr(item, "text", None)) for item in items if isinstance(item, Row)] == [
        (1, "1", "a"), (2, "2", 'b "quoted" c'), (7, "7", "g"),
    ]  # fmt: skip
    assert [item.reason for item in items if isinstance(item, Reject)] == [
        "lines 4 to 4: ',' expected after '\"'",
        "line 5: expected 2 cells, got 1",
        "line 6: expected 2 cells, got 3",
        "the text is not UTF-8: byte 0xe9 at character 3",
    ]
    (row, reject) = read(read_csv, b'id,text\n1,a\n2,"never closed\n3,c\n4,d\n')
    assert row.text == "a"
    assert reject.reason == "lines 3 to 5: unexpected end of data"


def test_a_huge_cell_is_rejected_by_its_limit():
    items = read(read_csv, b'id,text\n1,"' + b"x" * 1_200_000 + b'"\n2,b\n')
    assert items[0].reason == "the text has 1,200,000 characters; at most 1,000,000 are scored"
    assert items[1].text == "b"
