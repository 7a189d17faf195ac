"""A Parquet file whose column names are damaged: its readers say so, each in its own words."""

import io

import pyarrow
import pytest
from pyarrow import parquet

from entity_extractor.documents import read_documents
from headwater.data.readers import read_file
from headwater.errors import DataError
from headwater.scoring.parquet import ParquetFile


@pytest.fixture
def content() -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": ["Acme rose"], "body": ["Gold fell"]}), stream, store_schema=False)
    return stream.getvalue().replace(b"body", b"\x9dody")


def test_names_that_are_no_text_are_told(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    for read in (
        lambda: list(read_documents("a.parquet", content)),
        lambda: ParquetFile(tmp_path / "a.parquet"),
        lambda: read_file(tmp_path / "a.parquet"),
    ):
        with pytest.raises(DataError, match="Parquet"):
            read()
