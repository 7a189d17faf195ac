"""Rows of Parquet files, a few at a time."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from headwater.errors import DataError
from headwater.scoring.rows import Reject, Row, make_row

__all__ = ["ParquetFile"]

COLUMNS = ("id", "published", "source", "title", "url")
BATCH = 512  # rows: 512 texts of MAX_TEXT would be half a gigabyte, 512 headlines are nothing


class ParquetFile:
    """A Parquet file whose `share` tells how many of its rows were read (0 to 1).

    Raises DataError where the file is not Parquet or has no column of strings named `text_column`.
    """

    def __init__(self, path: Path, text_column: str = "text", id_column: str = "id") -> None:
        self.path, self.text_column, self.id_column, self.read = path, text_column, id_column, 0
        try:
            # Reading ahead would hold whole row groups.
            self.file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"{path} cannot be read as Parquet: {fault}") from fault
        schema = self.file.schema_arrow
        kind = schema.field(text_column).type if text_column in schema.names else None
        if kind is None or not _is_text(kind):
            raise DataError(
                f"{path}: expected a column {text_column!r} of strings, got {', '.join(map(str, schema))}: "
                "name the column of the texts with --text-column"
            )
        self.columns = [
            text_column,
            *(name for name in dict.fromkeys((id_column, *COLUMNS)) if name in schema.names and name != text_column),
        ]

    def share(self) -> float:
        return self.read / max(self.file.metadata.num_rows, 1)

    def __enter__(self) -> "ParquetFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def rows(self) -> Iterator[Row | Reject]:
        """One item for each row; `number` counts from 1."""
        try:
            for batch in self.file.iter_batches(BATCH, columns=self.columns):
                columns = {name: _values(batch.column(name)) for name in self.columns}
                for at in range(batch.num_rows):
                    self.read += 1
                    fields = {name: values[at] for name, values in columns.items()}
                    yield make_row(self.read, fields, self.text_column, self.id_column)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"{self.path}: cannot be read after row {self.read}: {fault}") from fault


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _values(column: pa.Array) -> list:
    """Python values; a string with bytes that are not UTF-8 keeps them as lone surrogates, as text files do."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        # Through integers: as_py() refuses nanoseconds and years that Python's datetime cannot hold.
        zone_free = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(
            pa.timestamp("us", column.type.tz and "UTC")
        )
        column = zone_free.cast(pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
    if _is_text(column.type):
        raw = column.cast(pa.large_binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
    return column.to_pylist()
