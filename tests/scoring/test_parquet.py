"""Parquet in: rows, types, bytes that are not UTF-8, files that are not Parquet."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater.errors import DataError
from headwater.scoring.parquet import ParquetFile
from headwater.scoring.rows import Reject


def read(path: Path, table: pa.Table, column: str = "text") -> list:
    pq.write_table(table, path, row_group_size=2)
    with ParquetFile(path, column) as file:
        items = list(file.rows())
        assert file.share() == (1.0 if table.num_rows else 0.0)
    return items


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_rows(tmp_path, kind):
    texts = ["Oil rose", None, "", "石油", "Oil rose"]
    table = pa.table({"more": [1, 2, 3, 4, 5], "text": pa.array(texts).cast(kind), "id": [10, 11, 12, 13, 14]})
    items = read(tmp_path / "in.parquet", table)
    assert [(item.number, item.id, getattr(item, "text", None)) for item in items] == [
        (1, "10", "Oil rose"), (2, "11", None), (3, "12", None), (4, "13", "石油"), (5, "14", "Oil rose"),
    ]  # fmt: skip
    assert [item.reason for item in items if isinstance(item, Reject)] == [
        "expected a text in 'text', got none",
        "the text is empty",
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+02:00"])
def test_timestamps(tmp_path, unit, zone):
    moment = pa.array([datetime(2026, 10, 20, 6, tzinfo=UTC), None]).cast(pa.timestamp(unit, zone))
    items = read(tmp_path / "in.parquet", pa.table({"text": ["a", "b"], "published": moment}))
    assert [item.published for item in items] == ["2026-10-20T06:00:00Z", None]


def test_bytes_that_are_not_utf_8_lose_their_row_only(tmp_path):
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"caf\xe9", b"ok"]).buffers())
    items = read(tmp_path / "in.parquet", pa.table({"text": broken}))
    assert items[0].reason == "the text is not UTF-8: byte 0xe9 at character 3"
    assert items[1].text == "ok"


@pytest.mark.parametrize("told", [True, False])  # whether the file says that its column is a dictionary
def test_a_long_text_that_many_rows_name_is_not_held_for_each_of_them(tmp_path, told):
    texts = pa.array(["oil " * 250_000, "gold"]).dictionary_encode().take(pa.array([0, None, 1] * 100))
    names = pa.array([["x" * 1000]] * 300)  # a list is no name
    table = pa.table({"text": texts if told else texts.cast(pa.string()), "id": names, "title": pa.nulls(300)})
    pq.write_table(table, tmp_path / "in.parquet", compression="zstd")
    begun, most = pa.total_allocated_bytes(), 0
    with ParquetFile(tmp_path / "in.parquet") as file:
        for number, item in enumerate(file.rows()):
            most = max(most, pa.total_allocated_bytes() - begun)
            assert getattr(item, "text", None) == ("oil " * 250_000, None, "gold")[number % 3]
            assert item.id is None
    assert number == 299
    assert most < 40_000_000  # for 100 texts of a megabyte


def test_no_rows(tmp_path):
    assert read(tmp_path / "in.parquet", pa.table({"text": pa.array([], pa.string())})) == []


def test_refusals(tmp_path):
    for table in (pa.table({"body": ["a"]}), pa.table({"text": [1]})):
        with pytest.raises(DataError, match=r"expected a column 'text' of strings, got .*--text-column"):
            read(tmp_path / "in.parquet", table)
    (tmp_path / "in.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        ParquetFile(tmp_path / "in.parquet")
